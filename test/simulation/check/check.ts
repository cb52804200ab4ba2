/** All promises, held against one history. */
import type { History } from '../history.ts';
import { overLimits, overruns, tooSoon } from './bounds.ts';
import { type Facts, factsOf, type Violation } from './facts.ts';
import { harms } from './harm.ts';
import { losses } from './lost.ts';
import { openIntents, unproven, unrecorded } from './records.ts';
import { standing } from './standing.ts';
import { calledForForged, forged, overruled, protectedCalls } from './trust.ts';
import { secretsOut, untrue } from './truth.ts';
import { keysOverLimit, tooMuchWork } from './work.ts';

const CHECKS: readonly ((facts: Facts) => readonly Violation[])[] = [
  losses,
  harms,
  unrecorded,
  openIntents,
  unproven,
  untrue,
  secretsOut,
  overLimits,
  overruns,
  tooSoon,
  forged,
  overruled,
  protectedCalls,
  calledForForged,
  tooMuchWork,
  keysOverLimit,
  standing,
];

/** Every promise that a finished history breaks. */
export function violationsOf(history: History): readonly Violation[] {
  const facts = factsOf(history);
  return CHECKS.flatMap((check) => check(facts));
}
