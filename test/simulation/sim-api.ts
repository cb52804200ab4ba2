/**
 * The API as bad as it may be: answers that are none, effects without an answer, answers without an effect, late ones.
 */
import type { ApiRequest, ApiResponse } from '../../lib/coreweave/api.ts';
import type { Clock } from '../../lib/ports.ts';
import type { Store } from '../../local/coreweave/store.ts';
import { answer, apiError, fault, NOT_FOUND, page } from '../support/api-answers.ts';
import { answerOf } from '../support/memory-api.ts';
import { CANARY } from './bodies.ts';
import type { Draws } from './draws.ts';
import type { ApiFault } from './plan.ts';
import { type Asked, retryAfter } from './retry-after.ts';

/** `effect`: `none`, `all`, or only a part of it. `answer`: in place of the service's own; `lost`: none ever comes. */
interface Fate {
  readonly effect: 'none' | 'all' | 'first-key' | 'slow-to-show';
  readonly answer?: ApiResponse | 'lost';
  /** The effect may come up to so many ms after the caller has given up. */
  readonly lateMs?: number;
  readonly slowMs?: number;
  /** What the answer asks to wait for, in seconds. */
  readonly waitS?: number;
}

export interface SimApiOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly draws: Draws;
  readonly fault: () => ApiFault | undefined;
  /** Called before and after work that no caller awaits. */
  readonly busy: (by: 1 | -1) => void;
}

/**
 * Sends a request once; `onEffect` is called when (and if) it has its effect. `waitS`: what the answer asks to wait
 * for.
 */
export type SimApi = (
  request: ApiRequest,
  timeoutMs: number,
  onEffect: (effect: () => void) => void,
) => Promise<{ readonly observed: ApiResponse; readonly waitS?: number }>;

/** A call takes effect this long after its time-out at the latest: a lease holds for that long, too. */
const LATEST_MS = 5_000;

export function simApi({ clock, store, draws, fault: faultNow, busy }: SimApiOptions): SimApi {
  return async (request, timeoutMs, onEffect) => {
    const fate = fateOf(request, faultNow(), draws, clock.now());
    let own: ApiResponse = NOT_FOUND;
    const apply = (): void =>
      onEffect(() => {
        own = effectOf(store, request, fate.effect, draws);
      });
    const firstMs = draws.upTo(60) + (fate.slowMs ?? 0);
    const lastMs = draws.upTo(60);
    const isRead = request.call === 'read-key' || request.call === 'list-keys';
    if (fate.lateMs !== undefined || firstMs >= timeoutMs) {
      const afterMs = Math.min(firstMs + (fate.lateMs ?? 0), LATEST_MS);
      if (fate.effect !== 'none' && !isRead) void later(timeoutMs + afterMs, apply);
      await clock.sleep(timeoutMs);
      return { observed: { ...fault('timeout'), latencyMs: timeoutMs } };
    }
    await clock.sleep(firstMs);
    if (fate.effect !== 'none') apply();
    if (fate.answer === 'lost' || firstMs + lastMs >= timeoutMs) {
      await clock.sleep(timeoutMs - firstMs);
      return { observed: { ...fault('timeout'), latencyMs: timeoutMs } };
    }
    await clock.sleep(lastMs);
    const observed = { ...(fate.answer ?? own), latencyMs: firstMs + lastMs };
    return { observed, ...(fate.waitS === undefined ? {} : { waitS: fate.waitS }) };
  };

  async function later(ms: number, effect: () => void): Promise<void> {
    busy(1);
    await clock.sleep(ms);
    effect();
    busy(-1);
  }
}

function effectOf(store: Store, request: ApiRequest, effect: Fate['effect'], draws: Draws): ApiResponse {
  if (effect === 'all') return answerOf(store, request);
  const reach = effect === 'first-key' ? { firstKeys: 1 } : { lagReads: 1 + draws.upTo(8) };
  if (request.call === 'revoke-principal') {
    store.revokePrincipal(request.principalName, reach);
    return answer(200);
  }
  if (request.call !== 'revoke-key' || effect === 'first-key') return answerOf(store, request);
  return store.revokeKey(request.accessKeyId, reach) === 'unknown' ? NOT_FOUND : answer(200);
}

/** Whatever the API says in words may quote what it was sent: none of it may go any further. */
const refusal = (status: number, code: number, headers: { retryAfter?: string; date?: string } = {}): ApiResponse =>
  answer(status, { code, message: `refused ${CANARY}`, details: [CANARY] }, headers);

const STATUSES_4 = [429, 429, 429, 408, 409, 425] as const;
const STATUSES_5 = [500, 502, 503, 503, 504] as const;

function fateOf(request: ApiRequest, kind: ApiFault | undefined, draws: Draws, now: number): Fate {
  const { upTo, pick, likely } = draws;
  const isRevocation = request.call === 'revoke-key' || request.call === 'revoke-principal';
  const none = (instead: ApiResponse | 'lost'): Fate => ({ effect: 'none', answer: instead });
  const all = (instead: ApiResponse | 'lost'): Fate => ({ effect: 'all', answer: instead });
  const asked = (status: number, code: number, { waitS = 0, ...headers }: Asked): Fate => ({
    ...none(refusal(status, code, headers)),
    waitS,
  });
  const onlyRevocations = (fate: Fate): Fate => (isRevocation ? fate : { effect: 'all' });
  switch (kind) {
    case undefined:
      return { effect: 'all' };
    case 'throttled':
      return asked(pick(STATUSES_4), 8, retryAfter(draws, now));
    case 'unavailable':
      return likely(0.5)
        ? none(page(pick(STATUSES_5)))
        : asked(pick(STATUSES_5), 14, likely(0.3) ? retryAfter(draws, now) : {});
    case 'down':
      return none(page(pick(STATUSES_5)));
    case 'too-many':
      return none(refusal(429, 8));
    case 'refused':
      return none(fault('connect'));
    case 'reset-before':
      return none(fault('reset'));
    case 'reset-after':
      return all(fault('reset'));
    case 'timeout-before':
      return none('lost');
    case 'timeout-after':
      return all('lost');
    case 'late':
      return { effect: 'all', lateMs: upTo(LATEST_MS) };
    case 'no-token':
      return none(fault('token'));
    case 'token-expired':
      return none(refusal(401, 16));
    case 'forbidden':
      return request.call === 'can-i'
        ? { effect: 'none', answer: answer(200, { verdict: likely(0.5) }) }
        : none(refusal(403, 7));
    case 'misdirected':
      return none(likely(0.5) ? page(pick([200, 301, 302, 307, 404, 501])) : apiError(501, 12));
    case 'rejected':
      return onlyRevocations(none(refusal(400, 3)));
    case 'garbled':
      return onlyRevocations(all(page(200)));
    case 'hollow':
      return onlyRevocations(none(answer(200)));
    case 'partial':
      return { effect: 'first-key' };
    case 'lag':
      return { effect: 'slow-to-show' };
    case 'slow':
      return { effect: 'all', slowMs: upTo(12_000) };
  }
}
