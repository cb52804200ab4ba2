/**
 * The rate toward the API, learned from its refusals, since no limit of it is published. A value, changed by these functions
 * alone; one per Lambda environment. Before the first refusal there is no pace. Each refusal ends a run: what the run served
 * tells the limit, and the next run begins just under it and grows, hardly at first.
 */

/** How much of a measured limit a run begins with. */
const SHARE = 0.99;
/** A pace that was refused was too high, whatever was measured: the next is at most so much of it. */
const BACK_OFF = 0.95;
/** Calls a second from which a limit is searched, and the least from which any run begins. */
export const SEARCH_FROM = 20;
const LEAST = 1;
/** In this time a search doubles its pace, and a known limit is doubled: by the cube of the time, as CUBIC does (RFC 9438). In ms. */
export const SEARCH_DOUBLES_MS = 500;
export const KNOWN_DOUBLES_MS = 60_000;
/** What must have been served beyond the burst to tell a limit, in ms: less is chance. */
const TELLING_MS = 300;
/** What was served longer ago says nothing about a first burst, in ms. */
const BURST_MS = 1_000;
/** Turns not taken for so long are made up for: timers are coarse. In ms. */
const LEAST_CREDIT_MS = 20;
/** When nothing was asked for so long, the run did not show what the API would have served, in ms. */
const IDLE_MS = 250;
/** The longest for which one answer stops the whole instance, in ms; its own message keeps the whole Retry-After. */
export const LONGEST_STOP_MS = 30_000;
/** So long after the last refusal the limit is forgotten, in ms. */
export const FORGET_MS = 600_000;

/** How many moments are kept, and at least how far apart, in ms. */
const MOST_MARKS = 64;
const APART_MS = 25;
interface Mark {
  /** Epoch ms. */
  readonly at: number;
  /** Answers before. */
  readonly before: number;
}

export interface Served {
  readonly count: number;
  /** In their order; the first is the first answer. */
  readonly marks: readonly Mark[];
}

export const NONE_SERVED: Served = { count: 0, marks: [] };
/** Takes what was served and when one more answer came (epoch ms); returns both. */
export function addServed({ count, marks }: Served, at: number): Served {
  const last = marks.at(-1);
  if (last !== undefined && at - last.at < APART_MS) return { count: count + 1, marks };
  const kept = marks.length < MOST_MARKS ? marks : marks.filter((_mark, n) => n % 2 === 0);
  return { count: count + 1, marks: [...kept, { at, before: count }] };
}

/** Takes what was served and now (epoch ms); returns for how long, in ms, from the first answer. */
export const durationMs = ({ marks }: Served, now: number): number => now - (marks[0]?.at ?? now);
/** What a limit lets through at once: so many calls in so many ms. */
export interface Burst {
  readonly count: number;
  readonly ms: number;
}

/**
 * Takes what was served up to now (epoch ms), the burst in it, and how long a stretch must be beyond that; returns the calls
 * a second of the best stretch without its burst, or undefined when none is long enough. It is at most what a token bucket
 * allows, since a stretch that ends with a refusal has had no more saved up than the burst was, and reaches that where the pace was higher.
 */
export function bestRate(
  { count, marks }: Served,
  now: number,
  { burst, leastMs }: { readonly burst: Burst; readonly leastMs: number },
): number | undefined {
  const paces = marks.flatMap(({ at, before }) => {
    const ms = now - at - burst.ms;
    return ms < leastMs ? [] : [(1_000 * (count - before - burst.count)) / ms];
  });
  return paces.length === 0 ? undefined : Math.max(...paces);
}

