import { describe, expect, it } from 'vitest';
import { keyLeak } from '../support/event-factory.ts';
import { answer } from './guards/fakes.ts';
import { openStage, record } from './stage.ts';

const HANG = () => new Promise<never>(() => undefined);
const HOUR = 3_600_000;
const keyOf = (n: number): string => `CWFLOW${String(n).padStart(8, '0')}`;
const leak = (n: number) => keyLeak({ id: `leak-${n}`, data: { accessKeyId: keyOf(n) } });
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

describe('a batch', () => {
  it('answers that nothing failed when everything is settled', async () => {
    const stage = openStage();
    expect(await stage.deliver(range(3).map((n) => record(leak(n))))).toEqual([]);
    expect(stage.trail('leak-1')).toEqual(['intent:intent', 'outcome:confirmed']);
  });

  it('keeps to API_CONCURRENCY calls at once, however many records there are', async () => {
    const stage = openStage(async (request, clock) => {
      await clock.sleep(5);
      return request.call === 'read-key' ? answer(404, { code: 5 }) : answer(200);
    });
    expect(await stage.deliver(range(1_000).map((n) => record(leak(n))))).toEqual([]);
    expect(stage.peak()).toBe(8);
    expect(new Set(stage.audit.map(({ status_detail }) => status_detail))).toEqual(new Set(['intent', 'confirmed']));
  });

  it('revokes equal keys once, and each event has records of its own', async () => {
    const stage = openStage();
    const twins = [keyLeak({ id: 'first' }), keyLeak({ id: 'second' })];
    expect(await stage.deliver(twins.map((event) => record(event)))).toEqual([]);
    expect(stage.calls.filter(({ request }) => request.call === 'revoke-key')).toHaveLength(1);
    expect(stage.trail('first')).toEqual(['intent:intent', 'outcome:confirmed']);
    expect(stage.trail('second')).toEqual(['intent:intent', 'outcome:confirmed']);
  });

  it.each([
    ['an Error', new Error('x')],
    ['null', 'null'],
    ['a string', 'boom'],
  ])('loses one record only when %s is thrown', async (_name, thrown) => {
    const stage = openStage();
    stage.break.audit = (written) => (JSON.stringify(written).includes('leak-1"') ? thrown : undefined);
    expect(await stage.deliver(range(3).map((n) => record(leak(n), { id: `m${n}` })))).toEqual(['m1']);
  });

  it('reports a record whose outcome could not be written, although the call was made', async () => {
    const stage = openStage();
    stage.break.audit = ({ status_detail }) => (status_detail === 'confirmed' ? new Error('pipe') : undefined);
    expect(await stage.deliver([record(leak(1), { id: 'm1' })])).toEqual(['m1']);
    expect(stage.calls.map(({ request }) => request.call)).toEqual(['revoke-key', 'read-key']);
  });

  it('makes no call when the intent cannot be written', async () => {
    const stage = openStage();
    stage.break.audit = () => new Error('pipe');
    expect(await stage.deliver([record(leak(1), { id: 'm1' })])).toEqual(['m1']);
    expect(stage.calls).toEqual([]);
  });

  it('reports a record whose letter was not taken', async () => {
    const stage = openStage();
    stage.break.letter = () => new Error('queue');
    expect(await stage.deliver([record('nonsense', { id: 'm1' })])).toEqual(['m1']);
  });

  it('reports a record all the same when its visibility cannot be changed', async () => {
    const stage = openStage(() => answer(500));
    stage.break.visibility = () => new Error('queue');
    expect(await stage.deliver([record(leak(1), { id: 'm1' })])).toEqual(['m1']);
  });
});

describe('the end of an invocation', () => {
  it('ends calls in flight, and calls their effect unknown', async () => {
    const stage = openStage(HANG);
    expect(await stage.deliver([record(leak(1), { id: 'm1' })], 5_000)).toEqual(['m1']);
    expect(stage.calls[0]?.timeoutMs).toBe(4_250);
    expect(stage.trail('leak-1')).toEqual(['intent:intent', 'outcome:unknown']);
  });

  it('bounds each call by API_TIMEOUT_MS', async () => {
    const stage = openStage(HANG, { apiTimeoutMs: 700 });
    await stage.deliver([record(leak(1))], 30_000);
    expect(new Set(stage.calls.map(({ timeoutMs }) => timeoutMs))).toEqual(new Set([700]));
  });

  it.each([
    ['urgent', 0],
    ['bulk', 5],
  ] as const)('gives %s records that were not started back after %i s', async (lane, seconds) => {
    const stage = openStage(HANG, { apiConcurrency: 1 });
    const records = range(4).map((n) => record(leak(n), { id: `m${n}`, lane }));
    expect(await stage.deliver(records, 5_000)).toEqual(['m0', 'm1', 'm2', 'm3']);
    expect(stage.returned.filter(({ handle }) => handle !== 'h-m0')).toEqual(
      [1, 2, 3].map((n) => ({ lane, handle: `h-m${n}`, seconds })),
    );
    expect(stage.calls.filter(({ request }) => request.call === 'revoke-key')).toHaveLength(1);
  });

  it('is kept when SQS does not answer either', async () => {
    const stage = openStage(HANG);
    stage.break.visibility = HANG;
    stage.break.letter = HANG;
    expect(await stage.deliver([record(leak(1), { id: 'm1' }), record('nonsense', { id: 'm2' })], 3_000)).toEqual([
      'm1',
      'm2',
    ]);
  });
});

