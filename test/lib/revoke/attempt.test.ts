import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import { answer, apiError, fault, keyShown, LOST, OK, page } from '../../support/api-answers.ts';
import { EVENT_MS, KEY_ID, keyLeak, PRINCIPAL, principalLeak } from '../../support/event-factory.ts';
import type { Script } from '../../support/memory-api.ts';
import { startFunction } from '../../support/memory-function.ts';
import { openOutside } from '../../support/memory-ports.ts';
import { callsOf } from '../../support/memory-views.ts';
import { posts, revokeOne } from '../../support/one-leak.ts';
import { sqsRecord } from '../../support/record-factory.ts';

describe('quick tries', () => {
  it('are three at most while the API is down, a little later each time', async () => {
    const { calls, failed, trail, outside } = await revokeOne(posts(answer(503)));
    expect(calls).toEqual(['0 revoke-key', '75 revoke-key', '375 revoke-key']);
    expect(trail).toEqual(Array(3).fill(['intent', 'outcome unavailable']).flat());
    expect(failed).toEqual(['m0']);
    expect(outside.clock.now() - EVENT_MS).toBe(375);
  });

  it('after a lost answer come when the key still lives', async () => {
    const { calls, trail, failed } = await revokeOne(posts(LOST));
    expect(calls).toEqual([
      ...['0 revoke-key', '0 read-key', '75 revoke-key', '75 read-key', '375 revoke-key', '375 read-key'],
    ]);
    expect(trail).toEqual(Array(3).fill(['intent', 'outcome unknown']).flat());
    expect(failed).toEqual(['m0']);
  });

  it('after a lost answer come also when nothing can be seen', async () => {
    const { calls, trail, outside } = await revokeOne(() => ({ answer: LOST }));
    expect(calls).toEqual([
      ...['0 revoke-key', '0 read-key', '75 revoke-key', '75 read-key', '375 revoke-key', '375 read-key'],
    ]);
    expect(trail).toEqual(Array(3).fill(['intent', 'outcome unknown']).flat());
    expect(outside.log.map(({ fields }) => fields.code)).toEqual(['unknown']);
  });

  it.each<[string, ApiResponse]>([
    ['500', answer(500)],
    ['401', answer(401)],
    ['501', page(501)],
    ['a redirect', page(301)],
    ['a 404 that is not the API’s', page(404)],
    ['no token', fault('token')],
  ])('are none for %s', async (_name, observed) => {
    const { calls, failed } = await revokeOne(posts(observed));
    expect(calls.filter((call) => !call.includes('can-i'))).toEqual(['0 revoke-key']);
    expect(failed).toEqual(['m0']);
  });

  it.each([
    ['0', ['0 revoke-key', '75 revoke-key']],
    ['1', ['0 revoke-key', '1000 revoke-key']],
    ['2', ['0 revoke-key', '2000 revoke-key']],
    ['3', ['0 revoke-key']],
    ['86400', ['0 revoke-key']],
    ['1e9', ['0 revoke-key', '75 revoke-key']],
  ])('wait for a Retry-After of %s up to two seconds, and never longer', async (retryAfter, expected) => {
    for (const status of [429, 503]) {
      const { calls } = await revokeOne(posts(answer(status, {}, { retryAfter }), OK));
      expect(calls.filter((call) => call.includes('revoke'))).toEqual(expected);
    }
  });

  it.each([408, 409, 425, 429])('after a %i without a Retry-After come a moment later', async (status) => {
    const { calls } = await revokeOne(posts(answer(status), OK));
    expect(calls.filter((call) => call.includes('revoke'))).toEqual(['0 revoke-key', '75 revoke-key']);
  });

  it('leave a longer Retry-After to the queue, up to 900 seconds', async () => {
    const seconds = async (status: number, retryAfter: string) =>
      (await revokeOne(posts(answer(status, {}, { retryAfter })))).outside.returned.map((returned) => returned.seconds);
    expect(await seconds(503, '3')).toEqual([4]);
    expect(await seconds(503, '40')).toEqual([40]);
    expect(await seconds(429, '3')).toEqual([4]);
    expect(await seconds(429, '900')).toEqual([900]);
    expect(await seconds(429, '99999')).toEqual([900]);
  });

  it('are not made when the pause would outlast the invocation', async () => {
    const { calls, outside } = await revokeOne(posts(answer(503, {}, { retryAfter: '2' })), { remainingMs: 2_700 });
    expect(calls).toEqual(['0 revoke-key']);
    expect(outside.clock.now() - EVENT_MS).toBe(0);
    expect(outside.returned.map(({ seconds }) => seconds)).toEqual([4]);
  });

  it('are not made in the last tenth of a second', async () => {
    const { calls, outside } = await revokeOne(posts(answer(503)), { remainingMs: 750 + 174 });
    expect([calls, outside.clock.now() - EVENT_MS]).toEqual([['0 revoke-key'], 0]);
    expect((await revokeOne(posts(answer(503)), { remainingMs: 750 + 175 })).calls).toHaveLength(2);
  });

  it('of a principal’s compromise are none: keys created in between would die too', async () => {
    const outside = openOutside(EVENT_MS);
    outside.store.createKeys(PRINCIPAL, 1);
    outside.api.play(({ call }) => (call === 'revoke-principal' ? { answer: answer(503) } : {}));
    await startFunction(outside).deliver([sqsRecord(0, principalLeak())]);
    expect(outside.api.calls.filter(({ request }) => request.call === 'revoke-principal')).toHaveLength(1);
  });
});

