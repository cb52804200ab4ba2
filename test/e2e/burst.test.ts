import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeApi, startFakeApi } from '../../local/coreweave/server.ts';
import { createFunction, type LambdaFunction } from '../../local/function.ts';
import { type QueueServer, startQueueServer } from '../../local/queue-server.ts';
import { createQueues, localSqs, type Queues } from '../../local/queues.ts';
import { keyLeak } from '../support/event-factory.ts';
import { bundle, recordOf, variables } from './direct.ts';

const RECORDS = 10_000;
const POISON = ['', 'null', '{', '[]', '\ud800', '{"a":1,"a":2}', '['.repeat(10_000), '"x"', '{"specversion":"1.0"}'];

let server: QueueServer;
let queues: Queues;
let api: FakeApi;
let fn: LambdaFunction;
beforeAll(async () => {
  server = await startQueueServer();
  queues = await createQueues(server.endpoint);
  api = await startFakeApi();
  fn = createFunction({
    bundle,
    env: variables(server.endpoint, queues, {
      COREWEAVE_API_URL: api.url,
      COREWEAVE_API_TOKEN: api.token,
      API_CONCURRENCY: '16',
    }),
    timeoutMs: 120_000,
    maximumConcurrency: 1,
  });
});
afterAll(() => Promise.all([fn.close(), api.close(), server.close()]));

describe('10,000 records in one batch, one in a hundred poisoned', () => {
  it('loses none, buries exactly the poison and keeps to its connections', async () => {
    const keys = Array.from({ length: RECORDS }, (_, n) => `CWBURST${String(n).padStart(7, '0')}`);
    api.store.add(...keys.map((accessKeyId) => ({ accessKeyId, principalName: 'coreweave/owner' })));
    const isPoison = (n: number) => n % 100 === 50;
    const bodyOf = (accessKeyId: string, n: number) =>
      isPoison(n)
        ? (POISON[Math.floor(n / 100) % POISON.length] ?? '')
        : JSON.stringify(keyLeak({ id: accessKeyId, data: { accessKeyId } }));
    const Records = keys.map((accessKeyId, n) => recordOf(`m-${n}`, bodyOf(accessKeyId, n), queues.urgent.arn));

    expect(await fn.invoke({ Records })).toEqual({ batchItemFailures: [] });

    expect(keys.filter((id, n) => (api.store.status(id) === 'DELETED') === isPoison(n))).toEqual([]);
    const sqs = localSqs(server.endpoint);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: queues.deadLetters.url,
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    sqs.destroy();
    expect(Attributes?.ApproximateNumberOfMessages).toBe(String(RECORDS / 100));
    expect(api.peak.connections).toBeLessThanOrEqual(16);
  }, 120_000);
});
