import { describe, expect, it } from 'vitest';
import { createRedeliveringQueue } from '../../bench/redelivery.ts';

const QUEUE = { queueArn: 'arn:aws:sqs:us-east-1:0:q', visibilitySeconds: 30, now: 0 };
const NOTHING: ReadonlySet<string> = new Set();
const idsOf = (records: readonly { readonly messageId: string }[]) => records.map(({ messageId }) => messageId);

describe('a queue that redelivers', () => {
  it('hides what was received, until its visibility ends', () => {
    const queue = createRedeliveringQueue(3, QUEUE);
    const first = queue.take(2, 1_000);
    expect(queue.take(10, 30_999)).toHaveLength(1);
    expect(idsOf(queue.take(10, 31_000))).toEqual(idsOf(first));
  });

  it('shows a message when the receiver wanted it', () => {
    const queue = createRedeliveringQueue(1, QUEUE);
    const [record] = queue.take(1, 0);
    queue.hide(record?.receiptHandle ?? '', 5, 1_000);
    expect(queue.state()).toEqual({ left: 1, nextAt: 6_000, receives: 1 });
    expect(queue.take(1, 5_999)).toEqual([]);
    expect(queue.take(1, 6_000)).toHaveLength(1);
  });

  it('deletes what was settled and keeps what has failed', () => {
    const queue = createRedeliveringQueue(3, QUEUE);
    const taken = queue.take(3, 0);
    const [failed = ''] = idsOf(taken);
    queue.settle(taken, new Set([failed]));
    expect(idsOf(queue.take(3, 30_000))).toEqual([failed]);
  });

  it('is empty when all is settled', () => {
    const queue = createRedeliveringQueue(2, QUEUE);
    queue.settle(queue.take(2, 0), NOTHING);
    expect(queue.state()).toEqual({ left: 0, nextAt: Number.POSITIVE_INFINITY, receives: 2 });
  });

  it('counts receives and keeps the time of the first', () => {
    const queue = createRedeliveringQueue(1, QUEUE);
    queue.take(1, 7_000);
    const [again] = queue.take(1, 40_000);
    expect(again?.attributes).toMatchObject({
      ApproximateReceiveCount: '2',
      ApproximateFirstReceiveTimestamp: '7000',
      SentTimestamp: '0',
    });
  });

  it('brings first what has been visible longest', () => {
    const queue = createRedeliveringQueue(2, QUEUE);
    const [a, b] = queue.take(2, 0);
    queue.hide(a?.receiptHandle ?? '', 9, 0);
    queue.hide(b?.receiptHandle ?? '', 3, 0);
    expect(idsOf(queue.take(1, 20_000))).toEqual([b?.messageId]);
  });
});