describe('a status that may concern the target alone', () => {
  const refused =
    (refusal: ApiResponse, verdict: ApiResponse): Script =>
    ({ call }) => ({
      answer: { 'revoke-key': refusal, 'can-i': verdict }[String(call)] ?? keyShown(KEY_ID),
    });
  const forbidden = (verdict: ApiResponse): Script => refused(apiError(403, 7), verdict);
  const ODD = answer(422);

  it.each<[string, string, Script, boolean]>([
    ['403', 'no', forbidden(answer(200, { verdict: false })), true],
    ['403', 'nothing, which means no', forbidden(answer(200, {})), true],
    ['403', 'yes', forbidden(answer(200, { verdict: true })), false],
    ['403', 'an error', forbidden(answer(500)), false],
    ['403', 'a page', forbidden(page(200)), false],
    ['422', 'a page, as from another host,', refused(ODD, page(200)), true],
    ['422', 'no, as only the API gives it,', refused(ODD, answer(200, { verdict: false })), false],
    ['422', '429', refused(ODD, answer(429)), false],
  ])('%s asks can-i: an answer of %s decides whether the breaker counts it', async (_status, _name, script, opens) => {
    const outside = openOutside(EVENT_MS);
    outside.api.play(script);
    const { deliver, runtime } = startFunction(outside);
    const leaks = Array.from({ length: 5 }, (_, n) => keyLeak({ data: { accessKeyId: `CWFORBIDDEN${n}0000` } }));
    await deliver(leaks.map((leak, n) => sqsRecord(n, leak)));
    expect(runtime.credentials.isUnavailable()).toBe(opens);
  });

  it('asks about the very action that was refused, and comes back', async () => {
    const { calls, trail, failed } = await revokeOne(forbidden(answer(200, { verdict: true })));
    expect(calls).toEqual(['0 revoke-key', '0 can-i cwobject:RevokeAccessKeyByAccessKey']);
    expect(trail).toEqual(['intent', 'outcome forbidden']);
    expect(failed).toEqual(['m0']);
  });

  it('of a principal asks about that action', async () => {
    const outside = openOutside(EVENT_MS);
    outside.api.play(({ call }) => (call === 'revoke-principal' ? { answer: apiError(403, 7) } : {}));
    expect(await startFunction(outside).deliver([sqsRecord(0, principalLeak())])).toEqual(['m0']);
    expect(callsOf(outside, EVENT_MS).at(-1)).toBe('0 can-i cwobject:RevokeAccessKeysByPrincipal');
  });
});
