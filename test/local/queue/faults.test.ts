import { ChangeMessageVisibilityBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { codeOf, type StartedQueues, startQueues } from './stack.ts';

let q: StartedQueues;

beforeEach(async () => {
  q = await startQueues();
});
afterEach(() => q.close());

describe('plays planned faults', () => {
  const attempts = (action: string) => q.seen.filter((line) => line.startsWith(`${action} `)).length;

  test('a status without effect, as often as planned', async () => {
    q.server.faults.next('SendMessage', { status: 503 }, { times: 3 });
    expect(await codeOf(q.send('x'))).toBe('ServiceUnavailable');
    expect(attempts('SendMessage')).toBe(3);
    expect(await q.receive()).toEqual([]);
    expect(await codeOf(q.send('x'))).toBe('accepted');
  });

  test('only for the queue that was named', async () => {
    q.server.faults.next('SendMessage', { status: 403 }, { queue: 'revocation-dead-letters' });
    expect(await codeOf(q.send('x'))).toBe('accepted');
    const deadLetter = new SendMessageCommand({ QueueUrl: q.queues.deadLetters.url, MessageBody: 'x' });
    expect(await codeOf(q.sqs.send(deadLetter))).toBe('AccessDenied');
  });

  test('a broken connection before the effect, which the SDK tries again', async () => {
    q.server.faults.next('SendMessage', { reset: 'before' });
    expect(await codeOf(q.send('once'))).toBe('accepted');
    expect(attempts('SendMessage')).toBe(2);
    expect(await q.receive({ MaxNumberOfMessages: 10 })).toHaveLength(1);
  });

  test('a lost response after the effect, so that the SDK sends the message twice', async () => {
    q.server.faults.next('SendMessage', { reset: 'after' });
    expect(await codeOf(q.send('twice'))).toBe('accepted');
    expect(attempts('SendMessage')).toBe(2);
    expect(await q.receive({ MaxNumberOfMessages: 10 })).toHaveLength(2);
  });

  test('a delay', async () => {
    q.server.faults.next('SendMessage', { delayMs: 30 });
    const before = performance.now();
    await q.send('x');
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  test('failed entries of a batch without effect', async () => {
    await Promise.all([q.send('a'), q.send('b')]);
    const messages = await q.receive({ MaxNumberOfMessages: 10 });
    q.server.faults.next('ChangeMessageVisibilityBatch', { failedEntries: [0] });
    const change = () =>
      q.sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: q.queues.urgent.url,
          Entries: messages.map((m, at) => ({ Id: String(at), ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0 })),
        }),
      );
    const answer = await change();
    expect(answer.Successful).toEqual([{ Id: '1' }]);
    expect(answer.Failed).toEqual([
      { Id: '0', SenderFault: false, Code: 'ServiceUnavailable', Message: 'Planned fault.' },
    ]);
    expect((await q.receive({ MaxNumberOfMessages: 10 })).map((m) => m.MessageId)).toEqual([messages[1]?.MessageId]);
    q.server.faults.next('ChangeMessageVisibilityBatch', { failedEntries: 'all' });
    expect((await change()).Failed).toHaveLength(2);
  });

  test('and none any more once they are cleared', async () => {
    q.server.faults.next('SendMessage', { status: 500 }, { times: 100 });
    q.server.faults.clear();
    expect(await codeOf(q.send('x'))).toBe('accepted');
  });
});
