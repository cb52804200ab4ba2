/**
 * Lambda's SQS event source mapping with ReportBatchItemFailures and MaximumConcurrency, against any SQS endpoint. What
 * it deletes follows `mapping/response.ts`; all else is left to the visibility of the queue, or the one that the
 * function has set. Nothing is filtered, and nothing is made visible by the mapping itself.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { GetQueueAttributesCommand, type QueueAttributeName } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { collectBatches } from './mapping/collector.ts';
import { brokenLimits } from './mapping/limits.ts';
import { invokeAndSettle, type Target } from './mapping/settle.ts';

export interface MappingOptions extends Target {
  readonly batchSize: number;
  /** How long a batch is collected after its first message; 0: one ReceiveMessage is one batch. */
  readonly windowMs: number;
  readonly maximumConcurrency: number;
  /** Start although Lambda would refuse these numbers: short visibilities and windows in tests. */
  readonly beyondLimits?: boolean;
}

export interface MappingStats {
  readonly invocations: number;
  readonly failedInvocations: number;
  readonly records: number;
  readonly deleted: number;
  readonly deleteFailures: number;
  readonly receiveFailures: number;
  readonly mostRunning: number;
}

export interface Mapping {
  readonly stats: MappingStats;
  /** Resolves when no invocation runs and no message of the queue is visible; delayed and hidden ones may be left. */
  idle(): Promise<void>;
  /** Resolves when no invocation runs and the queue holds no message at all. */
  drained(): Promise<void>;
  /**
   * Receives no more, lets the running invocations end. Takes up to the second that a long poll waits; at the end of a
   * test close the queue server at the same time, that ends the poll at once.
   */
  stop(): Promise<void>;
}

const VISIBLE: readonly QueueAttributeName[] = ['ApproximateNumberOfMessages'];
const ALL: readonly QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];
const LOOK_EVERY_MS = 5;
/** An answer to ReceiveMessage can be under way while the queue already reads empty: look twice. */
const LOOKS = 2;

/** The sum of numeric attributes of the queue. Rejects with the SDK's error. */
const sumOf = async ({ sqs, queue }: Target, names: readonly QueueAttributeName[]): Promise<number> => {
  const { Attributes: attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: [...names] }),
  );
  return Object.values(attributes).reduce((sum, value) => sum + Number(value), 0);
};

const noCounts = () => ({
  invocations: 0,
  failedInvocations: 0,
  records: 0,
  deleted: 0,
  deleteFailures: 0,
  receiveFailures: 0,
  mostRunning: 0,
});

/** Resolves when the sum of `names` is 0 while nothing is at work, or the mapping was stopped. */
const quiet = async (
  target: Target,
  names: readonly QueueAttributeName[],
  { isAtWork, stop }: { isAtWork(): boolean; stop: AbortSignal },
): Promise<void> => {
  for (let looks = 0; looks < LOOKS && !stop.aborted; ) {
    looks = (await sumOf(target, names)) === 0 && !isAtWork() ? looks + 1 : 0;
    if (looks < LOOKS) await pause(LOOK_EVERY_MS);
  }
};

const run = (options: MappingOptions): Mapping => {
  const stats = noCounts();
  const stopping = new AbortController();
  const stop = stopping.signal;
  const running = new Set<Promise<void>>();
  const onReceiveFailure = () => {
    stats.receiveFailures += 1;
  };
  const collector = collectBatches({ ...options, onReceiveFailure });
  const isAtWork = () => running.size > 0 || collector.held() > 0;

  const invoke = async (records: readonly SQSRecord[]): Promise<void> => {
    stats.invocations += 1;
    stats.records += records.length;
    const settled = await invokeAndSettle(options, records);
    stats.failedInvocations += settled.failed ? 1 : 0;
    stats.deleted += settled.deleted;
    stats.deleteFailures += settled.deleteFailures;
  };
  const poll = async (): Promise<void> => {
    while (!stop.aborted) {
      if (running.size >= options.maximumConcurrency) await Promise.race(running);
      const records = await collector.next(stop);
      if (records.length === 0) continue;
      const invocation: Promise<void> = invoke(records).finally(() => running.delete(invocation));
      running.add(invocation);
      stats.mostRunning = Math.max(stats.mostRunning, running.size);
    }
  };
  const polling = poll();
  return {
    stats,
    idle: () => quiet(options, VISIBLE, { isAtWork, stop }),
    drained: () => quiet(options, ALL, { isAtWork, stop }),
    async stop() {
      stopping.abort();
      await polling;
      await Promise.all(running);
    },
  };
};

/**
 * Starts a mapping on `queue`. Rejects with a sentence per limit of Lambda that its numbers break (unless
 * `beyondLimits`), and with the SDK's error when the queue cannot be read.
 */
export const startMapping = async (options: MappingOptions): Promise<Mapping> => {
  const visibilitySeconds = await sumOf(options, ['VisibilityTimeout']);
  const broken = options.beyondLimits === true ? [] : brokenLimits({ ...options, visibilitySeconds });
  if (broken.length > 0) throw new Error(`Lambda refuses this mapping: ${broken.join('; ')}`);
  return run(options);
};
