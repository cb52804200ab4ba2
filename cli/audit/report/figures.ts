/** Numbers of the report: spans of time and how they spread, and counts by source, outcome and reason. */
import { isCheck, type Standing, type Story } from '../incidents.ts';

export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly longest: number;
  /** As many as BUCKETS. */
  readonly buckets: readonly number[];
}

/** Upper ends in ms, and what they are called. */
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

/** Takes spans in ms; returns how they spread, or undefined when there is none. Quantiles are by nearest rank. */
export function spreadOf(spans: readonly number[]): Spread | undefined {
  const sorted = spans.map((ms) => Math.max(0, ms)).toSorted((one, other) => one - other);
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

export interface Times {
  /** From the time that the sender gave to the outcome that proves it: as good as the sender's clock. */
  readonly sinceDetected?: Spread;
  /** From our first record. */
  readonly sinceAccepted?: Spread;
}

/** Takes stories; returns how long the proven revocations took. */
export function timesOf(stories: readonly Story[]): Times {
  const proven = stories.flatMap(({ confirmed, detected, accepted, type }) =>
    confirmed === undefined || isCheck({ type }) ? [] : [{ confirmed, detected, accepted }],
  );
  const sinceDetected = spreadOf(
    proven.flatMap(({ confirmed, detected }) => (detected === undefined ? [] : [confirmed - detected])),
  );
  const sinceAccepted = spreadOf(proven.map(({ confirmed, accepted }) => confirmed - accepted));
  return {
    ...(sinceDetected === undefined ? {} : { sinceDetected }),
    ...(sinceAccepted === undefined ? {} : { sinceAccepted }),
  };
}

/** Takes stories and how each is named; returns groups of them, the largest first. */
export function groupsOf(
  stories: readonly Story[],
  nameOf: (story: Story) => string,
): readonly (readonly [name: string, stories: readonly Story[]])[] {
  const groups = new Map<string, Story[]>();
  for (const story of stories) {
    const name = nameOf(story);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [story]);
    else group.push(story);
  }
  return [...groups].toSorted(([one, these], [other, those]) => those.length - these.length || (one < other ? -1 : 1));
}

/** Takes stories; returns why something waited for a person: of each reason how often, and how many wait still. */
export function reasonsOf(
  stories: readonly Story[],
): readonly (readonly [reason: string, times: number, waiting: number])[] {
  const times = new Map<string, [number, number]>();
  for (const { steps, standing, code } of stories) {
    const parked = steps.filter(({ phase }) => phase === 'hold' || phase === 'dead-letter');
    for (const { code: reason } of parked)
      times.set(reason, [(times.get(reason)?.[0] ?? 0) + 1, times.get(reason)?.[1] ?? 0]);
    const known = standing === 'waiting' ? times.get(code) : undefined;
    if (known !== undefined) known[1] += 1;
  }
  return [...times]
    .map(([reason, [count, waiting]]) => [reason, count, waiting] as const)
    .toSorted(([one, these], [other, those]) => those - these || (one < other ? -1 : 1));
}

export const standingAt = (stories: readonly Story[], ...standings: readonly Standing[]): number =>
  stories.filter(({ standing }) => standings.includes(standing)).length;
