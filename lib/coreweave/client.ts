/**
 * All calls of one Lambda environment: bounded in number, within the API's rate limit, each with a timeout, behind a
 * circuit breaker.
 */
import type { Settings } from '../model/settings.ts';
import type { Clock, Log, Meter } from '../ports.ts';
import { createLimiter } from '../runtime/limit.ts';
import type { Api, ApiRequest, ApiResponse } from './api.ts';
import { allowCall, type CircuitBreaker, CLOSED, recordResult } from './circuit-breaker.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';

export interface ApiClient extends Pick<RateLimiter, 'retryDelayS' | 'isThrottledButServing'> {
  /**
   * Whether a revocation may start now. While the circuit is open this is true once per pause: that caller makes the
   * probe, and must report it by `reportTarget`.
   */
  tryStart(): boolean;
  /** True while the circuit is open. Does not start a half-open probe. */
  isCircuitOpen(): boolean;
  /** Whether, as far as is known now, a call can be sent before `endsAt` (epoch ms). */
  canSend(endsAt: number): boolean;
  /** Tells the circuit breaker whether a call for `target` failed for a reason that is not the target's. */
  reportTarget(target: string, systemic: boolean): void;
  /**
   * Runs the part of a revocation from `tryStart` to its call within one of API_CONCURRENCY slots and the rate limit:
   * no more calls than that can be in flight when the circuit opens. Undefined: no slot was free before `endsAt` (epoch
   * ms).
   */
  withSlot<T>(work: () => Promise<T>, endsAt: number): Promise<T | undefined>;
  /** Sends a request once and answers before `endsAt` (epoch ms), the wait for a slot included. Never rejects. */
  send(request: ApiRequest, endsAt: number): Promise<ApiResponse>;
}

/** These are sent inside `withSlot`. */
const ALREADY_RATE_LIMITED: ReadonlySet<ApiRequest['call']> = new Set(['revoke-key', 'revoke-principal', 'can-i']);

const NOT_SENT_IN_TIME: ApiResponse = { kind: 'fault', fault: 'timeout', latencyMs: 0, sent: false };

export interface ClientPorts {
  readonly api: Api;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Starts with the circuit closed and no known rate limit. */
export function createApiClient(
  { api, clock, log, meter }: ClientPorts,
  { apiConcurrency, apiTimeoutMs }: Pick<Settings, 'apiConcurrency' | 'apiTimeoutMs'>,
): ApiClient {
  let breaker: CircuitBreaker = CLOSED;
  const rateLimiter = createRateLimiter({ clock, log });
  const slots = createLimiter(apiConcurrency);
  const isCircuitOpen = (): boolean => !allowCall(breaker, clock.now()).allowed;
  const sendNow = async (request: ApiRequest, endsAt: number): Promise<ApiResponse> => {
    const timeoutMs = Math.min(apiTimeoutMs, endsAt - clock.now());
    return timeoutMs > 0 ? rateLimiter.observe(() => api.send(request, timeoutMs)) : NOT_SENT_IN_TIME;
  };

  return {
    tryStart() {
      const permission = allowCall(breaker, clock.now());
      breaker = permission.breaker;
      return permission.allowed;
    },
    isCircuitOpen,
    canSend: (endsAt) => !isCircuitOpen() && rateLimiter.hasSlot(endsAt),
    reportTarget(target, systemic) {
      const before = breaker.state;
      breaker = recordResult(breaker, { target, systemic }, clock.now());
      if (breaker.state === before) return;
      log.warn('breaker', { state: breaker.state });
      if (breaker.state === 'open') meter.add({ kind: 'circuit-opened' });
    },
    withSlot: (work, endsAt) => slots(async () => ((await rateLimiter.acquire(endsAt)) ? work() : undefined)),
    retryDelayS: rateLimiter.retryDelayS,
    isThrottledButServing: rateLimiter.isThrottledButServing,
    send: (request, endsAt) =>
      ALREADY_RATE_LIMITED.has(request.call)
        ? sendNow(request, endsAt)
        : slots(async () => ((await rateLimiter.acquire(endsAt)) ? sendNow(request, endsAt) : NOT_SENT_IN_TIME)),
  };
}
