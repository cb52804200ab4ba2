import { ChangeMessageVisibilityCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { codeOf, type StartedQueues, startQueues, text } from './stack.ts';

let q: StartedQueues;

beforeEach(async () => {
  q = await startQueues();
});
afterEach(() => q.close());

describe('refuses what SQS refuses', () => {
  const attributes = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, text('v')]));
  test.each([
    ['a delay over 900 s', 'x', { DelaySeconds: 901 }, 'InvalidParameterValue'],
    ['a negative delay', 'x', { DelaySeconds: -1 }, 'InvalidParameterValue'],
    ['eleven message attributes', 'x', { MessageAttributes: attributes(11) }, 'InvalidParameterValue'],
    ['an empty attribute value', 'x', { MessageAttributes: { a: text('') } }, 'InvalidParameterValue'],
    ['an empty attribute name', 'x', { MessageAttributes: { '': text('v') } }, 'InvalidParameterValue'],
    ['a reserved attribute name', 'x', { MessageAttributes: { 'AWS.a': text('v') } }, 'InvalidParameterValue'],
    [
      'an unknown attribute type',
      'x',
      { MessageAttributes: { a: { DataType: 'Text', StringValue: 'v' } } },
      'InvalidParameterValue',
    ],
    ['U+FFFF in an attribute', 'x', { MessageAttributes: { a: text('\uffff') } }, 'InvalidParameterValue'],
    ['U+FFFF in the body', 'x\uffff', {}, 'InvalidMessageContents'],
    ['a NUL in the body', 'x\u0000', {}, 'InvalidMessageContents'],
    ['a lone surrogate in the body', 'x\ud800', {}, 'InvalidMessageContents'],
    ['an empty body', '', {}, 'MissingParameter'],
    ['a body over 1 MiB', 'x'.repeat(1_048_577), {}, 'InvalidParameterValue'],
    [
      'body and attributes together over 1 MiB',
      'x'.repeat(1_048_570),
      { MessageAttributes: { a: text('v') } },
      'InvalidParameterValue',
    ],
  ])('%s', async (_, body, more, code) => {
    expect(await codeOf(q.send(body, more))).toBe(code);
    expect(await q.receive()).toEqual([]);
  });

  test.each([
    ['a delay of 900 s', 'x', { DelaySeconds: 900 }],
    ['ten message attributes', 'x', { MessageAttributes: attributes(10) }],
    ['1 MiB', 'x'.repeat(1_048_576), {}],
    ['tabs, line feeds and U+FFFD', '\t\n\r\ufffd', {}],
  ])('and takes %s', async (_, body, more) => {
    expect(await codeOf(q.send(body, more))).toBe('accepted');
  });

  test('a visibility over 43,200 s', async () => {
    await q.send('x');
    const [message] = await q.receive();
    const change = (VisibilityTimeout: number) =>
      q.sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: q.queues.urgent.url,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout,
        }),
      );
    expect(await codeOf(change(43_201))).toBe('InvalidParameterValue');
    expect(await codeOf(change(43_200))).toBe('accepted');
  });

  test('single entries of a batch, under Failed, while the others work', async () => {
    const answer = await q.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: q.queues.urgent.url,
        Entries: [
          { Id: 'late', MessageBody: 'x', DelaySeconds: 901 },
          { Id: 'good', MessageBody: 'y' },
          { Id: 'empty', MessageBody: '' },
        ],
      }),
    );
    expect(answer.Successful?.map((entry) => entry.Id)).toEqual(['good']);
    expect(answer.Failed?.map(({ Id, Code, SenderFault }) => ({ Id, Code, SenderFault }))).toEqual([
      { Id: 'late', Code: 'InvalidParameterValue', SenderFault: true },
      { Id: 'empty', Code: 'MissingParameter', SenderFault: true },
    ]);
    expect((await q.receive({ MaxNumberOfMessages: 10 })).map((m) => m.Body)).toEqual(['y']);
  });
});
