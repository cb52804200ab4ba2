/** Collects the batches of the event source mapping: long polls, the batching window, the payload cap. */
import { Buffer } from 'node:buffer';
import { setTimeout as pause } from 'node:timers/promises';
import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import type { Queue } from '../queues.ts';
import { sqsRecord } from './record.ts';

export interface CollectorOptions {
  readonly sqs: SQSClient;
  readonly queue: Queue;
  readonly batchSize: number;
  readonly windowMs: number;
  /** A receive failed, for whatever reason; it is tried again. */
  onReceiveFailure(): void;
}

export interface Collector {
  /** The next batch, in order of receipt. Empty only when `stop` was aborted with nothing at hand. */
  next(stop: AbortSignal): Promise<readonly SQSRecord[]>;
  /** Records that were received and not handed on yet. */
  held(): number;
}

/** An invocation's payload: 6 MB (Lambda quotas). A record that no longer fits opens the next batch. */
const PAYLOAD_BYTES = 6 * 1_024 * 1_024;
/** The most that one ReceiveMessage brings (SQS API reference). */
const RECEIVE_AT_MOST = 10;
const LONG_POLL_SECONDS = 1;
const SHORT_POLL_PAUSE_MS = 20;
const FAILURE_PAUSE_MS = 100;

const quietly = (ms: number, stop: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal: stop }).catch(() => {});

/**
 * One ReceiveMessage; undefined when it failed. It is never aborted: the queue would hand messages to a caller who has
 * gone, and hide them for their visibility.
 */
const receive = async (
  { sqs, queue }: CollectorOptions,
  ask: { readonly most: number; readonly waitSeconds: number },
): Promise<readonly SQSRecord[] | undefined> => {
  const command = new ReceiveMessageCommand({
    QueueUrl: queue.url,
    MaxNumberOfMessages: Math.min(RECEIVE_AT_MOST, ask.most),
    WaitTimeSeconds: ask.waitSeconds,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  try {
    const { Messages: messages = [] } = await sqs.send(command);
    return messages.map((message) => sqsRecord(message, queue.arn));
  } catch {
    return undefined;
  }
};

/** Returns a collector. It keeps the records that did not fit into a batch for the next one. */
export const collectBatches = (options: CollectorOptions): Collector => {
  const { batchSize, windowMs } = options;
  let waiting: SQSRecord[] = [];
  let batch: SQSRecord[] = [];

  /** Moves what fits from `waiting` to `batch`. True: the batch is full. */
  const fill = (): boolean => {
    let bytes = Buffer.byteLength(JSON.stringify(batch));
    for (let next = waiting[0]; next !== undefined && batch.length < batchSize; next = waiting[0]) {
      bytes += Buffer.byteLength(JSON.stringify(next)) + 1;
      if (bytes > PAYLOAD_BYTES && batch.length > 0) return true;
      batch.push(next);
      waiting = waiting.slice(1);
    }
    return batch.length >= batchSize;
  };

  const next = async (stop: AbortSignal): Promise<readonly SQSRecord[]> => {
    let windowEnds: number | undefined;
    while (!fill() && !stop.aborted) {
      if (batch.length > 0) windowEnds ??= performance.now() + windowMs;
      const left = windowEnds === undefined ? Number.POSITIVE_INFINITY : windowEnds - performance.now();
      if (left <= 0) break;
      const waitSeconds = left >= LONG_POLL_SECONDS * 1_000 ? LONG_POLL_SECONDS : 0;
      const received = await receive(options, { most: batchSize - batch.length, waitSeconds });
      if (received === undefined && !stop.aborted) {
        options.onReceiveFailure();
        await quietly(FAILURE_PAUSE_MS, stop);
      }
      waiting.push(...(received ?? []));
      if (received?.length === 0 && waitSeconds === 0) await quietly(Math.min(left, SHORT_POLL_PAUSE_MS), stop);
    }
    const full = batch;
    batch = [];
    return full;
  };

  return { next, held: () => waiting.length + batch.length };
};