describe('a record that came back very often', () => {
  it('runs last and alone', async () => {
    const stage = openStage();
    const records = [
      record(leak(0), { receives: 20 }),
      record(leak(1)),
      record(leak(2), { receives: 25 }),
      record(leak(3)),
    ];
    await stage.deliver(records);
    const posts = stage.calls.flatMap(({ request }) => (request.call === 'revoke-key' ? [request.accessKeyId] : []));
    expect(posts.slice(0, 2).toSorted()).toEqual([keyOf(1), keyOf(3)]);
    expect(posts.slice(2)).toEqual([keyOf(0), keyOf(2)]);
  });

  it.each([
    ['past the horizon and often enough: dead', 6 * HOUR + 1, 5, ['retries-exhausted']],
    ['past the horizon, but seldom received: tried', 6 * HOUR + 1, 4, []],
    ['often received, but young: tried', 6 * HOUR, 99, []],
  ])('%s', async (_name, ageMs, receives, reasons) => {
    const stage = openStage();
    expect(await stage.deliver([record(leak(1), { ageMs, receives })])).toEqual([]);
    expect(stage.letters.map(({ reason }) => reason)).toEqual(reasons);
    expect(stage.calls.length > 0).toBe(reasons.length === 0);
  });
});

describe('a message of several events', () => {
  it('sends no letter while any of its events must be tried again', async () => {
    const stage = openStage(() => answer(429));
    const body = [leak(1), { ...leak(2), specversion: '0' }];
    expect(await stage.deliver([record(body, { id: 'm1' })])).toEqual(['m1']);
    expect(stage.letters).toEqual([]);
  });

  it('makes a letter of each dead event once nothing has to be tried again', async () => {
    const stage = openStage(() => answer(400, { code: 3 }));
    const body = [leak(1), { ...leak(2), specversion: '0' }, leak(3)];
    expect(await stage.deliver([record(body, { id: 'm1' })])).toEqual([]);
    expect(stage.letters.map(({ reason, event }) => [reason, event?.id])).toEqual([
      ['api-rejected', 'leak-1'],
      ['invalid', undefined],
      ['api-rejected', 'leak-3'],
    ]);
  });

  it('comes back after the longest Retry-After', async () => {
    const waits: Record<string, string> = { [keyOf(1)]: '40', [keyOf(2)]: '90' };
    const stage = openStage((request) => ({
      kind: 'answer',
      status: 429,
      body: {},
      latencyMs: 1,
      retryAfter: 'accessKeyId' in request ? (waits[request.accessKeyId] ?? '') : '',
    }));
    await stage.deliver([record([leak(1), leak(2)])]);
    expect(stage.returned.map(({ seconds }) => seconds)).toEqual([90]);
  });
});

describe('a dead letter that comes round', () => {
  it('acts, counts itself and keeps when it was first seen', async () => {
    const refused = openStage(() => answer(400, { code: 3 }));
    await refused.deliver([record(leak(1), { attributes: { replays: '2', firstSeen: '2026-11-01T00:00:00Z' } })]);
    const [letter] = refused.letters;
    expect(letter).toMatchObject({ replays: 2, firstSeen: '2026-11-01T00:00:00Z', lastStatus: 400 });
    await refused.deliver([record(letter ?? {})]);
    expect(refused.letters[1]).toMatchObject({ replays: 3, firstSeen: '2026-11-01T00:00:00Z' });
    const accepted = openStage();
    expect(await accepted.deliver([record(letter ?? {})])).toEqual([]);
    expect(accepted.trail('leak-1')).toEqual(['intent:intent', 'outcome:confirmed']);
  });

  it('passes on no time that is none', async () => {
    const stage = openStage(() => answer(400, { code: 3 }));
    await stage.deliver([record(leak(1), { attributes: { firstSeen: 'x'.repeat(999), replays: '1e9' } })]);
    expect(stage.letters[0]).toMatchObject({ firstSeen: '2026-11-23T09:30:00.000Z' });
  });
});

describe('the breaker', () => {
  it('stops calls after five different targets met the same trouble, and lets one probe through later', async () => {
    let broken = true;
    const stage = openStage(
      (request) => {
        if (broken) return answer(301);
        return request.call === 'read-key' ? answer(404, { code: 5 }) : answer(200);
      },
      { apiConcurrency: 1 },
    );
    const failed = await stage.deliver(range(9).map((n) => record(leak(n))));
    expect(failed).toHaveLength(9);
    expect(stage.calls).toHaveLength(5);
    expect(stage.returned).toHaveLength(9);
    broken = false;
    expect(await stage.deliver([record(leak(20))])).toHaveLength(1);
    await stage.clock.run(stage.clock.sleep(30_000));
    expect(await stage.deliver([record(leak(21)), record(leak(22))])).toEqual([]);
  });
});
