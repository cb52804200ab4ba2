import { describe, expect, it } from 'vitest';
import { accessKeyId, principalName } from '../../../events/ids.ts';
import type { ApiRequest, ApiResponse } from '../../../lib/coreweave/api.ts';
import { createCredentials } from '../../../lib/coreweave/credentials.ts';
import type { RevocationOptions } from '../../../lib/ports.ts';
import { answer, apiError, fault } from '../../support/api-answers.ts';
import { EVENT_MS, KEY_ID, PRINCIPAL } from '../../support/event-factory.ts';
import { callLine } from '../../support/memory-api.ts';
import { settingsOf } from '../../support/memory-function.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';

const END = EVENT_MS + 60_000;
const keyTarget = (id: string) => ({ kind: 'key', accessKeyId: accessKeyId.parse(id) }) as const;
const KEY = keyTarget(KEY_ID);
const OWNER = { kind: 'principal', principalName: principalName.parse(PRINCIPAL) } as const;
/** As many targets as open the circuit, if each is in trouble. */
const FIVE = [1, 2, 3, 4, 5].map((n) => keyTarget(`CWTARGET0000${n}`));

/** Answers by the kind of the call; without one the store answers. */
function open(answers: Partial<Record<ApiRequest['call'], ApiResponse>> = {}) {
  const outside = openOutside(EVENT_MS);
  outside.store.add({ accessKeyId: KEY_ID, principalName: PRINCIPAL });
  outside.api.play(({ call }) => ({ ...(answers[call] && { answer: answers[call] }) }));
  const credentials = createCredentials(memoryPorts(outside), settingsOf());
  const announced: unknown[] = [];
  const revoke = (target: typeof KEY | typeof OWNER, options: Partial<RevocationOptions> = {}) =>
    outside.clock.run(
      credentials.revoke(target, {
        attempt: 2,
        endsAt: END,
        beforeCall: async (call) => void announced.push(call),
        ...options,
      }),
    );
  const calls = () => outside.api.calls.map(({ request }) => callLine(request));
  return { outside, credentials, revoke, announced, calls };
}

