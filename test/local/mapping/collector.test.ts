import type { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { collectBatches } from '../../../local/mapping/collector.ts';

const queue = { url: 'http://127.0.0.1/000000000000/q', arn: 'arn:aws:sqs:us-east-1:000000000000:q' };

/** A queue that hands out these bodies, then nothing. */
const queueOf = (bodies: readonly string[]) => {
  let left = bodies.map((Body, at) => ({ MessageId: String(at), ReceiptHandle: String(at), Body }));
  const send = async ({ input }: { input: { MaxNumberOfMessages: number } }) => {
    const Messages = left.slice(0, input.MaxNumberOfMessages);
    left = left.slice(input.MaxNumberOfMessages);
    return { Messages };
  };
  return { send } as unknown as SQSClient;
};
const collect = (bodies: readonly string[]) =>
  collectBatches({ sqs: queueOf(bodies), queue, batchSize: 100, windowMs: 30, onReceiveFailure: () => {} });
const running = () => new AbortController().signal;

test('a batch ends before its payload passes 6 MB, and the rest opens the next one', async () => {
  const collector = collect(Array.from({ length: 7 }, (_, at) => `${at}${'x'.repeat(1_000 * 1_024)}`));
  const first = await collector.next(running());
  expect(first.map(({ messageId }) => messageId)).toEqual(['0', '1', '2', '3', '4', '5']);
  expect(Buffer.byteLength(JSON.stringify({ Records: first }))).toBeLessThanOrEqual(6 * 1_024 * 1_024);
  expect(collector.held()).toBe(1);
  expect((await collector.next(running())).map(({ messageId }) => messageId)).toEqual(['6']);
  expect(collector.held()).toBe(0);
});

test('the payload is measured in bytes as it is sent, escapes and all', async () => {
  // Each quote takes two bytes in JSON.
  const collector = collect(Array.from({ length: 4 }, () => '"'.repeat(1_000 * 1_024)));
  expect((await collector.next(running())).length).toBe(3);
});

test('a collector that was stopped hands out what it holds, then nothing', async () => {
  const collector = collect(Array.from({ length: 7 }, () => 'x'.repeat(1_000 * 1_024)));
  await collector.next(running());
  expect((await collector.next(AbortSignal.abort())).length).toBe(1);
  expect(await collector.next(AbortSignal.abort())).toEqual([]);
});
