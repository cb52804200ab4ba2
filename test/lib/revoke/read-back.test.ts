import { describe, expect, it } from 'vitest';
import { answer, apiError, keyShown, LOST, NOT_FOUND, OK, page } from '../../support/api-answers.ts';
import { EVENT_MS, KEY_ID, keyLeak } from '../../support/event-factory.ts';
import type { Script } from '../../support/memory-api.ts';
import { startFunction } from '../../support/memory-function.ts';
import { openOutside } from '../../support/memory-ports.ts';
import { callsOf, trailOf } from '../../support/memory-views.ts';
import { revokeOne } from '../../support/one-leak.ts';
import { sqsRecords } from '../../support/record-factory.ts';

/** The revocation is accepted; each read shows what comes next, the last one for ever. */
const reads =
  (...shown: readonly ReturnType<typeof answer>[]): Script =>
  ({ call }, nth) => ({ answer: call === 'revoke-key' ? OK : (shown[Math.min(nth, shown.length) - 1] ?? OK) });
const LIVE = keyShown(KEY_ID);

describe('the read-back of a revoked key', () => {
  it('is patient: at once, after 250 ms, and after another second', async () => {
    const { calls, trail, failed } = await revokeOne(reads(LIVE));
    expect(calls).toEqual(['0 revoke-key', '0 read-key', '250 read-key', '1250 read-key']);
    expect(trail).toEqual(['intent', 'outcome accepted']);
    expect(failed).toEqual([]);
  });

  it.each([
    ['reads DELETED', keyShown(KEY_ID, 'DELETED')],
    ['reads EXPIRED', keyShown(KEY_ID, 'EXPIRED')],
    ['is not found by the API', NOT_FOUND],
  ])('ends with the first that shows it gone: it %s', async (_name, gone) => {
    const { calls, trail } = await revokeOne(reads(LIVE, gone, LIVE));
    expect(calls).toEqual(['0 revoke-key', '0 read-key', '250 read-key']);
    expect(trail).toEqual(['intent', 'outcome confirmed']);
  });

  it.each([
    ['the key suspended', keyShown(KEY_ID, 'FULL_SUSPENDED')],
    ['a status that we do not know', keyShown(KEY_ID, 'REVOKING')],
    ['another key', keyShown('CWANOTHERKEY00', 'DELETED')],
    ['no key', answer(200)],
    ['a page', page(200)],
    ['a 404 that is not the API’s', page(404)],
    ['that we may not look', apiError(403, 7)],
    ['an error', answer(500)],
    ['nothing', LOST],
  ])('proves nothing by showing %s', async (_name, shown) => {
    const { calls, trail, failed } = await revokeOne(reads(shown));
    expect(calls).toHaveLength(4);
    expect(trail).toEqual(['intent', 'outcome accepted']);
    expect(failed).toEqual([]);
  });

  it('leaves the rest to a check after a minute when it proves nothing', async () => {
    const { outside } = await revokeOne(reads(LIVE));
    expect(outside.sent.map(({ body, ...rest }) => ({ ...rest, ...JSON.parse(body) }))).toEqual([
      {
        lane: 'bulk',
        attributes: {},
        delaySeconds: 60,
        specversion: '1.0',
        type: 'revocation.check.v1',
        id: expect.stringMatching(/^[0-9a-f]{64}$/),
        source: '//revocation-handler/follow-up',
        time: new Date(EVENT_MS + 1_250).toISOString(),
        data: { parent: { source: '//scanner.example/acme/app', id: 'leak' }, accessKeyId: KEY_ID, generation: 1 },
      },
    ]);
  });

  it('sends no follow-up check if the key is revoked, or with VERIFY=false', async () => {
    expect((await revokeOne(() => ({}))).outside.sent).toEqual([]);
    const blind = await revokeOne(() => ({}), { settings: { verify: false } });
    expect([blind.calls, blind.trail, blind.outside.sent]).toEqual([
      ['0 revoke-key'],
      ['intent', 'outcome accepted'],
      [],
    ]);
  });

  it('is not settled before its check is on the queue', async () => {
    const { failed, trail } = await revokeOne(reads(LIVE), {
      meddle: ({ port }) => {
        if (port === 'send') throw null;
      },
    });
    expect(failed).toEqual(['m0']);
    expect(trail).toEqual(['intent', 'outcome accepted']);
  });

  it.each([1_000, 1_250])('does not wait beyond the invocation’s end, %i ms from now', async (leftMs) => {
    const { calls, trail, failed, outside } = await revokeOne(reads(LIVE), { remainingMs: 750 + leftMs });
    expect(calls).toEqual(['0 revoke-key', '0 read-key', '250 read-key']);
    expect(outside.clock.now() - EVENT_MS).toBe(250);
    expect([trail, failed]).toEqual([['intent', 'outcome accepted'], []]);
  });

  it('is no look at all after a lost answer whose time was used up', async () => {
    const { calls, trail, failed } = await revokeOne(() => ({ takesMs: Number.POSITIVE_INFINITY }), {
      remainingMs: 5_000,
    });
    expect(calls).toEqual(['0 revoke-key']);
    expect([trail, failed]).toEqual([['intent', 'outcome unknown'], ['m0']]);
  });
});

