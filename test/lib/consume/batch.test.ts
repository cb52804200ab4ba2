import { describe, expect, it } from 'vitest';
import { concurrencyFor, processBatch } from '../../../lib/consume/batch.ts';
import { answer } from '../../support/api-answers.ts';
import { EVENT_MS, keyLeak } from '../../support/event-factory.ts';
import { HOSTILE } from '../../support/hostile-values.ts';
import { type FunctionOptions, startFunction } from '../../support/memory-function.ts';
import { type Meddle, openOutside, type Step } from '../../support/memory-ports.ts';
import { auditLine, deadLettersOf, stepsOf, trailOf } from '../../support/memory-views.ts';
import { invocationContext, LANES, sqsRecord, sqsRecords } from '../../support/record-factory.ts';

const keyOf = (n: number): string => `CWBATCH${String(n).padStart(8, '0')}`;
const leak = (n: number) => keyLeak({ id: `leak-${n}`, data: { accessKeyId: keyOf(n) } });
const leaks = (count: number, from = 0) => Array.from({ length: count }, (_, n) => leak(from + n));

function open(options: FunctionOptions = {}, keys = 30) {
  const outside = openOutside(EVENT_MS);
  for (let n = 0; n < keys; n += 1) outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
  return { outside, ...startFunction(outside, options) };
}

/** Throws at the step of one message at a port. */
const breaking =
  (port: Step['port'], what: string, thrown: unknown): Meddle =>
  (step, moment) => {
    if (moment === 'before' && step.port === port && JSON.stringify(step).includes(what)) throw thrown;
  };