export interface Rate {
  /** Refusals that ended a run so far; 0: none, and no pace. A call belongs to the run in which it was sent. */
  readonly run: number;
  /** Calls a second with which the run began. */
  readonly base: number;
  /** Whether `base` was measured, or is where a search begins. */
  readonly known: boolean;
  /** Epoch ms at which the run began; nothing is called before. */
  readonly since: number;
  /** Epoch ms of the next turn. */
  readonly dueAt: number;
  readonly served: Served;
  /** Epoch ms of the last answer that was no refusal, and of the last that was one. */
  readonly servedAt: number;
  readonly refusedAt: number;
  /** What was served at once before the first refusal. */
  readonly burst: Burst;
  /** Epoch ms until which the turns are promised to messages that went back. */
  readonly promised: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** No limit was met, or it is forgotten. */
export const UNLIMITED: Rate = {
  run: 0,
  base: Number.POSITIVE_INFINITY,
  known: false,
  since: NEVER,
  dueAt: NEVER,
  served: NONE_SERVED,
  servedAt: NEVER,
  refusedAt: NEVER,
  burst: { count: 0, ms: 0 },
  promised: NEVER,
};

/** Takes the rate and now (epoch ms); returns whether there is a pace: a limit was met, and is not forgotten. */
export const isLimited = ({ refusedAt }: Rate, now: number): boolean => now - refusedAt < FORGET_MS;

/** Takes the rate and now (epoch ms); returns whether the API limits us and serves us all the same: what waits is then not in trouble. */
export const isThrottledButServing = (rate: Rate, now: number): boolean =>
  isLimited(rate, now) && now - rate.servedAt < FORGET_MS;

/** Takes a rate with a pace and a moment (epoch ms); returns the pace then, in calls a second. */
export function rateAt({ base, known, since }: Rate, at: number): number {
  const ms = Math.max(0, at - since);
  return base * 2 ** (known ? (ms / KNOWN_DOUBLES_MS) ** 3 : ms / SEARCH_DOUBLES_MS);
}

/** Takes the rate and now (epoch ms), when a call takes its turn; returns the rate from then on. */
export function takeSlot(rate: Rate, now: number): Rate {
  if (!isLimited(rate, now)) return rate.run === 0 ? rate : UNLIMITED;
  const pace = rateAt(rate, now);
  const isIdle = now - Math.max(rate.dueAt, rate.servedAt) > IDLE_MS;
  return {
    ...rate,
    served: isIdle ? NONE_SERVED : rate.served,
    dueAt: Math.max(rate.dueAt, now - creditMs(rate, pace)) + 1_000 / pace,
  };
}

/** For how long turns that were not taken can be made up for: the API saves up as much as its burst, and half of that is ours. */
const creditMs = ({ burst }: Rate, pace: number): number =>
  Math.max(LEAST_CREDIT_MS, (500 * burst.count) / pace - burst.ms / 2);

/** Takes the rate, the run of a call that was served, and now (epoch ms); returns the rate from then on. */
export function recordServed(rate: Rate, run: number, now: number): Rate {
  if (run !== rate.run) return { ...rate, servedAt: now };
  const isOld = run === 0 && durationMs(rate.served, now) > BURST_MS;
  return { ...rate, servedAt: now, served: addServed(isOld ? NONE_SERVED : rate.served, now) };
}

/**
 * Takes the rate, the run of a call that was refused, now (epoch ms) and the Retry-After in ms (0: none); returns the rate from
 * then on. The first refusal of a run ends it; those of calls that were under way then can only make the stop longer.
 */
export function recordThrottled(
  rate: Rate,
  run: number,
  { now, retryAfterMs }: { readonly now: number; readonly retryAfterMs: number },
): Rate {
  const resumes = now + Math.min(retryAfterMs, LONGEST_STOP_MS);
  if (run !== rate.run) {
    const since = Math.max(rate.since, resumes);
    return { ...rate, since, dueAt: Math.max(rate.dueAt, since), refusedAt: now };
  }
  const next = run === 0 ? begun(rate, now) : learned(rate, now);
  return {
    ...rate,
    ...next,
    run: run + 1,
    since: resumes,
    dueAt: Math.max(now + 1_000 / next.base, resumes),
    served: NONE_SERVED,
    refusedAt: now,
  };
}

type Beginning = Pick<Rate, 'base' | 'known'>;

/** A first burst says nothing about the limit, but how much of what is served later is burst. */
const begun = (rate: Rate, now: number): Beginning & Pick<Rate, 'burst'> => ({
  base: SEARCH_FROM,
  known: false,
  burst: { count: rate.served.count, ms: durationMs(rate.served, now) },
});

/** How the run after one that was refused now begins. `sure`: what was served since the limit was last used up is no more than it allowed. */
function learned(rate: Rate, now: number): Beginning {
  const { base, known, burst } = rate;
  const most = BACK_OFF * rateAt(rate, now);
  const sure = (SHARE * 1_000 * rate.served.count) / Math.max(1, now - rate.refusedAt);
  const best = bestRate(rate.served, now, { burst, leastMs: TELLING_MS });
  if (best !== undefined) return { known: true, base: Math.max(LEAST, sure, Math.min(SHARE * best, most)) };
  // A longer run told what is known: it stands, unless this one was hardly above it.
  // Stryker disable next-line EqualityOperator: equal only by a chance of the last digit
  if (known && most > base) return rate;
  return { known: false, base: Math.max(LEAST, sure === 0 ? base / 2 : sure) };
}

/**
 * Takes the rate and now (epoch ms), when a message goes back that has found no turn; returns when it can have one (epoch ms),
 * and the rate that has promised it. A message may need more than one call: too early costs a receive, too late idles the API.
 */
export function reserveSlot(rate: Rate, now: number): { readonly at: number; readonly rate: Rate } {
  if (!isLimited(rate, now)) return { at: now, rate };
  const at = Math.max(now, rate.dueAt, rate.promised);
  return { at, rate: { ...rate, promised: at + 1_000 / rateAt(rate, at) } };
}

/** What the API served in a row: how much, and how much of it by some moments, so that the best stretch of it can be told afterwards. */
