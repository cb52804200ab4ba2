import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFunction, type LambdaFunction } from '../../local/function.ts';
import { type QueueServer, startQueueServer } from '../../local/queue-server.ts';
import { createQueues, type Queues } from '../../local/queues.ts';
import { bundle, recordOf, variables } from './direct.ts';

let server: QueueServer;
let queues: Queues;
let fn: LambdaFunction;
beforeAll(async () => {
  server = await startQueueServer();
  queues = await createQueues(server.endpoint);
  fn = createFunction({ bundle, env: variables(server.endpoint, queues), timeoutMs: 20_000, maximumConcurrency: 1 });
});
afterAll(() => Promise.all([fn.close(), server.close()]));

describe('when the dead-letter queue does not take a letter', () => {
  it.each([
    ['refuses the entry', { failedEntries: 'all' } as const, 1],
    ['cannot be reached', { status: 500 } as const, 3],
  ])('because it %s, the message is reported and stays', async (_name, fault, times) => {
    server.faults.next('SendMessageBatch', fault, { times });
    const event = { Records: [recordOf('m-1', 'not an event', queues.urgent.arn)] };
    expect(await fn.invoke(event)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-1' }] });
    expect(await fn.invoke(event)).toEqual({ batchItemFailures: [] });
  });
});
