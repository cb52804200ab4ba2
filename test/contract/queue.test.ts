/**
 * What the product relies on in SQS. `npm test` checks the embedded queue, `npm run test:contract -- --endpoint <url>`
 * any other. (SQS API reference and developer guide)
 */
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDeadLetterQueue } from '../../lib/io/sqs/inbox.ts';
import { createQueues } from '../../lib/io/sqs/queues.ts';
import { type ContractQueue, codeOf, type Endpoint, openEndpoint } from './endpoint.ts';

let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await openEndpoint();
});
afterAll(() => endpoint.close());

const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const showAt = ({ url }: ContractQueue, ReceiptHandle: string, VisibilityTimeout: number) =>
  endpoint.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout }));
const remove = ({ url }: ContractQueue, ReceiptHandle: string) =>
  endpoint.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
const MEBIBYTE = 1_048_576;
const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

describe.concurrent('a message', () => {
  it('comes with its id, body, attributes, time and count', async () => {
    const queue = await endpoint.queue();
    const before = Date.now() - 60_000;
    const id = await queue.send('body', { MessageAttributes: { reason: text('invalid') } });
    const message = await queue.next({ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });
    expect(message).toMatchObject({
      MessageId: id,
      Body: 'body',
      MessageAttributes: { reason: text('invalid') },
      Attributes: { ApproximateReceiveCount: '1', SenderId: expect.any(String) },
    });
    expect(Number(message.Attributes?.SentTimestamp)).toBeGreaterThan(before);
    expect(Number(message.Attributes?.ApproximateFirstReceiveTimestamp)).toBeGreaterThan(before);
  });

  it('comes without attributes that were not asked for', async () => {
    const queue = await endpoint.queue();
    await queue.send('body', { MessageAttributes: { reason: text('invalid') } });
    const { MessageAttributes: custom, Attributes: system } = await queue.next();
    expect({ custom, system }).toEqual({ custom: undefined, system: undefined });
  });

  it('comes with the trace header that it was sent with', async () => {
    const queue = await endpoint.queue();
    await queue.send('body', { MessageSystemAttributes: { AWSTraceHeader: text(TRACE) } });
    const message = await queue.next({ MessageSystemAttributeNames: ['AWSTraceHeader'] });
    expect(message.Attributes).toEqual({ AWSTraceHeader: TRACE });
  });

  it.each([
    ['characters beyond the Basic Multilingual Plane', 'key \u{1f511} \u{10ffff}'],
    ['tabs, line breaks and the last characters of a block', '\t\n\r\ud7ff\ue000\uf8ff\ufffd'],
    ['1 MiB', 'x'.repeat(MEBIBYTE)],
  ])('is accepted with %s', async (_, body) => {
    const queue = await endpoint.queue();
    await queue.send(body);
    expect((await queue.next()).Body).toBe(body);
  });

  it.each([
    ['U+FFFF', 'x\uffff', 'InvalidMessageContents'],
    ['a control character', 'x\u0000', 'InvalidMessageContents'],
    ['more than 1 MiB', 'x'.repeat(MEBIBYTE + 1), 'InvalidParameterValue'],
  ])('is refused with %s', async (_, body, code) => {
    const queue = await endpoint.queue();
    expect(await codeOf(queue.send(body))).toBe(code);
  });

  it('is not visible before its delay ends', async () => {
    const queue = await endpoint.queue();
    await queue.send('later', { DelaySeconds: 3 });
    await queue.send('now');
    expect([(await queue.next()).Body, (await queue.next()).Body]).toEqual(['now', 'later']);
  });
});

