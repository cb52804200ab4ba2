/** An audit log as stories: what happened to each event, when, and how it ended. Pure, but for its state. */
import type { AuditLine } from '../../lib/audit/read-line.ts';
import { type AuditStep, type EventSummary, eventSummaryOf, stepOf } from '../../lib/audit/read-step.ts';

/**
 * How an event stands at the end of the log. `waiting`: a person has to look. `unproven`: the call was taken, nobody saw
 * the keys gone. `trying`: the last call failed, and the message comes round again. `open`: a call without its outcome.
 */
export type Standing = 'revoked' | 'unproven' | 'nothing' | 'would-revoke' | 'waiting' | 'trying' | 'open' | 'noted';

export interface Story extends Omit<EventSummary, 'key'> {
  readonly steps: readonly AuditStep[];
  readonly targets: readonly string[];
  readonly standing: Standing;
  /** The last word on it: an outcome, a reason, or a note. */
  readonly code: string;
  /** Epoch ms: by the sender's claim; of our first record; of the outcome that proves the last key gone. */
  readonly detected?: number;
  readonly accepted: number;
  readonly confirmed?: number;
}

export interface Incident {
  /** In the order in which they were taken up. */
  readonly stories: readonly Story[];
}

interface Told {
  readonly about: EventSummary;
  readonly steps: AuditStep[];
}

const BY_OUTCOME: Readonly<Record<string, Standing>> = {
  confirmed: 'revoked',
  accepted: 'unproven',
  'not-found': 'nothing',
  'no-keys': 'nothing',
  duplicate: 'nothing',
  'would-revoke': 'would-revoke',
};
/** The first that a target of the event stands at is where the event stands. */
const WORST: readonly Standing[] = ['open', 'trying', 'unproven', 'would-revoke', 'revoked', 'nothing'];

/** Returns the reader of a log: `take` each record, copies left out, then `end`. */
export function startIncident(): { take(line: AuditLine): void; end(): Incident } {
  const told = new Map<string, Told>();
  return {
    take(line) {
      const about = eventSummaryOf(line);
      if (about === undefined) return;
      const known = told.get(about.key);
      if (known === undefined) told.set(about.key, { about, steps: [stepOf(line)] });
      else known.steps.push(stepOf(line));
    },
    end: () => ({
      stories: [...told.values()].map(storyOf).toSorted((one, other) => one.accepted - other.accepted),
    }),
  };
}

function storyOf({ about: { key: _, ...about }, steps: unsorted }: Told): Story {
  // Records of one environment come in order; those of several are put in order by their clocks.
  const steps = unsorted.toSorted((one, other) => one.time - other.time);
  const { standing, code } = endOf(steps);
  const detected = instantOf(about.claimedTime);
  const proofs = steps.filter((step) => step.phase === 'outcome' && step.code === 'confirmed').map(({ time }) => time);
  const [confirmed] = standing === 'revoked' ? proofs.slice(-1) : [];
  return {
    ...about,
    steps,
    targets: [...new Set(steps.map(({ target }) => target).filter((target) => target !== ''))],
    standing,
    code,
    ...(detected === undefined ? {} : { detected }),
    accepted: steps.map(({ time }) => time).reduce((first, time) => Math.min(first, time)),
    ...(confirmed === undefined ? {} : { confirmed }),
  };
}

function instantOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function endOf(steps: readonly AuditStep[]): Pick<Story, 'standing' | 'code'> {
  const at = steps.findLastIndex(({ phase }) => phase === 'hold' || phase === 'dead-letter');
  const parked = steps[at];
  const calls = steps.slice(at + 1).filter(({ phase }) => phase === 'intent' || phase === 'outcome');
  if (parked !== undefined && calls.length === 0) return { standing: 'waiting', code: parked.code };
  const ends = new Map<string, { readonly standing: Standing; readonly code: string; readonly request: string }>();
  for (const { phase, target, code, request } of calls) {
    const standing = phase === 'intent' ? 'open' : (BY_OUTCOME[code] ?? 'trying');
    // What a later delivery has a word on was taken up again.
    for (const [name, end] of ends) if (end.standing === 'open' && end.request !== request) ends.delete(name);
    // A duplicate adds nothing to what was done before it.
    if (code !== 'duplicate' || !ends.has(target)) ends.set(target, { standing, code, request });
  }
  for (const worst of WORST) {
    const end = [...ends.values()].findLast(({ standing }) => standing === worst);
    if (end !== undefined) return end;
  }
  return { standing: 'noted', code: steps.map(({ code }) => code).reduce((_, last) => last) };
}

export interface Hold {
  readonly story: Story;
  readonly hold: AuditStep;
  /** The intent of the replay that released it, and who did. */
  readonly released?: AuditStep;
}

/** Takes stories; returns every hold, with its release if there was one. */
export const holdsOf = (stories: readonly Story[]): readonly Hold[] =>
  stories.flatMap((story) =>
    story.steps.flatMap((hold, at) => {
      if (hold.phase !== 'hold') return [];
      const next = story.steps.slice(at + 1).find((step) => step.phase === 'hold' || isRelease(step));
      return [{ story, hold, ...(next?.phase === 'replay' ? { released: next } : {}) }];
    }),
  );

const isRelease = ({ code, replay }: AuditStep): boolean =>
  replay !== undefined && code === 'intent' && replay.releases !== '';

/** Our own looks after a revocation. */
export const isCheck = ({ type }: Pick<Story, 'type'>): boolean => type === 'revocation.check.v1';

/** What did not get in. */
export const isRefusal = ({ steps }: Pick<Story, 'steps'>): boolean => steps.every(({ phase }) => phase === 'refusal');
