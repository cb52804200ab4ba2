/**
 * A batch, derived from the function for one message. Failure is the default: every record that is not proven settled
 * is reported, whatever was thrown, and nothing outlives the invocation's end.
 */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { writeCheckpoint } from '../audit/write.ts';
import type { Delivery, Invocation, Runtime } from '../context.ts';
import { POISON_RECEIVE_COUNT, UNSTARTED_VISIBILITY_S } from '../model/disposition.ts';
import type { Lane } from '../model/settings.ts';
import type { Log } from '../ports.ts';
import { withDeadline } from '../runtime/deadline.ts';
import { errorCode } from '../runtime/error-code.ts';
import { deliveryOf, type Item, type Lanes, laneOf, receiveCountOf, recordsOf } from './delivery.ts';
import { processMessage } from './message.ts';
import { createSharedKeyListing } from './shared-key-listing.ts';
import { createSharedOwners } from './shared-owners.ts';
import { visibilitySeconds } from './visibility.ts';

/** Nothing new starts, and calls in flight end, so long (ms) before Lambda ends the invocation. */
const MARGIN_MS = 750;
/**
 * Messages that are processed at once, at least. Of the bulk queue a whole batch, so that its principals share key
 * listings. Of the urgent queue enough to keep the API busy: more would only hold memory.
 */
const CONCURRENT_MESSAGES: Readonly<Record<Lane, number>> = { urgent: 64, bulk: 100 };
/** So long (ms) before Lambda's end, running work is no longer awaited. */
const LAST_MS = 250;
/** So long (ms) before it, the checkpoint neither: the response is returned. */
const RESPONSE_MS = 150;

/** What Lambda says of an invocation. */
export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Returns the ids of all records that are not proven settled. Throws BatchError `not-sqs` before any record is
 * processed. (Lambda guide, partial batch responses)
 */
export async function processBatch(
  { runtime, lanes }: { readonly runtime: Runtime; readonly lanes: Lanes },
  event: unknown,
  context: InvocationContext,
): Promise<SQSBatchResponse> {
  const records = recordsOf(event);
  const { clock } = runtime.ports;
  const lambdaEnds = clock.now() + context.getRemainingTimeInMillis();
  const endsAt = lambdaEnds - MARGIN_MS;
  const keys = createSharedKeyListing(runtime.credentials, endsAt);
  const invocation: Invocation = {
    requestId: context.awsRequestId,
    endsAt,
    revocations: new Map(),
    keys,
    owners: createSharedOwners(runtime.credentials, keys, endsAt),
  };

  const settled = new Set<SQSRecord>();
  const items = itemsOf(records, lanes, runtime.ports.log);
  const unstarted = new Set(items);
  const process = async (item: Item): Promise<void> => {
    if (clock.now() >= endsAt || !unstarted.delete(item)) return;
    // Reporting a failure can fail too, because any value may be thrown.
    if (await isSettled(runtime, invocation, item).catch(() => undefined)) settled.add(item.record);
  };
  // At once and outside the limiter: a message that hangs in there must not keep the others.
  const returnUnstarted = async (): Promise<void> => {
    const left = [...unstarted];
    // Timers may end a moment early: what is returned must not start then.
    unstarted.clear();
    await Promise.allSettled(left.map((item) => returnUnstartedItem(runtime, item)));
  };
  const running = processAll(items, process, concurrencyFor(items, runtime.settings));
  const swept = withDeadline(clock, endsAt, running).then(returnUnstarted);
  await withDeadline(clock, lambdaEnds - LAST_MS, Promise.all([running, swept]));
  await withDeadline(clock, lambdaEnds - RESPONSE_MS, writeCheckpoint(runtime, invocation.requestId));
  return responseOf(records, settled);
}

/** The records of our queues; one of another queue is never settled, and so is retried. */
const itemsOf = (records: readonly SQSRecord[], lanes: Lanes, log: Log): readonly Item[] =>
  records.flatMap((record) => {
    const lane = laneOf(record, lanes);
    if (lane !== undefined) return [{ record, lane }];
    log.error('unknown-queue', { messageId: record.messageId });
    return [];
  });

