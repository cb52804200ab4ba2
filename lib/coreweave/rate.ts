/**
 * The rate of calls, learned from the API's refusals, since the API publishes no limit. One immutable value per Lambda
 * environment. Calls are unlimited until the first refusal. Each refusal ends a run: the calls served in it estimate
 * the limit, and the next run starts just below the estimate and grows, slowly at first.
 */

/** Share of an estimated limit at which a run starts. */
const START_SHARE = 0.99;
/**
 * A rate that was refused was too high, whatever was measured: the next run starts at no more than this share of it.
 */
const BACK_OFF = 0.95;
/** Calls per second at which the search for a limit starts. */
export const SEARCH_START_RATE = 20;
/** The lowest rate at which a run starts, in calls per second. */
const MIN_RATE = 1;
/** A search doubles its rate in this time, in ms. */
export const SEARCH_DOUBLING_MS = 500;
/** A measured limit is doubled in this time, in ms: by the cube of the time, as in CUBIC (RFC 9438). */
export const MEASURED_DOUBLING_MS = 60_000;
/** Shorter measurements beyond the burst are too noisy to estimate a limit, in ms. */
const MIN_MEASURED_MS = 300;
/** Calls served longer ago than this, in ms, are not part of a first burst. */
const BURST_MS = 1_000;
/** Unused slots of at least this time, in ms, can be used later, because timers are coarse. */
const MIN_CREDIT_MS = 20;
/** After this time without a call, in ms, the run no longer measures what the API would have served. */
const IDLE_MS = 250;
/**
 * The longest time, in ms, for which one response stops the whole instance. Its own message waits for the whole
 * Retry-After.
 */
export const MAX_STOP_MS = 30_000;
/** How long after the last refusal the limit is forgotten, in ms. */
export const FORGET_MS = 600_000;

const MAX_SAMPLES = 64;
const MIN_SAMPLE_GAP_MS = 25;

interface Sample {
  /** Epoch ms. */
  readonly at: number;
  /** Responses before this time. */
  readonly before: number;
}

/**
 * Responses of one run: how many in all, and how many before some times, so that the best stretch can be found later.
 */
export interface ServedCalls {
  readonly count: number;
  /** In order of time, from the first response. */
  readonly samples: readonly Sample[];
}

export const NOTHING_SERVED: ServedCalls = { count: 0, samples: [] };

/** Adds a response at `at` (epoch ms). */
export function addServed({ count, samples }: ServedCalls, at: number): ServedCalls {
  const last = samples.at(-1);
  if (last !== undefined && at - last.at < MIN_SAMPLE_GAP_MS) return { count: count + 1, samples };
  const kept = samples.length < MAX_SAMPLES ? samples : samples.filter((_sample, n) => n % 2 === 0);
  return { count: count + 1, samples: [...kept, { at, before: count }] };
}

/** Milliseconds from the first response to `now` (epoch ms). */
export const servedMs = ({ samples }: ServedCalls, now: number): number => now - (samples[0]?.at ?? now);

/** What a limit lets through at once: `count` calls in `ms`. */
export interface Burst {
  readonly count: number;
  readonly ms: number;
}

/**
 * The best rate, in calls per second, of a stretch that ends now (epoch ms), without its burst. Undefined: no stretch
 * lasts `leastMs` beyond the burst. It is at most the rate of a token bucket, since a stretch that ends with a refusal
 * had no more tokens saved than the burst; it reaches that rate where calls were made faster.
 */
export function bestRate(
  { count, samples }: ServedCalls,
  now: number,
  { burst, leastMs }: { readonly burst: Burst; readonly leastMs: number },
): number | undefined {
  const rates = samples.flatMap(({ at, before }) => {
    const ms = now - at - burst.ms;
    return ms < leastMs ? [] : [(1_000 * (count - before - burst.count)) / ms];
  });
  return rates.length === 0 ? undefined : Math.max(...rates);
}

