import { expect, test, vi } from 'vitest';
import { createQueues } from '../../../../lib/io/sqs/queues.ts';
import { loopback } from '../../../support/loopback.ts';
import { against, CREDENTIALS, callOf, operationOf, sqs, URLS } from '../../../support/sqs-stub.ts';

test('sends of one turn are joined by ten, per queue, and carry attributes and delays', async () => {
  const { server, lanes, deadLetters } = await against(sqs());
  await Promise.all([
    deadLetters.send({ body: '{"v":1}', attributes: { reason: 'invalid', lane: 'urgent' } }),
    lanes.send('urgent', 'now', {}),
    ...Array.from({ length: 11 }, (_, n) => lanes.send('bulk', `later ${n}`, { delaySeconds: 60 + n })),
  ]);
  const calls = server.seen.map((seen) => ({ operation: operationOf(seen), ...callOf(seen) }));
  const text = (value: string) => ({ DataType: 'String', StringValue: value });
  const delayed = (n: number, Id: string) => ({
    Id,
    MessageBody: `later ${n}`,
    DelaySeconds: 60 + n,
    MessageAttributes: {},
  });
  const operation = 'SendMessageBatch';
  expect(calls.toSorted((a, b) => (a.QueueUrl + a.Entries.length > b.QueueUrl + b.Entries.length ? 1 : -1))).toEqual([
    { operation, QueueUrl: URLS.bulk, Entries: [delayed(10, '0')] },
    { operation, QueueUrl: URLS.bulk, Entries: Array.from({ length: 10 }, (_, n) => delayed(n, String(n))) },
    {
      operation,
      QueueUrl: URLS.deadLetters,
      Entries: [
        {
          Id: '0',
          MessageBody: '{"v":1}',
          MessageAttributes: { reason: text('invalid'), lane: text('urgent') },
        },
      ],
    },
    { operation, QueueUrl: URLS.urgent, Entries: [{ Id: '0', MessageBody: 'now', MessageAttributes: {} }] },
  ]);
});

test('messages of more than 256 KiB together, attributes counted, go in batches apart', async () => {
  const { server, lanes } = await against(sqs());
  const send = (bytes: number) => lanes.send('bulk', 'é'.repeat(bytes / 2 - 50), { attributes: { a: 'x'.repeat(93) } });
  await Promise.all([send(131_072), send(131_072), send(100)]);
  expect(server.seen.map((seen) => callOf(seen).Entries.length).toSorted()).toEqual([1, 2]);
});

test('returns are joined too, each with its own visibility', async () => {
  const { server, lanes } = await against(sqs());
  await Promise.all([lanes.returnAfter('urgent', 'handle-a', 0), lanes.returnAfter('urgent', 'handle-b', 43_200)]);
  expect(server.seen.map((seen) => ({ operation: operationOf(seen), ...callOf(seen) }))).toEqual([
    {
      operation: 'ChangeMessageVisibilityBatch',
      QueueUrl: URLS.urgent,
      Entries: [
        { Id: '0', ReceiptHandle: 'handle-a', VisibilityTimeout: 0 },
        { Id: '1', ReceiptHandle: 'handle-b', VisibilityTimeout: 43_200 },
      ],
    },
  ]);
});

test('at most four batches of a kind are under way', async () => {
  const waiting: (() => void)[] = [];
  const { server, lanes } = await against((...call) => {
    waiting.push(() => sqs()(...call));
    if (waiting.length === 4) setImmediate(() => waiting.splice(0).forEach((answer) => void answer()));
  });
  await Promise.all(Array.from({ length: 80 }, (_, n) => lanes.send('bulk', String(n), {})));
  expect(server.seen).toHaveLength(8);
  expect(server.connections.most).toBe(4);
});

test('the endpoint of the environment wins over the host of a queue URL', async () => {
  const server = await loopback(sqs());
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', server.url.origin);
  try {
    const { lanes } = createQueues({ urls: URLS, overrides: { region: 'eu-central-1', credentials: CREDENTIALS } });
    await lanes.send('urgent', 'now', {});
  } finally {
    vi.unstubAllEnvs();
  }
  expect(server.seen.map((seen) => callOf(seen).QueueUrl)).toEqual([URLS.urgent]);
});