/** For each call that may be in flight, another message is ready. */
export const concurrencyFor = (
  items: readonly Pick<Item, 'lane'>[],
  { apiConcurrency }: Pick<Runtime['settings'], 'apiConcurrency'>,
): number => Math.max(2 * apiConcurrency, ...new Set(items.map(({ lane }) => CONCURRENT_MESSAGES[lane])));

/** Made when the record is processed: thousands may wait. */
const deliveryFor = ({ ports, settings }: Runtime, item: Item): Delivery =>
  deliveryOf(item, { senders: settings.senders, sha256: ports.sha256 });

/**
 * Records that were received very often run last and alone: one of them may be what ends the process, and the others
 * are then safe.
 */
async function processAll(
  items: readonly Item[],
  process: (item: Item) => Promise<void>,
  concurrency: number,
): Promise<void> {
  const isPoison = ({ record }: Item) => receiveCountOf(record) >= POISON_RECEIVE_COUNT;
  const others = items.filter((item) => !isPoison(item)).values();
  const worker = async (): Promise<void> => {
    for (const item of others) await process(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  for (const item of items.filter(isPoison)) await process(item);
}

/** An error, or any other thrown value, affects this record only. */
async function isSettled(runtime: Runtime, invocation: Invocation, item: Item): Promise<boolean> {
  const { log, chance, meter } = runtime.ports;
  const delivery = deliveryFor(runtime, item);
  const { messageId, lane, receiveCount } = delivery;
  return log.within({ messageId, lane, receiveCount }, async () => {
    const disposition = await processMessage(runtime, invocation, delivery).catch((error: unknown) => {
      log.error('record-failed', { error: errorCode(error) });
      return { kind: 'retry', code: 'failed' } as const;
    });
    if (disposition.kind === 'done') return true;
    const waitedMs = waitedSince(runtime, delivery);
    log.info('retry', { code: disposition.code, lane, waitedMs });
    meter.add({ kind: 'message-retried', lane, ...(waitedMs === undefined ? {} : { waitedMs }) });
    const retryAfterS = 'retryAfterS' in disposition ? disposition.retryAfterS : 0;
    // A message without a slot in time is returned like one that was not started; the circuit breaker's pause is
    // longer.
    const notStarted = disposition.code === 'not-started';
    const circuitOpen = notStarted && runtime.credentials.isUnavailable();
    const seconds =
      notStarted && !circuitOpen
        ? unstartedS(runtime, delivery)
        : visibilitySeconds(lane, { receiveCount, fraction: chance.fraction(), retryAfterS, circuitOpen });
    await returnAfter(runtime, delivery, seconds);
    return false;
  });
}

/** Milliseconds since the first receive; undefined if SQS does not say. */
function waitedSince({ ports }: Runtime, { firstReceived }: Delivery): number | undefined {
  return Number.isFinite(firstReceived) ? ports.clock.now() - firstReceived : undefined;
}

/** Under a rate limit each message is retried when it can have a slot, not all at once. */
const unstartedS = ({ credentials }: Runtime, { lane }: Delivery): number =>
  Math.max(UNSTARTED_VISIBILITY_S[lane], credentials.retryDelayS());

async function returnUnstartedItem(runtime: Runtime, item: Item): Promise<void> {
  const delivery = deliveryFor(runtime, item);
  await returnAfter(runtime, delivery, unstartedS(runtime, delivery));
}

/** Best effort: otherwise the message becomes visible when the queue's own timeout has passed. */
async function returnAfter({ ports }: Runtime, delivery: Delivery, seconds: number): Promise<void> {
  const { messageId, lane, receiptHandle } = delivery;
  await ports.lanes.returnAfter(lane, receiptHandle, seconds).catch((error: unknown) => {
    ports.log.warn('visibility-unchanged', { messageId, error: errorCode(error) });
  });
}

/**
 * Goes through the records, not the results: no id can be missing, and none is foreign, which would retry the whole
 * batch.
 */
function responseOf(records: readonly SQSRecord[], settled: ReadonlySet<SQSRecord>): SQSBatchResponse {
  const ids = new Set(records.filter((record) => !settled.has(record)).map(({ messageId }) => messageId));
  return { batchItemFailures: [...ids].map((itemIdentifier) => ({ itemIdentifier })) };
}
