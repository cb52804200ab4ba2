import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRETS } from '../events/planted-secrets.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { asksOf, deadLettersOf, inWords } from './asks.ts';
import { recordOf } from './direct.ts';
import { type Rig, type Started, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const FOREIGN = 'arn:aws:sqs:us-east-1:000000000000:other';
const fifo = (name: string) => `https://sqs.us-east-1.amazonaws.com/000000000000/${name}.fifo`;
const touched = () => rig.queueRequests.length + rig.api.requests.length;

describe('an invocation', () => {
  let fn: Started;
  beforeAll(() => {
    fn = rig.start();
  });

  it('with no records answers that nothing failed, and touches nothing', async () => {
    const before = touched();
    expect(await fn.invoke({ Records: [] })).toEqual({ batchItemFailures: [] });
    expect(touched()).toBe(before);
    expect(fn.audit).toEqual([]);
  });

  it.each<[string, (record: ReturnType<typeof recordOf>) => unknown]>([
    ['nothing', () => null],
    ['a text', () => 'Records'],
    ['no records', () => ({})],
    ['records that are no list', (record) => ({ Records: { 0: record } })],
    ['records of another service', () => ({ Records: [{ eventSource: 'aws:s3', s3: {} }] })],
    ['one record of another service', (record) => ({ Records: [record, { ...record, eventSource: 'aws:sns' }] })],
    ['a record without an id', (record) => ({ Records: [record, { ...record, messageId: '' }] })],
    ['a record without a body', (record) => ({ Records: [record, { ...record, body: undefined }] })],
    ['a scheduled event of EventBridge', () => ({ 'detail-type': 'Scheduled Event', detail: {} })],
  ])('with %s fails before anything is touched', async (_name, eventOf) => {
    const before = touched();
    const record = recordOf('m', JSON.stringify(keyLeak()), rig.queues.urgent.arn);
    await expect(fn.invoke(eventOf(record))).rejects.toMatchObject({
      errorType: 'BatchError',
      message: expect.stringMatching(/^not-sqs: expected /),
    });
    expect(touched()).toBe(before);
  });

  it('with a record of an unknown queue reports that record alone', async () => {
    const asked = rig.queueRequests.length;
    const Records = [
      recordOf('foreign', JSON.stringify(keyLeak()), FOREIGN),
      recordOf('ours', '{}', rig.queues.urgent.arn),
      recordOf('dead-letter', '{}', rig.queues.deadLetters.arn),
    ];
    expect(await fn.invoke({ Records })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'foreign' }, { itemIdentifier: 'dead-letter' }],
    });
    expect(deadLettersOf(asksOf(rig.queueRequests, asked)).map(({ messageId }) => messageId)).toEqual(['ours']);
    const logged = fn.output.filter((line) => line.includes('"unknown-queue"'));
    expect(logged.map((line) => JSON.parse(line).messageId)).toEqual(['foreign', 'dead-letter']);
    expect(rig.api.requests).toEqual([]);
  });

  it('returns every record and dead-letters none while neither API nor ledger is available', async () => {
    const asked = rig.queueRequests.length;
    const answer = await rig.start({ COREWEAVE_API_URL: 'http://127.0.0.1:9' }).invoke({
      Records: [
        recordOf('key', JSON.stringify(keyLeak()), rig.queues.urgent.arn),
        recordOf('offboarding', JSON.stringify(offboarded({ time: new Date().toISOString() })), rig.queues.bulk.arn),
      ],
    });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'key' }, { itemIdentifier: 'offboarding' }] });
    const asks = inWords(asksOf(rig.queueRequests, asked)).toSorted();
    expect(asks).toEqual(['ChangeMessageVisibilityBatch bulk', 'ChangeMessageVisibilityBatch urgent']);
  });
});

describe('a function with a wrong configuration', () => {
  const secret = SECRETS['API token'] ?? '';
  type Env = Readonly<Record<string, string | undefined>>;
  it.each<[string, Env]>([
    [
      'variables that are absent',
      {
        MODE: undefined,
        URGENT_QUEUE_URL: undefined,
        BULK_QUEUE_URL: undefined,
        DEAD_LETTER_QUEUE_URL: undefined,
        LEDGER_TABLE: undefined,
        COREWEAVE_API_TOKEN: undefined,
      },
    ],
    ['one that is empty', { URGENT_QUEUE_URL: '' }],
    [
      'queues that are .fifo',
      { URGENT_QUEUE_URL: fifo('urgent'), BULK_QUEUE_URL: fifo('bulk'), DEAD_LETTER_QUEUE_URL: fifo('dead') },
    ],
    [
      'values that are wrong',
      {
        MODE: secret,
        LIMITS: `{"totalPerDay":"${secret}"}`,
        PROTECTED: `[{"accessKeyId":"${secret}"`,
        API_CONCURRENCY: '0',
        COREWEAVE_API_URL: `https://${secret.toLowerCase()}.example`,
        COREWEAVE_API_TOKEN: `${secret} ${secret}`,
      },
    ],
    ['two tokens', { COREWEAVE_API_TOKEN: secret, COREWEAVE_API_TOKEN_SECRET_ID: secret }],
  ])('fails and names %s, not their values, and touches nothing', async (_name, env) => {
    const before = touched();
    const fn = rig.start({ COREWEAVE_API_TOKEN: secret, ...env });
    const failure = await fn.invoke({ Records: [recordOf('m', '{}', rig.queues.urgent.arn)] }).then(
      () => 'no failure',
      (error: unknown) => `${error}`,
    );
    const named = Object.keys(env).filter((name) =>
      RegExp(`\\b${name}(, [A-Z_]+)*: (missing, )?expected `).test(failure),
    );
    expect(named).toEqual(Object.keys(env));
    expect([failure, ...fn.output].filter((text) => text.toLowerCase().includes(secret.toLowerCase()))).toEqual([]);
    expect(touched()).toBe(before);
  });
});
