/** All calls of one Lambda environment go through here: a bounded number at once, at the rate that the API takes, a time-out each, and the breaker. */

import type { Settings } from '../model/settings.ts';
import type { Clock, Log } from '../ports.ts';
import { createGate } from '../runtime/limit.ts';
import type { Api, ApiRequest, Observation } from './api.ts';
import { type Breaker, CLOSED, observe, permit } from './circuit-breaker.ts';
import { createPacer, type Pacer } from './rate-limiter.ts';

export interface Caller extends Pick<Pacer, 'comesRoundS' | 'isServing'> {
  /** Whether a revocation may start now. While the breaker is open, true once per pause: that caller makes the probe, and must report it by `observe`. */
  permits(): boolean;
  /** Whether the breaker lets nothing through now. Asking does not make a probe of the caller. */
  rests(): boolean;
  /** Whether, as far as is known now, a call may go out before `endsAt` (epoch ms): the breaker lets some through, and a turn comes. */
  isOpen(endsAt: number): boolean;
  /** Tells the breaker what a revocation of `target` showed. */
  observe(target: string, systemic: boolean): void;
  /**
   * Waits for a place and for its turn at the rate that the API takes, then runs the part of a revocation from the breaker's
   * permission to its call; API_CONCURRENCY at once, so that no more calls than that can be on their way when the breaker
   * opens. Resolves with undefined when no turn comes before `endsAt` (epoch ms).
   */
  turn<T>(work: () => Promise<T>, endsAt: number): Promise<T | undefined>;
  /** Sends a request once and answers before `endsAt` (epoch ms), the wait for its turn included. Never rejects. */
  send(request: ApiRequest, endsAt: number): Promise<Observation>;
}

/** These are sent within a `turn`. */
const HAVE_THEIR_TURN: ReadonlySet<ApiRequest['call']> = new Set(['revoke-key', 'revoke-principal', 'can-i']);

/** Nothing was sent. */
const TOO_LATE: Observation = { kind: 'fault', fault: 'timeout', latencyMs: 0 };

/** Takes the ports and settings of the environment; returns its caller, with the breaker closed and no limit known. */
export function createCaller(
  { api, clock, log }: { readonly api: Api; readonly clock: Clock; readonly log: Log },
  { apiConcurrency, apiTimeoutMs }: Pick<Settings, 'apiConcurrency' | 'apiTimeoutMs'>,
): Caller {
  let breaker: Breaker = CLOSED;
  const pacer = createPacer({ clock, log });
  const places = createGate(apiConcurrency);
  const rests = (): boolean => !permit(breaker, clock.now()).go;
  const sendNow = async (request: ApiRequest, endsAt: number): Promise<Observation> => {
    const timeoutMs = Math.min(apiTimeoutMs, endsAt - clock.now());
    return timeoutMs > 0 ? pacer.watch(() => api.send(request, timeoutMs)) : TOO_LATE;
  };

  return {
    permits() {
      const permission = permit(breaker, clock.now());
      breaker = permission.breaker;
      return permission.go;
    },
    rests,
    isOpen: (endsAt) => !rests() && pacer.hasTurn(endsAt),
    observe(target, systemic) {
      const before = breaker.state;
      breaker = observe(breaker, { target, systemic }, clock.now());
      if (breaker.state !== before) log.warn('breaker', { state: breaker.state });
    },
    turn: (work, endsAt) => places(async () => ((await pacer.wait(endsAt)) ? work() : undefined)),
    comesRoundS: pacer.comesRoundS,
    isServing: pacer.isServing,
    send: (request, endsAt) =>
      HAVE_THEIR_TURN.has(request.call)
        ? sendNow(request, endsAt)
        : places(async () => ((await pacer.wait(endsAt)) ? sendNow(request, endsAt) : TOO_LATE)),
  };
}
