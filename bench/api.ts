/** The API for measurements (children/api-main.ts): its options, its report, and its rate limit. */

export interface Rate {
  /** Calls per second in the long run. */
  readonly perSecond: number;
  /** Calls at once after a pause. */
  readonly burst: number;
}

export interface ApiOptions {
  /** Delay of each response in ms (0). */
  readonly latencyMs?: number;
  /** Calls over the limit get a 429 with `Retry-After: 1`. */
  readonly rate?: Rate;
  /** Paths of PEM files; absent: plain HTTP. */
  readonly tls?: { readonly keyFile: string; readonly certFile: string };
}

export interface ApiReport {
  /** Connections opened since the last report. */
  readonly opened: number;
  /** The most connections that were open at once. */
  readonly mostOpen: number;
  /** Each call with the time of its response, in ms of the clock that all processes share. */
  readonly calls: readonly (readonly [kind: 'revoke' | 'read' | 'refused', at: number])[];
  /** Distinct keys whose revocation was accepted. */
  readonly revoked: number;
}

/** A token bucket. Returns a function of the time (ms) that reports whether one more call is let through. */
export function createBucket({ perSecond, burst }: Rate, startedAt: number): (at: number) => boolean {
  let tokens = burst;
  let last = startedAt;
  return (at) => {
    tokens = Math.min(burst, tokens + ((at - last) * perSecond) / 1_000);
    last = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