describe('equal keys of one batch', () => {
  const twins = (count: number) =>
    sqsRecords(Array.from({ length: count }, (_, n) => keyLeak({ id: `twin-${n}`, source: `//scanner-${n}.example` })));
  const share = async (script: Script, count = 3) => {
    const outside = openOutside(EVENT_MS);
    outside.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
    outside.api.play(script);
    const failed = await startFunction(outside).deliver(twins(count));
    const trails = Array.from({ length: count }, (_, n) => trailOf(outside, `twin-${n}`));
    return { outside, failed, trails, calls: callsOf(outside, EVENT_MS).map((line) => line.split(' ')[1]) };
  };

  it('share one call and its look, and each event has records of its own', async () => {
    const { calls, failed, trails } = await share(() => ({ takesMs: 50 }));
    expect(calls).toEqual(['revoke-key', 'read-key']);
    expect(failed).toEqual([]);
    expect(trails).toEqual([
      ['intent', 'outcome confirmed'],
      ['intent (shared)', 'outcome confirmed (shared)'],
      ['intent (shared)', 'outcome confirmed (shared)'],
    ]);
  });

  it('share it when it is over, too', async () => {
    const { calls, failed, trails } = await share(() => ({ takesMs: 50 }), 30);
    expect(calls).toEqual(['revoke-key', 'read-key']);
    expect(failed).toEqual([]);
    expect(trails.slice(1)).toEqual(Array(29).fill(['intent (shared)', 'outcome confirmed (shared)']));
  });

  it('share a failure: all are retried after the same delay', async () => {
    const { outside, failed, trails } = await share(({ call }) =>
      call === 'revoke-key' ? { answer: answer(429, {}, { retryAfter: '77' }) } : {},
    );
    expect(failed).toEqual(['m0', 'm1', 'm2']);
    expect(outside.returned.map(({ seconds }) => seconds)).toEqual([77, 77, 77]);
    expect(trails[2]).toEqual(['intent (shared)', 'outcome throttled (shared)']);
  });

  it('share a refusal, and each has its dead letter', async () => {
    const { outside, failed } = await share(() => ({ answer: apiError(400, 3) }));
    expect(failed).toEqual([]);
    expect(outside.deadLetters.map(({ attributes }) => [attributes.reason, attributes.eventId])).toEqual(
      [0, 1, 2].map((n) => ['api-rejected', `twin-${n}`]),
    );
  });

  it('each have their check when the call was only accepted', async () => {
    const { outside } = await share(({ call }) => ({ answer: call === 'revoke-key' ? OK : LIVE }));
    expect(outside.sent.map(({ body }) => JSON.parse(body).data.parent.id)).toEqual(['twin-0', 'twin-1', 'twin-2']);
    expect(new Set(outside.sent.map(({ body }) => JSON.parse(body).id)).size).toBe(3);
  });

  it('are called again in the next batch', async () => {
    const outside = openOutside(EVENT_MS);
    outside.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
    const { deliver } = startFunction(outside);
    await deliver(twins(2));
    await deliver(twins(2));
    expect(outside.api.calls.map(({ request }) => request.call)).toEqual(
      Array(2).fill(['revoke-key', 'read-key']).flat(),
    );
  });

  it('are told apart from keys that only look alike', async () => {
    const outside = openOutside(EVENT_MS);
    const keys = ['CWABCDEFGHIJKLM0', 'CWABCDEFGHIJKLMO'];
    await startFunction(outside).deliver(sqsRecords(keys.map((accessKeyId) => keyLeak({ data: { accessKeyId } }))));
    expect(callsOf(outside, EVENT_MS)).toEqual(keys.map((key) => `0 revoke-key ${key}`));
  });
});
