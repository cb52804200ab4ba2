/** All calls of one Lambda environment go through here: a bounded number at once, a time-out each, and the breaker. */
import type { ApiRequest, Observation } from './domain/api.ts';
import { type Breaker, CLOSED, observe, permit } from './domain/breaker.ts';
import type { Settings } from './domain/settings.ts';
import { createGate } from './gate.ts';
import type { Api, Clock, Log } from './ports.ts';

export interface Caller {
  /** Whether a revocation may start now. True while the breaker is open once per pause: the caller is then the probe and must `observe`. */
  permits(): boolean;
  /** Whether the breaker lets nothing through now. Asking does not make a probe of the caller. */
  rests(): boolean;
  /** Tells the breaker what a revocation of `target` showed. */
  observe(target: string, systemic: boolean): void;
  /** Runs the part of a revocation from the breaker's permission to its call; API_CONCURRENCY at once, so that no more calls than that can be on their way when the breaker opens. */
  turn<T>(work: () => Promise<T>): Promise<T>;
  /** Sends a request once and answers before `endsAt` (epoch ms), the wait for a free place included. Never rejects. */
  send(request: ApiRequest, endsAt: number): Promise<Observation>;
}

/** Takes the ports and settings of the environment; returns its caller, with the breaker closed. */
export function createCaller(
  { api, clock, log }: { readonly api: Api; readonly clock: Clock; readonly log: Log },
  { apiConcurrency, apiTimeoutMs }: Pick<Settings, 'apiConcurrency' | 'apiTimeoutMs'>,
): Caller {
  let breaker: Breaker = CLOSED;
  const gate = createGate(apiConcurrency);
  const turns = createGate(apiConcurrency);

  return {
    permits() {
      const permission = permit(breaker, clock.now());
      breaker = permission.breaker;
      return permission.go;
    },
    rests: () => !permit(breaker, clock.now()).go,
    observe(target, systemic) {
      const before = breaker.state;
      breaker = observe(breaker, { target, systemic }, clock.now());
      if (breaker.state !== before) log.warn('breaker', { state: breaker.state });
    },
    turn: (work) => turns(work),
    send: (request, endsAt) =>
      gate(() => {
        const timeoutMs = Math.min(apiTimeoutMs, endsAt - clock.now());
        return timeoutMs > 0
          ? api.send(request, timeoutMs)
          : Promise.resolve({ kind: 'fault', fault: 'timeout', latencyMs: 0 });
      }),
  };
}