describe.concurrent('a received message', () => {
  it('is hidden, and visible at once with a higher count after its visibility is set to 0', async () => {
    const queue = await endpoint.queue();
    await queue.send('body');
    const first = await queue.next();
    expect(await queue.receive({ WaitTimeSeconds: 0 })).toEqual([]);
    await showAt(queue, first.ReceiptHandle, 0);
    const again = await queue.next({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(again).toMatchObject({ MessageId: first.MessageId, Attributes: { ApproximateReceiveCount: '2' } });
  });

  it('is visible again after its visibility timeout', async () => {
    const queue = await endpoint.queue({ VisibilityTimeout: '1' });
    await queue.send('body');
    const first = await queue.next();
    expect((await queue.next()).MessageId).toBe(first.MessageId);
  });

  it('does not come back after it was deleted, and can be deleted again', async () => {
    const queue = await endpoint.queue({ VisibilityTimeout: '1' });
    await queue.send('body');
    const { ReceiptHandle } = await queue.next();
    await remove(queue, ReceiptHandle);
    expect(await codeOf(remove(queue, ReceiptHandle))).toBe('accepted');
    expect(await queue.receive()).toEqual([]);
  });

  it('cannot be hidden after it was deleted', async () => {
    const queue = await endpoint.queue();
    await queue.send('body');
    const { ReceiptHandle } = await queue.next();
    await remove(queue, ReceiptHandle);
    // The API reference names MessageNotInflight, AWS answers InvalidParameterValue (aws-sdk-net#1927).
    expect(await codeOf(showAt(queue, ReceiptHandle, 60))).not.toBe('accepted');
  });

  it('cannot be hidden by a handle from before it became visible again', async () => {
    const queue = await endpoint.queue();
    await queue.send('body');
    const { ReceiptHandle } = await queue.next();
    await showAt(queue, ReceiptHandle, 0);
    // AWS refuses the change, or accepts it without an effect (localstack#9632).
    await codeOf(showAt(queue, ReceiptHandle, 600));
    expect((await queue.next()).Body).toBe('body');
  });

  it('is refused under a handle that SQS did not issue', async () => {
    const queue = await endpoint.queue();
    expect([await codeOf(remove(queue, 'nonsense')), await codeOf(showAt(queue, 'nonsense', 0))]).toEqual([
      'ReceiptHandleIsInvalid',
      'ReceiptHandleIsInvalid',
    ]);
  });

  it('is moved to the dead-letter queue with its id, body and attributes after the last receive', async () => {
    const dead = await endpoint.queue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
    const queue = await endpoint.queue({ RedrivePolicy });
    const id = await queue.send('body', { MessageAttributes: { reason: text('invalid') } });
    await showAt(queue, (await queue.next()).ReceiptHandle, 0);
    expect(await queue.receive()).toEqual([]);
    const moved = await dead.next({ MessageAttributeNames: ['All'] });
    expect(moved).toMatchObject({ MessageId: id, Body: 'body', MessageAttributes: { reason: text('invalid') } });
  });
});

describe.concurrent('a batch', () => {
  it('names the entries that were refused, and sends the others', async () => {
    const queue = await endpoint.queue();
    const Entries = [
      { Id: 'good', MessageBody: 'x' },
      { Id: 'bad', MessageBody: 'x\uffff' },
      { Id: 'astral', MessageBody: '\u{1f511}' },
    ];
    const answer = await endpoint.sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    const failed = answer.Failed?.map(({ Id, Code, SenderFault }) => ({ Id, Code, SenderFault }));
    expect(failed).toEqual([{ Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true }]);
    expect([(await queue.next()).Body, (await queue.next()).Body].toSorted()).toEqual(['x', '\u{1f511}']);
  });

  it('names the receipt handles that were refused, and works on the others', async () => {
    const queue = await endpoint.queue();
    await queue.send('body');
    const { ReceiptHandle } = await queue.next();
    const handles = [ReceiptHandle, 'nonsense'].map((handle, at) => ({ Id: String(at), ReceiptHandle: handle }));
    const changes = handles.map((entry) => ({ ...entry, VisibilityTimeout: 600 }));
    const batch = { QueueUrl: queue.url };
    const answers = [
      await endpoint.sqs.send(new ChangeMessageVisibilityBatchCommand({ ...batch, Entries: changes })),
      await endpoint.sqs.send(new DeleteMessageBatchCommand({ ...batch, Entries: handles })),
    ];
    const split = answers.map(({ Successful = [], Failed = [] }) => [
      Successful,
      Failed.map(({ Id, Code }) => [Id, Code]),
    ]);
    const expected = [[{ Id: '0' }], [['1', 'ReceiptHandleIsInvalid']]];
    expect(split).toEqual([expected, expected]);
  });

  it.each([
    ['eleven entries', 11, 1, 'TooManyEntriesInBatchRequest'],
    ['more than 1 MiB in all', 2, MEBIBYTE / 2 + 1, 'BatchRequestTooLong'],
  ])('is refused with %s', async (_, count, size, code) => {
    const queue = await endpoint.queue();
    const Entries = Array.from({ length: count }, (__, at) => ({ Id: String(at), MessageBody: 'x'.repeat(size) }));
    const sent = endpoint.sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    expect(await codeOf(sent)).toBe(code);
  });
});

describe.concurrent('the adapters of the product', () => {
  it('createQueues and createDeadLetterQueue: send, give back, receive, release, count and remove', async () => {
    const [urgent, bulk, dead] = [await endpoint.queue(), await endpoint.queue(), await endpoint.queue()];
    const urls = { urgent: urgent.url, bulk: bulk.url, deadLetters: dead.url };
    const { lanes, deadLetters } = createQueues({ urls, overrides: endpoint.overrides });
    const inbox = createDeadLetterQueue({ url: dead.url, overrides: endpoint.overrides });

    await lanes.send('bulk', '{"n":1}', { attributes: { replays: '1' }, delaySeconds: 0 });
    const first = await bulk.next();
    await lanes.returnAfter('bulk', first.ReceiptHandle, 0);
    expect((await bulk.next({ MessageAttributeNames: ['All'] })).MessageAttributes).toEqual({ replays: text('1') });

    await deadLetters.send({ body: '{"v":1}', attributes: { reason: 'invalid' } });
    const [received] = await inbox.receive(60);
    expect(received).toMatchObject({ body: '{"v":1}', attributes: { reason: 'invalid' }, receiveCount: 1 });
    await inbox.release(received?.receiptHandle ?? '', 0);
    const [again] = await inbox.receive(60);
    await inbox.remove(again?.receiptHandle ?? '');
    expect(await inbox.receive(60)).toEqual([]);
  });
});
