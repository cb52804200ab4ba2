import { describe, expect, it } from 'vitest';
import type { ApiRequest, Observation } from '../../lib/domain/api.ts';
import { KEY_ID, keyLeak } from '../support/event-factory.ts';
import { answer, LOST, NOT_FOUND } from './guards/fakes.ts';
import { openStage, record } from './stage.ts';

const live = answer(200, { info: { accessKeyId: KEY_ID, principalName: 'coreweave/x', status: 'ACTIVE' } });

/** Answers calls of each kind in turn; the last answer of a kind is given again. */
const script = (answers: Partial<Record<ApiRequest['call'], readonly Observation[]>>) => {
  const given: Partial<Record<ApiRequest['call'], number>> = {};
  return ({ call }: ApiRequest): Observation => {
    const list = answers[call] ?? [NOT_FOUND];
    const n = given[call] ?? 0;
    given[call] = n + 1;
    return list[Math.min(n, list.length - 1)] ?? NOT_FOUND;
  };
};

const run = async (answers: Parameters<typeof script>[0], settings = {}) => {
  const stage = openStage(script(answers), settings);
  const began = stage.clock.now();
  const failed = await stage.deliver([record(keyLeak({ id: 'leak' }), { id: 'm' })]);
  const calls = stage.calls.map(({ request, at }) => `${request.call} ${at - began}`);
  return { stage, failed, calls, trail: stage.trail('leak') };
};

describe('the revocation of a key', () => {
  it('looks three times, a little later each time, before it says accepted', async () => {
    const { calls, trail, failed, stage } = await run({ 'revoke-key': [answer(200)], 'read-key': [live] });
    expect(calls).toEqual(['revoke-key 0', 'read-key 0', 'read-key 250', 'read-key 1250']);
    expect(trail).toEqual(['intent:intent', 'outcome:accepted']);
    expect(failed).toEqual([]);
    expect(stage.sent.map(({ lane, delaySeconds, body }) => [lane, delaySeconds, JSON.parse(body).data])).toEqual([
      [
        'bulk',
        60,
        { parent: { source: '//scanner.example/acme/app', id: 'leak' }, accessKeyId: KEY_ID, generation: 1 },
      ],
    ]);
  });

  it('does not look, and sends no check, without VERIFY', async () => {
    const { calls, trail, stage } = await run({ 'revoke-key': [answer(200)] }, { verify: false });
    expect(calls).toEqual(['revoke-key 0']);
    expect(trail).toEqual(['intent:intent', 'outcome:accepted']);
    expect(stage.sent).toEqual([]);
  });

  it('is tried three times at once while the API is down, with growing pauses', async () => {
    const { calls, failed } = await run({ 'revoke-key': [answer(503)] });
    expect(calls).toEqual(['revoke-key 0', 'revoke-key 75', 'revoke-key 375']);
    expect(failed).toEqual(['m']);
  });

  it.each<[string, string, readonly string[]]>([
    ['a Retry-After of 2 s is waited for', '2', ['revoke-key 0', 'revoke-key 2000']],
    ['one of 3 s is not', '3', ['revoke-key 0']],
  ])('%s', async (_name, retryAfter, expected) => {
    const down: Observation = { kind: 'answer', status: 503, body: {}, retryAfter, latencyMs: 1 };
    const { calls } = await run({ 'revoke-key': [down, answer(200)] });
    expect(calls.filter((call) => call.startsWith('revoke'))).toEqual(expected);
  });

  it('is looked at after a lost answer, and not tried again when the key is gone', async () => {
    const { calls, trail } = await run({ 'revoke-key': [LOST] });
    expect(calls).toEqual(['revoke-key 0', 'read-key 0']);
    expect(trail).toEqual(['intent:intent', 'outcome:unknown', 'outcome:confirmed']);
  });

  it('is tried again after a lost answer when the key is still live', async () => {
    const { trail } = await run({ 'revoke-key': [LOST, answer(200)], 'read-key': [live, NOT_FOUND] });
    expect(trail).toEqual(['intent:intent', 'outcome:unknown', 'intent:intent', 'outcome:confirmed']);
  });

  it('sends nothing without a token, and comes back', async () => {
    const { calls, trail, failed } = await run({ 'revoke-key': [{ kind: 'fault', fault: 'token', latencyMs: 0 }] });
    expect(calls).toEqual(['revoke-key 0']);
    expect(trail).toEqual(['intent:intent', 'outcome:unauthenticated']);
    expect(failed).toEqual(['m']);
  });

  it.each([
    ['true', true, 6],
    ['false', false, 5],
  ])(
    'refused with 403 asks can-i; a verdict of %s decides whether the breaker counts it',
    async (_name, verdict, posts) => {
      const stage = openStage(script({ 'revoke-key': [answer(403)], 'can-i': [answer(200, { verdict })] }), {
        apiConcurrency: 1,
      });
      const leaks = Array.from({ length: 6 }, (_, n) => `CWREFUSED${String(n).padStart(5, '0')}`);
      await stage.deliver(leaks.map((accessKeyId) => record(keyLeak({ data: { accessKeyId } }))));
      expect(stage.calls.filter(({ request }) => request.call === 'revoke-key')).toHaveLength(posts);
    },
  );

  it('would only be made in dry run', async () => {
    const { calls, trail, failed } = await run({}, { mode: 'dry-run' });
    expect(calls).toEqual([]);
    expect(trail).toEqual(['outcome:would-revoke']);
    expect(failed).toEqual([]);
  });
});