describe('revoke', () => {
  it.each([
    ['a key', KEY, 'revoke-key', `revoke-key ${KEY_ID}`],
    ['a principal', OWNER, 'revoke-principal', `revoke-principal ${PRINCIPAL}`],
  ] as const)('of %s announces one call, makes it and says what was answered', async (_, target, call, line) => {
    const { revoke, announced, calls } = open();
    expect(await revoke(target)).toEqual({
      outcome: 'accepted',
      next: 'verify',
      quick: false,
      call: { call, attempt: 2, status: 200, latencyMs: 0 },
    });
    expect(announced).toEqual([{ call, attempt: 2 }]);
    expect(calls()).toEqual([line]);
  });

  it('calls nothing if the intent cannot be written', async () => {
    const { revoke, calls } = open();
    await expect(revoke(KEY, { beforeCall: () => Promise.reject(new Error('x')) })).rejects.toThrow('x');
    expect(calls()).toEqual([]);
  });

  it.each<[string, Partial<RevocationOptions>, number | undefined]>([
    ['before the end', { endsAt: EVENT_MS + 100 }, 100],
    ['before the end', { endsAt: EVENT_MS + 99 }, undefined],
    ['before the call must have ended', { mustEndBy: EVENT_MS + 100 }, 100],
    ['before the call must have ended', { mustEndBy: EVENT_MS + 99 }, undefined],
    ['before the end, whenever the call must have ended', { endsAt: EVENT_MS + 99, mustEndBy: END }, undefined],
  ])('needs a tenth of a second %s: %j', async (_, options, timeoutMs) => {
    const { revoke, outside, announced } = open();
    expect((await revoke(KEY, options)) !== undefined).toBe(timeoutMs !== undefined);
    expect(outside.api.calls[0]?.timeoutMs).toBe(timeoutMs);
    expect(announced).toHaveLength(timeoutMs === undefined ? 0 : 1);
  });

  it('says why there was no answer', async () => {
    const { revoke } = open({ 'revoke-key': fault('reset') });
    expect(await revoke(KEY)).toEqual({
      outcome: 'unknown',
      next: 'verify-effect',
      quick: true,
      call: { call: 'revoke-key', attempt: 2, fault: 'reset', latencyMs: 0 },
    });
  });

  it('says for how long the API asks to wait', async () => {
    const { revoke } = open({ 'revoke-key': answer(500, {}, { retryAfter: '7' }) });
    expect(await revoke(KEY)).toMatchObject({ outcome: 'unavailable', retryAfterS: 7 });
  });

  it.each<[string, ApiResponse, ApiResponse, boolean]>([
    ['a 403, and the token may revoke', apiError(403, 7), answer(200, { verdict: true }), false],
    ['a 403, and the token may not revoke', apiError(403, 7), answer(200, { verdict: false }), true],
    ['a 403, and nothing can be said', apiError(403, 7), answer(500), false],
    ['an odd status, and can-i is answered', answer(418), answer(200, { verdict: false }), false],
    ['an odd status, and can-i is not', answer(418), answer(418), true],
    ['an odd status, and can-i is refused for the load', answer(418), answer(429), false],
    ['a 401, whatever can-i says', answer(401), answer(200, { verdict: true }), true],
    ['a 500, whatever can-i says', answer(500), answer(418), false],
  ])('after %s: whether five such targets open the circuit', async (_, response, verdict, isUnavailable) => {
    const { revoke, credentials, calls } = open({ 'revoke-key': response, 'can-i': verdict });
    for (const target of FIVE) expect(await revoke(target)).toMatchObject({ next: 'retry' });
    expect(credentials.isUnavailable()).toBe(isUnavailable);
    const asked = calls().filter((line) => line === 'can-i cwobject:RevokeAccessKeyByAccessKey');
    expect(asked).toHaveLength([403, 418].includes('status' in response ? response.status : 0) ? 5 : 0);
  });

  it('makes no call while the circuit is open', async () => {
    const { revoke, announced, credentials } = open({ 'revoke-key': answer(401) });
    for (const target of FIVE) await revoke(target);
    expect([await revoke(KEY), credentials.canRevoke(END), announced.length]).toEqual([undefined, false, 5]);
  });
});

it('canRevoke needs a tenth of a second', () => {
  const { credentials } = open();
  expect([99, 100].map((ms) => credentials.canRevoke(EVENT_MS + ms))).toEqual([false, true]);
});

describe('reportVerification', () => {
  it('counts an unanswered call against the circuit only if its read-back could not be read', async () => {
    const { revoke, credentials } = open({ 'revoke-key': fault('timeout') });
    for (const target of FIVE) await revoke(target);
    expect(credentials.isUnavailable()).toBe(false);
    for (const target of FIVE.slice(1)) credentials.reportVerification(target, false);
    credentials.reportVerification(KEY, true);
    credentials.reportVerification(KEY, false);
    expect(credentials.isUnavailable()).toBe(false);
    for (const target of FIVE) credentials.reportVerification(target, false);
    expect(credentials.isUnavailable()).toBe(true);
  });

  it('goes on counting over a call that was not answered', async () => {
    const { revoke, credentials } = open({ 'revoke-key': fault('timeout') });
    for (const target of FIVE.slice(1)) credentials.reportVerification(target, false);
    await revoke(KEY);
    credentials.reportVerification(KEY, false);
    expect(credentials.isUnavailable()).toBe(true);
  });

  it('counts nothing while the API limits the rate and answers other calls', async () => {
    const { outside, credentials } = open();
    const read = () => outside.clock.run(credentials.keyState(KEY_ID, END));
    await read();
    outside.api.play(() => ({ answer: answer(429) }));
    await read();
    expect(credentials.isThrottledButServing()).toBe(true);
    for (const target of FIVE) credentials.reportVerification(target, false);
    expect(credentials.isUnavailable()).toBe(false);
  });
});

