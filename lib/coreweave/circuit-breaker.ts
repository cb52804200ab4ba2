/**
 * The circuit breaker: when consecutive calls for different targets fail for a reason that is not the target's (token,
 * host, network), further calls would only cost time. One immutable value per Lambda environment.
 */

/** Consecutive systemic failures, each for another target, that open the circuit. */
const FAILURE_THRESHOLD = 5;
/** How long the circuit stays open before a half-open probe, in ms. */
export const OPEN_MS = 30_000;

export type CircuitBreaker =
  | { readonly state: 'closed'; readonly failing: ReadonlySet<string> }
  | { readonly state: 'open'; readonly until: number }
  | { readonly state: 'half-open'; readonly until: number };

export const CLOSED: CircuitBreaker = { state: 'closed', failing: new Set() };

/**
 * After OPEN_MS one caller may make the probe. If its result is never recorded, because the invocation ended, another
 * caller may after a further OPEN_MS.
 */
export function allowCall(
  breaker: CircuitBreaker,
  now: number,
): { readonly allowed: boolean; readonly breaker: CircuitBreaker } {
  if (breaker.state === 'closed') return { allowed: true, breaker };
  return now >= breaker.until
    ? { allowed: true, breaker: { state: 'half-open', until: now + OPEN_MS } }
    : { allowed: false, breaker };
}

/** `systemic`: the call failed for a reason that is not the target's. */
export function recordResult(
  breaker: CircuitBreaker,
  { target, systemic }: { readonly target: string; readonly systemic: boolean },
  now: number,
): CircuitBreaker {
  if (!systemic) return CLOSED;
  if (breaker.state !== 'closed') return { state: 'open', until: now + OPEN_MS };
  const failing = new Set(breaker.failing).add(target);
  return failing.size >= FAILURE_THRESHOLD ? { state: 'open', until: now + OPEN_MS } : { state: 'closed', failing };
}
