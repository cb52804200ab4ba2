import { setTimeout as pause } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failing, numbered, receiveCounts, type Stack, startStack } from './mapping/stack.ts';

let m: Stack;

beforeEach(async () => {
  m = await startStack();
});
afterEach(() => m.close());

test('a message that fails more often than the queue allows goes to the dead-letter queue', async () => {
  await m.close();
  m = await startStack({ maxReceiveCount: 3 });
  const counts: string[] = [];
  const mapping = await m.start(async (event) => {
    counts.push(...receiveCounts(event));
    await m.showAgain(event, 'poison');
    throw new Error('poison');
  });
  await m.send('poison');
  await mapping.drained();
  expect(counts).toEqual(['1', '2', '3']);
  expect((await m.received(m.queues.deadLetters)).map(({ Body }) => Body)).toEqual(['poison']);
});

test('never more invocations run at once than the maximum concurrency', async () => {
  let now = 0;
  let most = 0;
  const full = Promise.withResolvers<void>();
  const mapping = await m.start(
    async () => {
      now += 1;
      most = Math.max(most, now);
      if (now === 3) full.resolve();
      await full.promise;
      await pause(1);
      now -= 1;
    },
    { batchSize: 1, maximumConcurrency: 3 },
  );
  await m.send(...numbered(20));
  await mapping.drained();
  expect(most).toBe(3);
  expect(mapping.stats).toMatchObject({ invocations: 20, deleted: 20, mostRunning: 3 });
});

test('the event holds what Lambda sends, and the invocation its time-out', async () => {
  const calls: unknown[] = [];
  const mapping = await m.start(async (...call) => {
    calls.push(call);
  });
  const MessageAttributes = { replays: { DataType: 'Number', StringValue: '2' } };
  await m.sqs.send(new SendMessageCommand({ QueueUrl: m.queues.urgent.url, MessageBody: 'hello', MessageAttributes }));
  await mapping.drained();
  const millis = expect.stringMatching(/^\d{13}$/);
  const record = {
    messageId: expect.stringMatching(/^[\da-f-]{36}$/),
    receiptHandle: expect.any(String),
    body: 'hello',
    attributes: {
      SenderId: 'local',
      ApproximateReceiveCount: '1',
      SentTimestamp: millis,
      ApproximateFirstReceiveTimestamp: millis,
    },
    messageAttributes: {
      replays: { stringValue: '2', stringListValues: [], binaryListValues: [], dataType: 'Number' },
    },
    md5OfMessageAttributes: expect.stringMatching(/^[\da-f]{32}$/),
    md5OfBody: '5d41402abc4b2a76b9719d911017c592',
    eventSource: 'aws:sqs',
    eventSourceARN: m.queues.urgent.arn,
    awsRegion: 'us-east-1',
  };
  const invocation = { requestId: expect.stringMatching(/^[\da-f-]{36}$/), timeoutMs: 5_000 };
  expect(calls).toEqual([[{ Records: [record] }, invocation]]);
});

describe('trouble with the queue', () => {
  test('a message whose deletion failed is counted and stays', async () => {
    m.server.faults.next('DeleteMessageBatch', { failedEntries: [0] });
    const mapping = await m.start(async () => undefined);
    await m.send('m0', 'm1');
    await expect.poll(() => mapping.stats.deleted).toBe(1);
    expect(mapping.stats).toMatchObject({ failedInvocations: 0, deleteFailures: 1 });
    expect(await m.hidden()).toBe(1);
  });

  test('a failed receive is counted and tried again', async () => {
    m.server.faults.next('ReceiveMessage', { status: 403 });
    const mapping = await m.start(async () => undefined);
    await m.send('m0');
    await mapping.drained();
    expect(mapping.stats).toMatchObject({ receiveFailures: 1, deleted: 1 });
  });
});

test('a mapping that Lambda would refuse does not start', async () => {
  await expect(m.start(async () => undefined, { beyondLimits: false, functionTimeoutMs: 30_001 })).rejects.toThrow(
    'Lambda refuses this mapping: the function must not time out later than the visibility of the queue ends',
  );
});

test('stop waits for the invocations that run, and swallows nothing that comes later', async () => {
  const gate = Promise.withResolvers<void>();
  const mapping = await m.start(() => gate.promise);
  await m.send('before');
  await expect.poll(() => mapping.stats.invocations).toBe(1);
  const stopped = mapping.stop();
  gate.resolve();
  await stopped;
  await m.send('after');
  expect((await m.received(m.queues.urgent)).map(({ Body }) => Body)).toEqual(['after']);
  expect(mapping.stats).toMatchObject({ invocations: 1, deleted: 1 });
});

test('idle comes while failed messages still wait for their visibility', async () => {
  const mapping = await m.start(async (event) => failing(event, 'm1'));
  await m.send('m0', 'm1');
  await mapping.idle();
  expect(mapping.stats).toMatchObject({ invocations: 1, deleted: 1 });
  expect(await m.hidden()).toBe(1);
});
