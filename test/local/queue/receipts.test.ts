import { describe, expect, it } from 'vitest';
import { createReceipts } from '../../../local/queue/receipts.ts';

const QueueUrl = 'http://127.0.0.1:1/000000000000/urgent';
const INVALID = 'ReceiptHandleIsInvalid';
const NOT_IN_FLIGHT = 'InvalidParameterValue';

/** Receipts of a queue with a visibility timeout of 60 s, after the handle `h` was issued at 0 s; and a clock. */
const issued = (VisibilityTimeout?: number) => {
  const clock = { s: 0 };
  const receipts = createReceipts(() => clock.s * 1_000);
  receipts.note('CreateQueue', { QueueName: 'urgent', Attributes: { VisibilityTimeout: '60' } }, {});
  receipts.note('ReceiveMessage', { QueueUrl, VisibilityTimeout }, { Messages: [{ ReceiptHandle: 'h' }] });
  const code = (action: string, ReceiptHandle: unknown = 'h', queue = 'urgent') =>
    receipts.refusal(action, queue, { ReceiptHandle })?.code;
  return { clock, receipts, code };
};

describe('createReceipts', () => {
  it.each(['ChangeMessageVisibility', 'ChangeMessageVisibilityBatch', 'DeleteMessage', 'DeleteMessageBatch'])(
    '%s: refuses a handle that was not issued for the queue',
    (action) => {
      const { code } = issued();
      expect([code(action), code(action, 'nonsense'), code(action, undefined, 'bulk'), code(action, null)]).toEqual([
        undefined,
        INVALID,
        INVALID,
        INVALID,
      ]);
    },
  );

  it.each([
    ['the timeout of the queue', undefined, 60],
    ['the timeout of the request', 5, 5],
  ])('refuses to change the visibility of a message after %s', (_, timeout, end) => {
    const { clock, code } = issued(timeout);
    clock.s = end - 1;
    expect(code('ChangeMessageVisibility')).toBeUndefined();
    clock.s = end;
    expect(code('ChangeMessageVisibility')).toBe(NOT_IN_FLIGHT);
    expect(code('DeleteMessage')).toBeUndefined();
  });

  it('uses the timeout that SetQueueAttributes sets, and 30 s for a queue that it did not see', () => {
    const { clock, receipts, code } = issued();
    receipts.note('SetQueueAttributes', { QueueUrl, Attributes: { VisibilityTimeout: '7' } }, {});
    receipts.note('ReceiveMessage', { QueueUrl }, { Messages: [{ ReceiptHandle: 'seven' }] });
    receipts.note('ReceiveMessage', { QueueUrl: 'http://h/1/other' }, { Messages: [{ ReceiptHandle: 'thirty' }] });
    const open = () => [code('ChangeMessageVisibility', 'seven'), code('ChangeMessageVisibility', 'thirty', 'other')];
    clock.s = 6;
    expect(open()).toEqual([undefined, undefined]);
    clock.s = 7;
    expect(open()).toEqual([NOT_IN_FLIGHT, undefined]);
    clock.s = 30;
    expect(open()).toEqual([NOT_IN_FLIGHT, NOT_IN_FLIGHT]);
  });

  it('follows changes of visibility, in batches only those that succeeded', () => {
    const { clock, receipts, code } = issued();
    const Entries = [{ Id: '0', ReceiptHandle: 'h', VisibilityTimeout: 0 }];
    receipts.note('ChangeMessageVisibilityBatch', { QueueUrl, Entries }, { Successful: [] });
    expect(code('ChangeMessageVisibility')).toBeUndefined();
    receipts.note('ChangeMessageVisibility', { QueueUrl, ReceiptHandle: 'h', VisibilityTimeout: 100 }, {});
    clock.s = 99;
    expect(code('ChangeMessageVisibility')).toBeUndefined();
    receipts.note('ChangeMessageVisibilityBatch', { QueueUrl, Entries }, { Successful: [{ Id: '0' }] });
    expect(code('ChangeMessageVisibility')).toBe(NOT_IN_FLIGHT);
  });

  it('lets a deleted message be deleted again, and refuses to change its visibility', () => {
    const { receipts, code } = issued();
    receipts.note('DeleteMessage', { QueueUrl, ReceiptHandle: 'h' }, {});
    expect([code('DeleteMessage'), code('ChangeMessageVisibilityBatch')]).toEqual([undefined, NOT_IN_FLIGHT]);
  });

  it('has no opinion on other requests', () => {
    expect(issued().code('SendMessage', 'nonsense')).toBeUndefined();
  });
});