export interface Rate {
  /** Refusals that ended a run so far; 0: none, and no limit. A call belongs to the run in which it was sent. */
  readonly run: number;
  /** Calls per second at the start of the run. */
  readonly base: number;
  /** Whether `base` is an estimate of the limit; otherwise a search starts there. */
  readonly measured: boolean;
  /** Epoch ms at which the run starts; nothing is called earlier. */
  readonly since: number;
  /** Epoch ms of the next slot. */
  readonly dueAt: number;
  readonly served: ServedCalls;
  /** Epoch ms of the last response that was not a refusal. */
  readonly servedAt: number;
  /** Epoch ms of the last refusal. */
  readonly refusedAt: number;
  /** What was served at once before the first refusal. */
  readonly burst: Burst;
  /** Epoch ms until which slots are reserved for messages that were returned to their queue. */
  readonly reservedUntil: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

export const UNLIMITED: Rate = {
  run: 0,
  base: Number.POSITIVE_INFINITY,
  measured: false,
  since: NEVER,
  dueAt: NEVER,
  served: NOTHING_SERVED,
  servedAt: NEVER,
  refusedAt: NEVER,
  burst: { count: 0, ms: 0 },
  reservedUntil: NEVER,
};

/** Whether the API has refused calls, and the limit is not forgotten. `now` in epoch ms. */
export const isLimited = ({ refusedAt }: Rate, now: number): boolean => now - refusedAt < FORGET_MS;

/** Whether the API limits the rate but answers: what waits is then not in trouble. `now` in epoch ms. */
export const isThrottledButServing = (rate: Rate, now: number): boolean =>
  isLimited(rate, now) && now - rate.servedAt < FORGET_MS;

/** Calls per second at `at` (epoch ms), under a limit. */
export function rateAt({ base, measured, since }: Rate, at: number): number {
  const ms = Math.max(0, at - since);
  return base * 2 ** (measured ? (ms / MEASURED_DOUBLING_MS) ** 3 : ms / SEARCH_DOUBLING_MS);
}

/** The rate after a call has taken its slot at `now` (epoch ms). */
export function takeSlot(rate: Rate, now: number): Rate {
  if (!isLimited(rate, now)) return rate.run === 0 ? rate : UNLIMITED;
  const perSecond = rateAt(rate, now);
  const isIdle = now - Math.max(rate.dueAt, rate.servedAt) > IDLE_MS;
  return {
    ...rate,
    served: isIdle ? NOTHING_SERVED : rate.served,
    dueAt: Math.max(rate.dueAt, now - creditMs(rate, perSecond)) + 1_000 / perSecond,
  };
}

/** For how long unused slots can be used later. The API saves up to its burst; half of that is used. */
const creditMs = ({ burst }: Rate, perSecond: number): number =>
  Math.max(MIN_CREDIT_MS, (500 * burst.count) / perSecond - burst.ms / 2);

/** The rate after a call of `run` was served at `now` (epoch ms). */
export function recordServed(rate: Rate, run: number, now: number): Rate {
  if (run !== rate.run) return { ...rate, servedAt: now };
  const isOld = run === 0 && servedMs(rate.served, now) > BURST_MS;
  return { ...rate, servedAt: now, served: addServed(isOld ? NOTHING_SERVED : rate.served, now) };
}

/**
 * The rate after a call of `run` was refused at `now` (epoch ms). `retryAfterMs` 0: no Retry-After. The first refusal
 * of a run ends it; refusals of calls that were in flight then can only extend the stop.
 */
export function recordThrottled(
  rate: Rate,
  run: number,
  { now, retryAfterMs }: { readonly now: number; readonly retryAfterMs: number },
): Rate {
  const resumes = now + Math.min(retryAfterMs, MAX_STOP_MS);
  if (run !== rate.run) {
    const since = Math.max(rate.since, resumes);
    return { ...rate, since, dueAt: Math.max(rate.dueAt, since), refusedAt: now };
  }
  const next = run === 0 ? startSearch(rate, now) : startFromEstimate(rate, now);
  return {
    ...rate,
    ...next,
    run: run + 1,
    since: resumes,
    dueAt: Math.max(now + 1_000 / next.base, resumes),
    served: NOTHING_SERVED,
    refusedAt: now,
  };
}

type RunStart = Pick<Rate, 'base' | 'measured'>;

/** A first burst does not measure the limit, but how much of what is served later is burst. */
const startSearch = (rate: Rate, now: number): RunStart & Pick<Rate, 'burst'> => ({
  base: SEARCH_START_RATE,
  measured: false,
  burst: { count: rate.served.count, ms: servedMs(rate.served, now) },
});

/** `certain`: the rate since the last refusal, when the limit was used up; the limit allows at least that. */
function startFromEstimate(rate: Rate, now: number): RunStart {
  const { base, measured, burst } = rate;
  const most = BACK_OFF * rateAt(rate, now);
  const certain = (START_SHARE * 1_000 * rate.served.count) / Math.max(1, now - rate.refusedAt);
  const best = bestRate(rate.served, now, { burst, leastMs: MIN_MEASURED_MS });
  if (best !== undefined) {
    return { measured: true, base: Math.max(MIN_RATE, certain, Math.min(START_SHARE * best, most)) };
  }
  // A longer run measured the base: it stays, unless this run was hardly above it.
  // Stryker disable next-line EqualityOperator: equal only by a chance of the last digit
  if (measured && most > base) return rate;
  return { measured: false, base: Math.max(MIN_RATE, certain === 0 ? base / 2 : certain) };
}

/**
 * Reserves the slot at `at` (epoch ms) for a message that is returned to its queue at `now`. The message may need more
 * than one call: a slot that is too early costs a receive, one that is too late leaves the API idle.
 */
export function reserveSlot(rate: Rate, now: number): { readonly at: number; readonly rate: Rate } {
  if (!isLimited(rate, now)) return { at: now, rate };
  const at = Math.max(now, rate.dueAt, rate.reservedUntil);
  return { at, rate: { ...rate, reservedUntil: at + 1_000 / rateAt(rate, at) } };
}