describe('keyState', () => {
  it('reads one key', async () => {
    const { outside, credentials, calls } = open();
    expect(await outside.clock.run(credentials.keyState(KEY_ID, END))).toEqual({ kind: 'live', owner: PRINCIPAL });
    expect(calls()).toEqual([`read-key ${KEY_ID}`]);
  });

  it.each<[ApiResponse, object]>([
    [answer(429, {}, { retryAfter: '7' }), { kind: 'unreadable', throttled: true, retryAfterS: 7 }],
    [answer(500), { kind: 'unreadable' }],
    [answer(404, { code: 5 }, { retryAfter: '7' }), { kind: 'gone', how: 'not-found' }],
  ])('takes a Retry-After of what cannot be read alone: %j', async (response, expected) => {
    const { outside, credentials } = open({ 'read-key': response });
    expect(await outside.clock.run(credentials.keyState(KEY_ID, END))).toEqual(expected);
  });
});

describe('probe', () => {
  it.each<[ApiResponse, string, boolean]>([
    [answer(200, { verdict: true }), 'up', false],
    [answer(200, { verdict: false }), 'up', false],
    [answer(429), 'throttled', false],
    [answer(500), 'down', true],
    [fault('timeout'), 'down', true],
  ])('of the API that answers can-i with %j is %s', async (response, expected, isUnavailable) => {
    const { outside, credentials } = open({ 'can-i': response });
    const found = [];
    for (const target of FIVE) found.push(await outside.clock.run(credentials.probe(target, END)));
    expect(found).toEqual(Array(5).fill(expected));
    expect(credentials.isUnavailable()).toBe(isUnavailable);
  });

  it('asks about the revocation of its target', async () => {
    const { outside, credentials, calls } = open();
    await outside.clock.run(Promise.all([credentials.probe(KEY, END), credentials.probe(OWNER, END)]));
    expect(calls()).toEqual([
      'can-i cwobject:RevokeAccessKeyByAccessKey',
      'can-i cwobject:RevokeAccessKeysByPrincipal',
    ]);
  });

  it('is throttled if no slot came in time', async () => {
    const { outside, credentials } = open({ 'read-key': answer(429, {}, { retryAfter: '20' }) });
    await outside.clock.run(credentials.keyState(KEY_ID, END));
    expect(await outside.clock.run(credentials.probe(KEY, EVENT_MS + 10_000))).toBe('throttled');
  });

  it('says nothing about the API at the end of the invocation', async () => {
    const { outside, credentials } = open();
    outside.api.play(() => ({ takesMs: Number.POSITIVE_INFINITY }));
    for (const target of FIVE) {
      const end = outside.clock.now() + 100;
      expect(await outside.clock.run(credentials.probe(target, end))).toBe('down');
    }
    expect(credentials.isUnavailable()).toBe(false);
  });
});

describe('recentListing', () => {
  it('is the last listing that succeeded, as long as it is not too old', async () => {
    const { outside, credentials } = open();
    expect(credentials.recentListing(1_000)).toBeUndefined();
    const listing = await outside.clock.run(credentials.listKeys(END));
    expect(listing?.ownerOf(KEY_ID)).toBe(PRINCIPAL);
    outside.api.play(() => ({ answer: answer(500) }));
    expect(await outside.clock.run(credentials.listKeys(END))).toBeUndefined();
    await outside.clock.pass(1_000);
    expect(credentials.recentListing(1_000)).toBe(listing);
    expect(credentials.recentListing(999)).toBeUndefined();
  });

  it('is the later of two', async () => {
    const { outside, credentials } = open();
    await outside.clock.run(credentials.listKeys(END));
    const later = await outside.clock.run(credentials.listKeys(END));
    expect(credentials.recentListing(1_000)).toBe(later);
  });

  it('logs a page that is answered and is none', async () => {
    const { outside, credentials } = open({ 'list-keys': answer(403) });
    await outside.clock.run(credentials.listKeys(END));
    expect(outside.log).toEqual([{ level: 'warn', code: 'listing-unreadable', fields: { page: 1, status: 403 } }]);
  });
});
