import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import { isThrottled, loadOf, meaningOf } from '../../../lib/coreweave/meaning.ts';

const answer = (status: number, body?: unknown): ApiResponse => ({ kind: 'answer', status, body, latencyMs: 1 });
const fault = (name: 'connect' | 'reset' | 'timeout' | 'token'): ApiResponse => ({
  kind: 'fault',
  fault: name,
  latencyMs: 1,
});
const numeric = { code: 5, message: 'x', details: [] };
const connect = { code: 'not_found', message: 'x' };

const NOT_FOUND = { outcome: 'not-found', next: 'done', systemic: false, quick: false };
const UNKNOWN = { outcome: 'unknown', next: 'verify-effect', systemic: false, quick: true };
const MISDIRECTED = { outcome: 'misdirected', next: 'ask-host', systemic: false, quick: false };
const UNIMPLEMENTED = { outcome: 'misdirected', next: 'retry', systemic: true, quick: false };
const THROTTLED = { outcome: 'throttled', next: 'retry', systemic: false, quick: true };
const UNAVAILABLE = { outcome: 'unavailable', next: 'retry', systemic: false, quick: false };

describe('what an answer to a revocation means', () => {
  it.each<[string, ApiResponse, object]>([
    ['200 {}', answer(200, {}), { outcome: 'accepted', next: 'verify', systemic: false, quick: false }],
    [
      '200 with fields to come',
      answer(200, { a: 1 }),
      { outcome: 'accepted', next: 'verify', systemic: false, quick: false },
    ],
    ['200 without JSON', answer(200), UNKNOWN],
    ['200 with a list', answer(200, []), UNKNOWN],
    ['200 with null', answer(200, null), UNKNOWN],
    ['200 with an error', answer(200, { code: 13, message: 'x' }), UNKNOWN],
    ['204', answer(204), UNKNOWN],
    ['404, numeric code', answer(404, numeric), NOT_FOUND],
    ['404, Connect code', answer(404, connect), NOT_FOUND],
    ['404 with another code', answer(404, { code: 12 }), MISDIRECTED],
    ['404 of a gateway without the path', answer(404, { code: 5, message: 'Not Found', details: [] }), MISDIRECTED],
    ['404 of such a gateway, by name', answer(404, { code: 'not_found', message: 'Not Found' }), MISDIRECTED],
    ['404 with details', answer(404, { code: 5, message: 'Not Found', details: [{}] }), NOT_FOUND],
    ['404 in other words', answer(404, { code: 5, message: 'not found', details: [] }), NOT_FOUND],
    ['404 with details that are none', answer(404, { code: 5, message: 'Not Found', details: 'x' }), MISDIRECTED],
    ['404 of a proxy', answer(404), MISDIRECTED],
    ['400', answer(400, { code: 3 }), { outcome: 'rejected', next: 'dead', systemic: false, quick: false }],
    ['400 of a proxy', answer(400), MISDIRECTED],
    ['401', answer(401, { code: 16 }), { outcome: 'unauthenticated', next: 'retry', systemic: true, quick: false }],
    ['403', answer(403, { code: 7 }), { outcome: 'forbidden', next: 'ask-permission', systemic: false, quick: false }],
    ['199', answer(199), MISDIRECTED],
    ['300', answer(300), MISDIRECTED],
    ['301', answer(301), MISDIRECTED],
    ['307', answer(307, {}), MISDIRECTED],
    ['405', answer(405, { code: 12 }), MISDIRECTED],
    ['418', answer(418), MISDIRECTED],
    ['501', answer(501, { code: 12 }), UNIMPLEMENTED],
    ['408', answer(408), THROTTLED],
    ['409', answer(409, { code: 10 }), THROTTLED],
    ['425', answer(425), THROTTLED],
    ['429', answer(429, { code: 8 }), THROTTLED],
    ['500', answer(500, { code: 13 }), UNAVAILABLE],
    ['502', answer(502), UNAVAILABLE],
    ['503', answer(503), { ...UNAVAILABLE, quick: true }],
    ['504', answer(504), UNAVAILABLE],
    ['599', answer(599), UNAVAILABLE],
    ['no connection', fault('connect'), UNKNOWN],
    ['a reset', fault('reset'), UNKNOWN],
    ['a time-out', fault('timeout'), UNKNOWN],
    ['no token', fault('token'), { outcome: 'unauthenticated', next: 'retry', systemic: true, quick: false }],
  ])('%s', (_name, observed, expected) => {
    expect(meaningOf(observed)).toEqual(expected);
  });
});

describe('isThrottled', () => {
  it.each([408, 409, 425, 429, 503])('is true for %i', (status) => expect(isThrottled(answer(status))).toBe(true));
  it.each([200, 403, 404, 500, 502])('is false for %i', (status) => expect(isThrottled(answer(status))).toBe(false));
  it('is true without an answer only if nothing was sent', () => {
    expect(isThrottled(fault('timeout'))).toBe(false);
    expect(isThrottled({ kind: 'fault', fault: 'timeout', latencyMs: 0, sent: false })).toBe(true);
  });
});

describe('what an answer says of the API’s limit', () => {
  const saying = (status: number, headers: { readonly retryAfter?: string; readonly date?: string }): ApiResponse => ({
    kind: 'answer',
    status,
    body: undefined,
    latencyMs: 1,
    ...headers,
  });

  it.each([200, 204, 301, 400, 401, 403, 404, 408, 409, 425, 499])('%i: it let the call through', (status) => {
    expect(loadOf(saying(status, { retryAfter: '7' }))).toStrictEqual({ kind: 'served' });
  });

  it.each([429, 503])('%i: it refused the call, and may say for how long', (status) => {
    expect(loadOf(answer(status))).toStrictEqual({ kind: 'throttled' });
    expect(loadOf(saying(status, { retryAfter: '7' }))).toStrictEqual({ kind: 'throttled', retryAfter: '7' });
    expect(loadOf(saying(status, { date: 'then' }))).toStrictEqual({ kind: 'throttled', date: 'then' });
  });

  it.each([500, 501, 502, 504, 599])('%i: nothing', (status) => {
    expect(loadOf(answer(status))).toStrictEqual({ kind: 'unknown' });
  });

  it.each(['connect', 'reset', 'timeout', 'token'] as const)('no answer (%s): nothing', (kind) => {
    expect(loadOf(fault(kind))).toStrictEqual({ kind: 'unknown' });
  });
});
