/**
 * The `Api` port in memory: a real store of keys, on which calls have effects, and a script of what else befalls a
 * call.
 */
import type { Api, ApiRequest, ApiResponse } from '../../lib/coreweave/api.ts';
import type { Clock } from '../../lib/ports.ts';
import type { Store } from '../../local/coreweave/store.ts';
import { answer, fault, NOT_FOUND } from './api-answers.ts';

/** What befalls one call. `{}`: the store answers at once. */
export interface Turn {
  /** Given in place of the store's answer; the call then has no effect, unless `applied`. */
  readonly answer?: ApiResponse;
  /** The call has its effect, whatever is answered. */
  readonly applied?: true;
  /** Virtual ms until the answer (0). `Infinity`: there is none. */
  readonly takesMs?: number;
}

/** Decides about a call; `nth` counts the calls of the same kind for the same target, from 1. */
export type Script = (request: ApiRequest, nth: number) => Turn;

export interface SeenCall {
  readonly request: ApiRequest;
  /** Epoch ms. */
  readonly at: number;
  readonly timeoutMs: number;
}

export interface MemoryApi extends Api {
  readonly calls: readonly SeenCall[];
  /** The most calls that ran at once. */
  peak(): number;
  /** Replaces the script from now on. */
  play(script: Script): void;
}

/** One line for a call: what it was and whom it was about. */
export function callLine(request: ApiRequest): string {
  if ('accessKeyId' in request) return `${request.call} ${request.accessKeyId}`;
  if ('principalName' in request) return `${request.call} ${request.principalName}`;
  if ('offset' in request) return `${request.call} ${request.offset}`;
  return 'action' in request ? `${request.call} ${request.action}` : request.call;
}

/**
 * The port on the keys of an organization, with a script of faults. An effect comes at the start of a call, as in a
 * service that answers too late.
 */
export function memoryApi(store: Store, clock: Clock, script: Script = () => ({})): MemoryApi {
  const calls: SeenCall[] = [];
  const counts = new Map<string, number>();
  let playing = script;
  let running = 0;
  let peak = 0;

  const befall = async (request: ApiRequest, timeoutMs: number): Promise<ApiResponse> => {
    const nth = (counts.get(callLine(request)) ?? 0) + 1;
    counts.set(callLine(request), nth);
    const { takesMs = 0, applied, ...instead } = playing(request, nth);
    const own = instead.answer === undefined || applied ? answerOf(store, request) : undefined;
    // A call is never answered in the same moment in which it was sent.
    await clock.sleep(Math.min(takesMs, timeoutMs));
    if (takesMs >= timeoutMs) return { ...fault('timeout'), latencyMs: timeoutMs };
    return { ...(instead.answer ?? own ?? NOT_FOUND), latencyMs: takesMs };
  };

  return {
    calls,
    peak: () => peak,
    play: (next) => {
      playing = next;
    },
    async send(request, timeoutMs) {
      calls.push({ request, at: clock.now(), timeoutMs });
      running += 1;
      peak = Math.max(peak, running);
      try {
        return await befall(request, timeoutMs);
      } finally {
        running -= 1;
      }
    },
  };
}

/** What the API answers, with the effect of the call on the keys. (API reference, endpoints) */
export function answerOf(store: Store, request: ApiRequest): ApiResponse {
  switch (request.call) {
    case 'revoke-key':
      return store.revokeKey(request.accessKeyId) === 'unknown' ? NOT_FOUND : answer(200);
    case 'revoke-principal':
      store.revokePrincipal(request.principalName);
      return answer(200);
    case 'read-key': {
      const info = store.read(request.accessKeyId);
      return info === undefined ? NOT_FOUND : answer(200, { info });
    }
    case 'list-keys':
      return answer(200, { info: store.page({ offset: request.offset, limit: 1_000 }) });
    case 'can-i':
      return answer(200, { verdict: true });
    case 'whoami':
      return answer(200, { principal: { orgUid: store.orgId, uid: 'uRevocationHandler' } });
  }
}
