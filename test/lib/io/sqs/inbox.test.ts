/** The dead-letter queue as a person works through it, on the embedded SQS. */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDeadLetterQueue } from '../../../../lib/io/sqs/inbox.ts';
import type { DeadLetterQueue } from '../../../../lib/ports.ts';
import { type QueueServer, startQueueServer } from '../../../../local/queue-server.ts';
import { createQueues, localSqs } from '../../../../local/queues.ts';

const requests: { action: string; body: Record<string, unknown> }[] = [];
let server: QueueServer;
let url: string;
let inbox: DeadLetterQueue;

beforeEach(async () => {
  requests.length = 0;
  server = await startQueueServer({
    onRequest: ({ action, body }) => requests.push({ action, body: JSON.parse(JSON.stringify(body)) }),
  });
  url = (await createQueues(server.endpoint)).deadLetters.url;
  inbox = createDeadLetterQueue({
    // The host of a queue's URL is not where the client goes in production.
    url: url.replace(server.endpoint, 'https://sqs.us-east-1.amazonaws.com'),
    overrides: {
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  });
});
afterEach(() => server.close());

const post = async (body: string, attributes: Readonly<Record<string, string>> = {}): Promise<void> => {
  const sqs = localSqs(server.endpoint);
  const texts = Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]);
  await sqs.send(
    new SendMessageCommand({ QueueUrl: url, MessageBody: body, MessageAttributes: Object.fromEntries(texts) }),
  );
  sqs.destroy();
};

test('receive returns string attributes, time and count, and hides the message for the requested time', async () => {
  const before = Date.now();
  await post('a dead letter', { reason: 'invalid', replays: '2' });
  const [message] = await inbox.receive(60);
  expect(message).toEqual({
    messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    receiptHandle: expect.any(String),
    body: 'a dead letter',
    attributes: { reason: 'invalid', replays: '2' },
    senderId: 'local',
    sentAt: expect.any(Number),
    receiveCount: 1,
  });
  expect(message?.sentAt).toBeGreaterThanOrEqual(before - 1_000);
  expect(requests.find(({ action }) => action === 'ReceiveMessage')?.body).toMatchObject({
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 1,
    VisibilityTimeout: 60,
  });
  expect(await inbox.depth()).toEqual({ visible: 0, hidden: 1 });
});

test('a released message is there again at once, with a higher count; a removed one is gone', async () => {
  await post('a dead letter');
  const [first] = await inbox.receive(60);
  await inbox.release(first?.receiptHandle ?? '', 0);
  const [second] = await inbox.receive(60);
  expect(second).toMatchObject({ messageId: first?.messageId, receiveCount: 2 });
  await inbox.remove(second?.receiptHandle ?? '');
  expect(await inbox.depth()).toEqual({ visible: 0, hidden: 0 });
});

test('what is released in one turn shares batch calls of ten', async () => {
  await Promise.all(Array.from({ length: 12 }, (_, n) => post(`dead letter ${n}`)));
  const messages = [...(await inbox.receive(60)), ...(await inbox.receive(60))];
  requests.length = 0;
  await Promise.all(messages.map(({ receiptHandle }) => inbox.release(receiptHandle, 0)));
  expect(requests.map(({ action, body }) => [action, Array.isArray(body.Entries) && body.Entries.length])).toEqual([
    ['ChangeMessageVisibilityBatch', 10],
    ['ChangeMessageVisibilityBatch', 2],
  ]);
});

test('an entry that SQS refuses rejects alone, by code and never by text', async () => {
  await Promise.all([post('a'), post('b')]);
  const handles = (await inbox.receive(60)).map(({ receiptHandle }) => receiptHandle);
  server.faults.next('DeleteMessageBatch', { failedEntries: [1] });
  const ended = await Promise.allSettled(handles.map((handle) => inbox.remove(handle)));
  expect(ended).toEqual([
    { status: 'fulfilled', value: undefined },
    { status: 'rejected', reason: expect.objectContaining({ code: 'queue-refused', detail: 'ServiceUnavailable' }) },
  ]);
});

test.each([
  ['receive', 'ReceiveMessage', () => inbox.receive(60)],
  ['remove', 'DeleteMessageBatch', () => inbox.remove('handle')],
  ['release', 'ChangeMessageVisibilityBatch', () => inbox.release('handle', 0)],
  ['depth', 'GetQueueAttributes', () => inbox.depth()],
] as const)('%s that the queue denies rejects with its code', async (_name, action, call) => {
  server.faults.next(action, { status: 403 });
  await expect(call()).rejects.toMatchObject({
    code: 'queue-unavailable',
    detail: 'AccessDenied',
    message: 'queue-unavailable: AccessDenied',
  });
});
