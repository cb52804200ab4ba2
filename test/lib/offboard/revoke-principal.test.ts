/** One principal's keys: by one call with repeated read-backs, or key by key within the snapshot. */
import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import { answer, keyShown, LOST, OK, REJECTED } from '../../support/api-answers.ts';
import { EVENT_MS, offboarded, PRINCIPAL, principalLeak, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import type { Script } from '../../support/memory-api.ts';
import { startFunction } from '../../support/memory-function.ts';
import { openOutside } from '../../support/memory-ports.ts';
import { callsOf, deadLettersOf, trailOf } from '../../support/memory-views.ts';
import { sqsRecord } from '../../support/record-factory.ts';

/** Delivers one offboarding of a principal with `count` keys; `scriptOf` is told their ids. */
async function leave(
  count: number,
  scriptOf: (ids: readonly string[], createKeys: () => void) => Script,
  remainingMs?: number,
) {
  const outside = openOutside(EVENT_MS);
  const ids = outside.store.createKeys(SAML_PRINCIPAL, count);
  outside.api.play(scriptOf(ids, () => outside.store.createKeys(SAML_PRINCIPAL)));
  const failed = await startFunction(outside).deliver([sqsRecord(0, offboarded({ id: 'offboarding' }))], remainingMs);
  const name = (id: string) => `key${ids.indexOf(id)}`;
  const calls = callsOf(outside, EVENT_MS).map((call) => call.replace(/CW\w+/, name).replace(` ${SAML_PRINCIPAL}`, ''));
  return { outside, failed, calls, outcome: trailOf(outside, 'offboarding').at(-1) };
}
const live = (request: object): ApiResponse | undefined =>
  'accessKeyId' in request ? keyShown(String(request.accessKeyId), 'ACTIVE', SAML_PRINCIPAL) : undefined;

describe('the read-back of a revoked principal', () => {
  it('is patient: at once, after half a second, and after one and a half more', async () => {
    const { calls, outcome } = await leave(1, () => (request) => {
      const answered = live(request);
      return answered === undefined ? {} : { answer: answered };
    });
    expect(calls.slice(1)).toEqual([
      '0 revoke-principal',
      '0 read-key key0',
      '500 read-key key0',
      '2000 read-key key0',
    ]);
    expect(outcome).toBe('outcome accepted');
  });

  it('is again at those only that were not gone, and ends with the last of them', async () => {
    const { calls, outcome } = await leave(2, ([, second]) => (request, nth) => {
      const lives = 'accessKeyId' in request && request.accessKeyId === second && nth === 1;
      return lives ? { answer: keyShown(request.accessKeyId) } : {};
    });
    expect(calls.slice(2)).toEqual(['0 read-key key0', '0 read-key key1', '500 read-key key1']);
    expect(outcome).toBe('outcome confirmed');
  });

  it('goes on after one that showed nothing', async () => {
    const { calls, outcome } = await leave(
      1,
      () =>
        ({ call }, nth) =>
          call === 'read-key' && nth === 1 ? { answer: LOST } : {},
    );
    expect(calls.slice(2)).toEqual(['0 read-key key0', '500 read-key key0']);
    expect(outcome).toBe('outcome confirmed');
  });

  it('does not wait beyond the invocation’s end', async () => {
    const lives = () => (request: object) => (live(request) ? { answer: keyShown('CWOTHER0000000') } : {});
    const { calls, outside } = await leave(1, lives, 750 + 500);
    expect([calls.slice(2), outside.clock.now() - EVENT_MS]).toEqual([['0 read-key key0'], 0]);
  });

  it('at more than twenty keys is one listing, in which keys created meanwhile do not count', async () => {
    const { calls, outcome } = await leave(21, (_ids, createKeys) => ({ call }) => {
      if (call === 'revoke-principal') queueMicrotask(createKeys);
      return {};
    });
    expect([calls, outcome]).toEqual([['0 list-keys 0', '0 revoke-principal', '0 list-keys 0'], 'outcome confirmed']);
  });

  it('proves nothing when that listing fails', async () => {
    const { outcome, failed } = await leave(
      21,
      () =>
        ({ call }, nth) =>
          call === 'list-keys' && nth > 1 ? { answer: answer(500) } : {},
    );
    expect([outcome, failed]).toEqual(['outcome accepted', []]);
  });
});

describe('an offboarding whose answer was lost', () => {
  it('is confirmed by what is seen, and followed up', async () => {
    const { outcome, outside, failed } = await leave(
      1,
      () =>
        ({ call }) =>
          call === 'revoke-principal' ? { answer: LOST, applied: true } : {},
    );
    expect([outcome, failed, outside.sent.length]).toEqual(['outcome confirmed', [], 1]);
  });
});

describe('the call by principal', () => {
  it.each([
    [
      'a compromise ends five seconds after its listing began: later it could reach a replacement',
      PRINCIPAL,
      principalLeak(),
      3_000,
    ],
    ['an offboarding may take all the time there is', SAML_PRINCIPAL, offboarded(), 10_000],
  ])('of %s', async (_name, owner, event, timeoutMs) => {
    const outside = openOutside(EVENT_MS);
    outside.store.createKeys(owner, 1);
    outside.api.play(({ call }) => ({ takesMs: call === 'list-keys' ? 2_000 : 0 }));
    await startFunction(outside).deliver([sqsRecord(0, event)]);
    const posts = outside.api.calls.filter(({ request }) => request.call === 'revoke-principal');
    expect(posts.map((post) => post.timeoutMs)).toEqual([timeoutMs]);
  });
});

describe('a compromise that is tried again, key by key', () => {
  /** The first try fails as a whole; in the second each key is answered as `answers` says, the others by the store. */
  async function again(answers: readonly (ApiResponse | undefined)[], extra: readonly string[] = []) {
    const outside = openOutside(EVENT_MS);
    const ids = outside.store.createKeys(PRINCIPAL, answers.length);
    for (const accessKeyId of extra) outside.store.add({ accessKeyId, principalName: PRINCIPAL });
    const { deliver } = startFunction(outside);
    outside.api.play(({ call }) => (call === 'revoke-principal' ? { answer: answer(500) } : {}));
    await deliver([sqsRecord(0, principalLeak())]);
    outside.api.play((request) => {
      const answered = request.call === 'revoke-key' ? answers[ids.indexOf(request.accessKeyId)] : undefined;
      return answered === undefined ? {} : { answer: answered };
    });
    const failed = await deliver([sqsRecord(1, principalLeak())]);
    return {
      failed,
      deadLetters: deadLettersOf(outside).map(({ reason, lastStatus }) => [reason, lastStatus]),
      seconds: outside.returned.slice(1).map((returned) => returned.seconds),
      left: ids.map((id) => outside.store.status(id)).filter((status) => status === 'ACTIVE').length,
      checks: outside.sent.length,
    };
  }
  const throttled = (retryAfter: string) => answer(429, {}, { retryAfter });

  it('is settled and followed up when all of them are gone', async () => {
    expect(await again([undefined, undefined])).toEqual({
      failed: [],
      deadLetters: [],
      seconds: [],
      left: 0,
      checks: 1,
    });
  });

  it('is settled and followed up when one was only accepted', async () => {
    expect(await again([undefined, OK])).toMatchObject({ failed: [], deadLetters: [], left: 1, checks: 1 });
  });

  it('comes back after the longest Retry-After of any, and the others are gone', async () => {
    const answers = [throttled('30'), throttled('90'), throttled('40'), undefined];
    expect(await again(answers)).toEqual({ failed: ['m1'], deadLetters: [], seconds: [90], left: 3, checks: 0 });
  });

  it('comes back while one has to be tried again, whatever became of the others', async () => {
    expect(await again([REJECTED, throttled('30'), undefined])).toMatchObject({
      failed: ['m1'],
      deadLetters: [],
      checks: 0,
    });
  });

  it('has a dead letter when one was refused, and nothing has to be tried again', async () => {
    expect(await again([undefined, REJECTED])).toEqual({
      failed: [],
      deadLetters: [['api-rejected', 400]],
      seconds: [],
      left: 1,
      checks: 0,
    });
  });

  it('has a dead letter for a listed key whose id no event could name', async () => {
    const deadLetters = [['api-rejected', null]];
    expect(await again([undefined], ['odd/key'])).toMatchObject({ failed: [], deadLetters, left: 0, checks: 0 });
  });
});
