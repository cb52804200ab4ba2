/** An audit log as events: what happened to each event, when, and how it ended. Pure, but for its state. */
import type { AuditLine } from '../../lib/audit/read-line.ts';
import { type About, aboutOf, type Step, stepOf } from '../../lib/audit/read-step.ts';

/**
 * How an event stands at the end of the log. `waiting`: a person has to look. `unproven`: the call was taken, nobody saw
 * the keys gone. `trying`: the last call failed, and the message comes round again. `open`: a call without its outcome.
 */
export type EventStatus = 'revoked' | 'unproven' | 'nothing' | 'would-revoke' | 'waiting' | 'trying' | 'open' | 'noted';

export interface EventHistory extends Omit<About, 'key'> {
  readonly steps: readonly Step[];
  readonly targets: readonly string[];
  readonly status: EventStatus;
  /** The last word on it: an outcome, a reason, or a note. */
  readonly code: string;
  /** Epoch ms: by the sender's claim; of our first record; of the outcome that proves the last key gone. */
  readonly detected?: number;
  readonly accepted: number;
  readonly confirmed?: number;
}

export interface IncidentLog {
  /** In the order in which they were taken up. */
  readonly events: readonly EventHistory[];
}

interface EventSteps {
  readonly about: About;
  readonly steps: Step[];
}

const STATUS_BY_OUTCOME: Readonly<Record<string, EventStatus>> = {
  confirmed: 'revoked',
  accepted: 'unproven',
  'not-found': 'nothing',
  'no-keys': 'nothing',
  duplicate: 'nothing',
  'would-revoke': 'would-revoke',
};
/** The first that a target of the event stands at is where the event stands. */
const WORST_FIRST: readonly EventStatus[] = ['open', 'trying', 'unproven', 'would-revoke', 'revoked', 'nothing'];

/** Returns the reader of a log: `take` each record, copies left out, then `end`. */
export function createIncidentReader(): { take(line: AuditLine): void; end(): IncidentLog } {
  const told = new Map<string, EventSteps>();
  return {
    take(line) {
      const about = aboutOf(line);
      if (about === undefined) return;
      const known = told.get(about.key);
      if (known === undefined) told.set(about.key, { about, steps: [stepOf(line)] });
      else known.steps.push(stepOf(line));
    },
    end: () => ({
      events: [...told.values()].map(toHistory).toSorted((one, other) => one.accepted - other.accepted),
    }),
  };
}

function toHistory({ about: { key: _, ...about }, steps: unsorted }: EventSteps): EventHistory {
  // Records of one environment come in order; those of several are put in order by their clocks.
  const steps = unsorted.toSorted((one, other) => one.time - other.time);
  const { status, code } = lastStatus(steps);
  const detected = parseInstant(about.claimedTime);
  const proofs = steps.filter((step) => step.phase === 'outcome' && step.code === 'confirmed').map(({ time }) => time);
  const [confirmed] = status === 'revoked' ? proofs.slice(-1) : [];
  return {
    ...about,
    steps,
    targets: [...new Set(steps.map(({ target }) => target).filter((target) => target !== ''))],
    status,
    code,
    ...(detected === undefined ? {} : { detected }),
    accepted: steps.map(({ time }) => time).reduce((first, time) => Math.min(first, time)),
    ...(confirmed === undefined ? {} : { confirmed }),
  };
}

function parseInstant(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function lastStatus(steps: readonly Step[]): Pick<EventHistory, 'status' | 'code'> {
  const at = steps.findLastIndex(({ phase }) => phase === 'hold' || phase === 'dead-letter');
  const parked = steps[at];
  const calls = steps.slice(at + 1).filter(({ phase }) => phase === 'intent' || phase === 'outcome');
  if (parked !== undefined && calls.length === 0) return { status: 'waiting', code: parked.code };
  const ends = new Map<string, { readonly status: EventStatus; readonly code: string; readonly request: string }>();
  for (const { phase, target, code, request } of calls) {
    const status = phase === 'intent' ? 'open' : (STATUS_BY_OUTCOME[code] ?? 'trying');
    // What a later delivery has a word on was taken up again.
    for (const [name, end] of ends) if (end.status === 'open' && end.request !== request) ends.delete(name);
    // A duplicate adds nothing to what was done before it.
    if (code !== 'duplicate' || !ends.has(target)) ends.set(target, { status, code, request });
  }
  for (const worst of WORST_FIRST) {
    const end = [...ends.values()].findLast(({ status }) => status === worst);
    if (end !== undefined) return end;
  }
  return { status: 'noted', code: steps.map(({ code }) => code).reduce((_, last) => last) };
}

export interface HoldAndRelease {
  readonly event: EventHistory;
  readonly hold: Step;
  /** The intent of the replay that released it, and who did. */
  readonly released?: Step;
}

/** Takes events; returns every hold, with its release if there was one. */
export const listHolds = (events: readonly EventHistory[]): readonly HoldAndRelease[] =>
  events.flatMap((event) =>
    event.steps.flatMap((hold, at) => {
      if (hold.phase !== 'hold') return [];
      const next = event.steps.slice(at + 1).find((step) => step.phase === 'hold' || isRelease(step));
      return [{ event, hold, ...(next?.phase === 'replay' ? { released: next } : {}) }];
    }),
  );

const isRelease = ({ code, replay }: Step): boolean =>
  replay !== undefined && code === 'intent' && replay.releases !== '';

/** Our own looks after a revocation. */
export const isCheck = ({ type }: Pick<EventHistory, 'type'>): boolean => type === 'revocation.check.v1';

/** What did not get in. */
export const isRefusal = ({ steps }: Pick<EventHistory, 'steps'>): boolean =>
  steps.every(({ phase }) => phase === 'refusal');
