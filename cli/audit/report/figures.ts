/** The numbers of the report: distributions of durations, and counts by source, outcome and reason. */
import { type EventHistory, type EventStatus, isCheck } from '../incidents.ts';

export interface Distribution {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly longest: number;
  /** One count for each of BUCKETS. */
  readonly buckets: readonly number[];
}

/** Upper bounds in ms, and their labels. */
export const BUCKETS: readonly (readonly [upTo: number, name: string])[] = [
  [1_000, 'up to 1 s'],
  [2_000, '1 to 2 s'],
  [5_000, '2 to 5 s'],
  [10_000, '5 to 10 s'],
  [30_000, '10 to 30 s'],
  [60_000, '30 s to 1 min'],
  [300_000, '1 to 5 min'],
  [900_000, '5 to 15 min'],
  [3_600_000, '15 min to 1 h'],
  [Number.POSITIVE_INFINITY, 'over 1 h'],
];

/** Durations in ms. Undefined where there is none. Quantiles are by nearest rank. */
export function toDistribution(durations: readonly number[]): Distribution | undefined {
  const sorted = durations.map((ms) => Math.max(0, ms)).toSorted((one, other) => one - other);
  const rank = (part: number): number => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
  if (sorted.length === 0) return undefined;
  let from = Number.NEGATIVE_INFINITY;
  const buckets = BUCKETS.map(([upTo]) => {
    const count = sorted.filter((ms) => ms > from && ms <= upTo).length;
    from = upTo;
    return count;
  });
  return { count: sorted.length, median: rank(0.5), p95: rank(0.95), longest: rank(1), buckets };
}

export interface RevocationTimes {
  /** From the event's time, which is by the clock of the sender. */
  readonly sinceDetected?: Distribution;
  /** From our first record of the event. */
  readonly sinceAccepted?: Distribution;
}

/** Times to the outcome that proves the revocation. */
export function revocationTimes(events: readonly EventHistory[]): RevocationTimes {
  const proven = events.flatMap(({ confirmed, detected, accepted, type }) =>
    confirmed === undefined || isCheck({ type }) ? [] : [{ confirmed, detected, accepted }],
  );
  const sinceDetected = toDistribution(
    proven.flatMap(({ confirmed, detected }) => (detected === undefined ? [] : [confirmed - detected])),
  );
  const sinceAccepted = toDistribution(proven.map(({ confirmed, accepted }) => confirmed - accepted));
  return {
    ...(sinceDetected === undefined ? {} : { sinceDetected }),
    ...(sinceAccepted === undefined ? {} : { sinceAccepted }),
  };
}

/** The largest group first. */
export function groupEvents(
  events: readonly EventHistory[],
  nameOf: (event: EventHistory) => string,
): readonly (readonly [name: string, events: readonly EventHistory[]])[] {
  const groups = new Map<string, EventHistory[]>();
  for (const event of events) {
    const name = nameOf(event);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [event]);
    else group.push(event);
  }
  return [...groups].toSorted(([one, these], [other, those]) => those.length - these.length || (one < other ? -1 : 1));
}

/**
 * For each reason code of a hold or dead letter: how often it occurred, and how many events and checks still wait. An
 * event that waits because of its check has no such step of its own.
 */
export function countReasons(
  events: readonly EventHistory[],
): readonly (readonly [reason: string, times: number, waiting: number])[] {
  const times = new Map<string, [number, number]>();
  for (const { steps, status, code } of events) {
    const stops = steps.filter(({ phase }) => phase === 'hold' || phase === 'dead-letter');
    for (const { code: reason } of stops)
      times.set(reason, [(times.get(reason)?.[0] ?? 0) + 1, times.get(reason)?.[1] ?? 0]);
    const isOwn = status === 'waiting' && stops.some((step) => step.code === code);
    const known = isOwn ? times.get(code) : undefined;
    if (known !== undefined) known[1] += 1;
  }
  return [...times]
    .map(([reason, [count, waiting]]) => [reason, count, waiting] as const)
    .toSorted(([one, these], [other, those]) => those - these || (one < other ? -1 : 1));
}

export const countByStatus = (events: readonly EventHistory[], ...statuses: readonly EventStatus[]): number =>
  events.filter(({ status }) => statuses.includes(status)).length;