describe('a batch', () => {
  it('of nothing is answered with nothing', async () => {
    const { outside, deliver } = open();
    expect(await deliver([])).toEqual([]);
    expect(outside.steps).toEqual([]);
  });

  it('whose records are all settled is answered with none', async () => {
    const { outside, deliver } = open();
    expect(await deliver(sqsRecords(leaks(3)))).toEqual([]);
    expect([0, 1, 2].map((n) => outside.store.status(keyOf(n)))).toEqual(['DELETED', 'DELETED', 'DELETED']);
  });

  it('answers in the form that Lambda reads', async () => {
    const { outside, runtime } = open();
    const event = { Records: sqsRecords([leak(1), 'nonsense']) };
    outside.api.play(() => ({ answer: answer(500) }));
    const context = invocationContext(outside.clock);
    expect(await outside.clock.run(processBatch({ runtime, lanes: LANES }, event, context))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm0' }],
    });
  });

  it('that is none is refused before anything is done', async () => {
    const { outside, runtime } = open();
    const event = { Records: [sqsRecord(0, leak(0)), { ...sqsRecord(1, leak(1)), messageId: '' }] };
    await expect(processBatch({ runtime, lanes: LANES }, event, invocationContext(outside.clock))).rejects.toThrow(
      'not-sqs',
    );
    expect(outside.steps).toEqual([]);
  });

  it('keeps a record of another queue, untouched, and acts on the others', async () => {
    const { outside, deliver } = open();
    const foreign = { ...sqsRecord(0, leak(0)), eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:other' };
    expect(await deliver([foreign, sqsRecord(1, leak(1))])).toEqual(['m0']);
    expect([outside.store.status(keyOf(0)), outside.store.status(keyOf(1))]).toEqual(['ACTIVE', 'DELETED']);
    expect(outside.returned).toEqual([]);
    expect(outside.log).toEqual([{ level: 'error', code: 'unknown-queue', fields: { messageId: 'm0' } }]);
  });

  it('reports an id once that came twice, unless both were settled', async () => {
    const { outside, deliver } = open({ meddle: breaking('audit', 'leak-1"', null) });
    const ids = ['half', 'half', 'both', 'both', 'none', 'none'];
    outside.api.play((request) =>
      'accessKeyId' in request && request.accessKeyId > keyOf(3) ? { answer: answer(500) } : {},
    );
    const records = ids.map((messageId, n) => sqsRecord(n, leak(n), { messageId }));
    expect(await deliver(records)).toEqual(['half', 'none']);
  });

  it('says that there was trouble with a record, and nothing of what was thrown', async () => {
    const { outside, deliver } = open({ meddle: breaking('audit', 'leak-1"', new TypeError('secret')) });
    await deliver(sqsRecords(leaks(2)));
    expect(outside.log).toEqual([
      { level: 'error', code: 'record-failed', fields: { error: 'TypeError' } },
      { level: 'info', code: 'retry', fields: { code: 'failed', lane: 'urgent', waitedMs: 0 } },
    ]);
  });

  it.each(HOSTILE)('loses one record only when %s is thrown', async (_name, thrown) => {
    const { outside, deliver } = open({ meddle: breaking('audit', 'leak-1"', thrown) });
    expect(await deliver(sqsRecords(leaks(4)))).toEqual(['m1']);
    expect(outside.store.status(keyOf(1))).toBe('ACTIVE');
    expect(JSON.stringify([outside.log, outside.audit])).not.toContain('secret');
  });

  it.each(HOSTILE)('keeps a record whose dead letter failed with %s', async (_name, thrown) => {
    const { deliver } = open({ meddle: breaking('dead-letters', '"m1\\"', thrown) });
    expect(await deliver(sqsRecords(['nonsense', 'nonsense', leak(2)]))).toEqual(['m1']);
  });

  it.each(HOSTILE)('reports a record all the same when its return fails with %s', async (_name, thrown) => {
    const { outside, deliver } = open({ meddle: breaking('return', 'handle-0', thrown) });
    outside.api.play(() => ({ answer: answer(500) }));
    expect(await deliver(sqsRecords(leaks(2)))).toEqual(['m0', 'm1']);
    expect(outside.returned.map(({ receiptHandle }) => receiptHandle)).toEqual(['handle-1']);
  });

  it('loses one record only when a port throws before it promises anything', async () => {
    const { outside, runtime } = open();
    outside.api.play(({ call }) => (call === 'revoke-key' ? { answer: answer(500) } : {}));
    const returnAfter = () => {
      throw new Error('no promise');
    };
    const ports = { ...runtime.ports, lanes: { ...runtime.ports.lanes, returnAfter } };
    const event = { Records: sqsRecords([leak(0), 'nonsense']) };
    const answered = processBatch(
      { runtime: { ...runtime, ports }, lanes: LANES },
      event,
      invocationContext(outside.clock),
    );
    expect(await outside.clock.run(answered)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
  });
});

describe('a thousand records', () => {
  it('never have more than API_CONCURRENCY calls in flight, and all end', async () => {
    const { outside, deliver } = open({ settings: { apiConcurrency: 8 } }, 1_000);
    outside.api.play((_request, nth) => ({ takesMs: 5 + (nth % 3) }));
    expect(await deliver(sqsRecords(leaks(1_000), { lane: 'bulk' }), 900_000)).toEqual([]);
    expect(outside.api.peak()).toBe(8);
    expect(new Set(outside.audit.map(auditLine))).toEqual(new Set(['intent', 'outcome confirmed']));
    expect(outside.audit).toHaveLength(2_000);
  });

  it('of several events each have no more either', async () => {
    const { outside, deliver } = open({ settings: { apiConcurrency: 3 } }, 1_000);
    outside.api.play(() => ({ takesMs: 7 }));
    const messages = Array.from({ length: 50 }, (_, n) => leaks(20, n * 20));
    expect(await deliver(sqsRecords(messages), 900_000)).toEqual([]);
    expect(outside.api.peak()).toBe(3);
    expect(outside.audit).toHaveLength(2_000);
  });
});

describe('a record that came back twenty times', () => {
  it('runs after all others, and alone', async () => {
    const { outside, deliver } = open();
    outside.api.play(() => ({ takesMs: 100 }));
    const counts = [20, 1, 25, 19, 1];
    expect(await deliver(counts.map((receiveCount, n) => sqsRecord(n, leak(n), { receiveCount })))).toEqual([]);
    const posts = outside.api.calls.flatMap(({ request, at }) =>
      request.call === 'revoke-key' ? [[request.accessKeyId, at - EVENT_MS]] : [],
    );
    expect(posts.toSorted()).toEqual([
      [keyOf(0), 200],
      [keyOf(1), 0],
      [keyOf(2), 400],
      [keyOf(3), 0],
      [keyOf(4), 0],
    ]);
  });

  it('becomes a dead letter if it is unreadable', async () => {
    const { outside, deliver } = open();
    expect(await deliver([sqsRecord(0, '{', { receiveCount: 99 }), sqsRecord(1, leak(1))])).toEqual([]);
    expect(stepsOf(outside).slice(-2)).toEqual(['dead letter unreadable', 'audit dead-letter unreadable']);
    expect(deadLettersOf(outside).map(({ attempts }) => attempts)).toEqual([99]);
    expect(trailOf(outside, 'leak-1')).toEqual(['intent', 'outcome confirmed']);
  });
});

describe('the messages that are processed at once', () => {
  it.each<readonly [readonly ('urgent' | 'bulk')[], number, number]>([
    [['urgent', 'urgent'], 8, 64],
    [['urgent'], 128, 256],
    [['bulk'], 8, 100],
    [['urgent', 'bulk'], 8, 100],
    [[], 8, 16],
  ])('of the lanes %j with %i calls at once are %i', (lanes, apiConcurrency, messages) => {
    expect(
      concurrencyFor(
        lanes.map((lane) => ({ lane })),
        { apiConcurrency },
      ),
    ).toBe(messages);
  });
});
