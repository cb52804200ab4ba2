import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFunction, type LambdaFunction } from '../../local/function.ts';
import { type QueueServer, startQueueServer } from '../../local/queue-server.ts';
import { createQueues, type Queues } from '../../local/queues.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { bundle, recordOf, variables } from './direct.ts';

let server: QueueServer;
let queues: Queues;
const asked: string[] = [];
const open: LambdaFunction[] = [];
beforeAll(async () => {
  server = await startQueueServer({ onRequest: ({ action }) => asked.push(action) });
  queues = await createQueues(server.endpoint);
});
afterAll(() => Promise.all([...open.map((fn) => fn.close()), server.close()]));

const output: string[] = [];
const start = (env: Readonly<Record<string, string>> = {}): LambdaFunction => {
  const fn = createFunction({
    bundle,
    env: variables(server.endpoint, queues, env),
    timeoutMs: 20_000,
    maximumConcurrency: 1,
    onStdout: (line) => output.push(line),
    onStderr: (line) => output.push(line),
  });
  open.push(fn);
  return fn;
};

describe('an invocation', () => {
  it('with no records answers with no failures', async () => {
    expect(await start().invoke({ Records: [] })).toEqual({ batchItemFailures: [] });
  });

  it.each([
    ['nothing', null],
    ['no records', {}],
    ['records of another service', { Records: [{ eventSource: 'aws:s3' }] }],
    ['a record without an id', { Records: [{ ...recordOf('', 'x', 'arn:aws:sqs:us-east-1:0:q') }] }],
  ])('with %s fails before anything is touched', async (_name, event) => {
    const before = asked.length;
    await expect(start().invoke(event)).rejects.toMatchObject({ errorType: 'BatchError' });
    expect(asked.length).toBe(before);
  });

  it('with a record of an unknown queue reports that record alone', async () => {
    const records = [
      recordOf('foreign', 'x', 'arn:aws:sqs:us-east-1:000000000000:other'),
      recordOf('ours', '{}', queues.urgent.arn),
    ];
    expect(await start().invoke({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'foreign' }] });
    expect(output.some((line) => line.includes('"unknown-queue"') && line.includes('foreign'))).toBe(true);
  });

  it.each([
    ['URGENT_QUEUE_URL', { URGENT_QUEUE_URL: '' }],
    ['MODE', { MODE: 'enforced' }],
    ['BULK_QUEUE_URL', { BULK_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/q.fifo' }],
    ['COREWEAVE_API_URL', { COREWEAVE_API_URL: 'https://evil.example' }],
  ])('with a wrong %s fails and names it, not its value', async (name, env) => {
    const failure = await start(env)
      .invoke({ Records: [recordOf('m', '{}', queues.urgent.arn)] })
      .then(
        () => 'no failure',
        (error: unknown) => String(error),
      );
    expect(failure).toContain(name);
    expect(failure).not.toContain('evil.example');
    expect(failure).not.toContain('enforced');
  });

  it('while the API cannot be reached gives every record back and buries none', async () => {
    const before = asked.length;
    const answer = await start().invoke({
      Records: [
        recordOf('key', JSON.stringify(keyLeak()), queues.urgent.arn),
        recordOf('leaver', JSON.stringify(offboarded({ time: new Date().toISOString() })), queues.bulk.arn),
      ],
    });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'key' }, { itemIdentifier: 'leaver' }] });
    expect(asked.slice(before).filter((action) => action.startsWith('SendMessage'))).toEqual([]);
  });
});
