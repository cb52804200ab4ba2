/**
 * The breaker: when calls for different targets fail one after another for a reason that is not theirs (token, host,
 * network), more calls would only burn time. One per Lambda environment; a value, changed by these functions alone.
 */

/** Systemic observations in a row, each for another target, that open it. */
export const OPENS_AFTER = 5;
/** How long it stays open before one probe, in ms. */
export const OPEN_MS = 30_000;

export type Breaker =
  | { readonly state: 'closed'; readonly failing: ReadonlySet<string> }
  | { readonly state: 'open'; readonly until: number }
  | { readonly state: 'probing'; readonly until: number };

export const CLOSED: Breaker = { state: 'closed', failing: new Set() };

/**
 * Takes the breaker and now (epoch ms); returns whether a call may start, and the breaker from then on. After OPEN_MS
 * one caller is let through; a probe that never reports (its invocation died) makes room for another after OPEN_MS.
 */
export function permit(breaker: Breaker, now: number): { readonly go: boolean; readonly breaker: Breaker } {
  if (breaker.state === 'closed') return { go: true, breaker };
  return now >= breaker.until
    ? { go: true, breaker: { state: 'probing', until: now + OPEN_MS } }
    : { go: false, breaker };
}

/** Takes the breaker, what a call for `target` showed, and now (epoch ms); returns the breaker from then on. */
export function observe(
  breaker: Breaker,
  { target, systemic }: { readonly target: string; readonly systemic: boolean },
  now: number,
): Breaker {
  if (!systemic) return CLOSED;
  if (breaker.state !== 'closed') return { state: 'open', until: now + OPEN_MS };
  const failing = new Set(breaker.failing).add(target);
  return failing.size >= OPENS_AFTER ? { state: 'open', until: now + OPEN_MS } : { state: 'closed', failing };
}
