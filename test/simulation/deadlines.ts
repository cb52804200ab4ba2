/** Invocations in which every port is slow, hangs or fails by chance: none may run into Lambda's end. */
import { overruns } from './check/bounds.ts';
import { factsOf, type Violation } from './check/facts.ts';
import { drawsOf } from './draws.ts';
import { live } from './engine.ts';
import {
  type Action,
  type ApiFault,
  DEPLOYED,
  type EventSpec,
  type Fault,
  MINUTE,
  type Plan,
  type PortName,
} from './plan.ts';

const PORTS: readonly PortName[] = ['alerts', 'audit', 'dead-letters', 'lanes', 'table', 'schedules'];
const API: readonly [ApiFault, ...ApiFault[]] = ['slow', 'timeout-before', 'timeout-after', 'late'];

/** The plan of a schedule: many events at once, and faults at every port for some minutes. */
export function scheduleOf(number: number): Plan {
  const { upTo, pick, likely } = drawsOf(`deadline ${number}`);
  const until = pick([MINUTE, 5 * MINUTE, 10 * MINUTE]);
  const spell = () => ({ from: 0, until, rate: pick([0.02, 0.1, 0.5, 1]) });
  const kinds = ['leak', 'alert', 'principal-leak', 'offboarding', 'rehire'] as const;
  const actions = Array.from({ length: 4 + upTo(16) }, (_, n): Action => {
    const kind = pick(kinds);
    const event: EventSpec = {
      kind,
      id: `e${n}`,
      source: 0,
      time: 0,
      who: upTo(6),
      nth: 0,
      ...(likely(0.2) && kind === 'offboarding' ? { due: 3_600_000 } : {}),
    };
    return {
      at: upTo(2_000),
      do: 'send',
      message: { lane: kind === 'leak' || kind === 'alert' ? 'urgent' : 'bulk', wrap: 'plain', events: [event] },
    };
  });
  const faults: readonly Fault[] = [
    ...PORTS.filter(() => likely(0.5)).map(
      (on): Fault => ({ ...spell(), on, kind: pick(['hangs', 'slow', 'slow', 'fails-after']) }),
    ),
    { ...spell(), on: 'api', kind: pick(API) },
  ];
  return {
    seed: number,
    terms: { ...DEPLOYED, retryHorizonMs: MINUTE },
    actions: actions.toSorted((a, b) => a.at - b.at),
    faults,
    deaths: [],
  };
}

export interface DeadlineReport {
  readonly invocations: number;
  readonly overruns: readonly Violation[];
}

/**
 * Takes the number of a schedule; lives through it and returns how many invocations there were and which of them
 * overran.
 */
export async function keepsDeadlines(number: number): Promise<DeadlineReport> {
  const history = await live(scheduleOf(number));
  return { invocations: history.invoked.length, overruns: overruns(factsOf(history)) };
}
