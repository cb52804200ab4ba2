/**
 * A batch, derived from the function for one record. Failure is the default: every record that is not proven settled is
 * reported, whatever was thrown, and nothing outlives the invocation's end.
 */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { checkpoint } from '../audit/write.ts';
import type { Delivery, Environment, Invocation } from '../context.ts';
import { createInventory } from '../coreweave/list-keys.ts';
import { POISON_AFTER, RETURN_UNSTARTED_S } from '../model/settlement.ts';
import { noLongerThan } from '../runtime/deadline.ts';
import { errorCode } from '../runtime/error-code.ts';
import { createGate } from '../runtime/limit.ts';
import { deliveryOf, type Lanes, recordsOf } from './delivery.ts';
import { revokeRecord } from './message.ts';
import { visibilitySeconds } from './visibility.ts';

/** Nothing new starts, and calls in flight end, so long before Lambda would end us. */
const MARGIN_MS = 750;
/** Records at work at once: a whole batch of either lane, so that its principals share listings. Calls are bounded apart (`lib/coreweave/client.ts`). */
const AT_WORK = 100;
/** So long before Lambda's end, running work is no longer waited for. */
const LAST_MS = 250;
/** So long before it, the checkpoint neither: the answer goes out. */
const ANSWER_MS = 150;

/** What Lambda says of an invocation. */
export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Takes the environment, the lanes by queue, an SQS event and Lambda's context; returns the ids of all records that are
 * not proven settled. Throws BatchError `not-sqs` before any record is touched. (Lambda guide, partial batch responses)
 */
export async function revokeBatch(
  { environment, lanes }: { readonly environment: Environment; readonly lanes: Lanes },
  event: unknown,
  context: InvocationContext,
): Promise<SQSBatchResponse> {
  const records = recordsOf(event);
  const { clock } = environment.ports;
  const lambdaEnds = clock.now() + context.getRemainingTimeInMillis();
  const endsAt = lambdaEnds - MARGIN_MS;
  const invocation: Invocation = {
    requestId: context.awsRequestId,
    endsAt,
    calls: new Map(),
    inventory: createInventory(environment.caller, clock, endsAt),
  };

  const proven = new Set<SQSRecord>();
  const items = itemsOf(records, lanes, environment);
  const unstarted = new Set(items);
  const settle = async (item: Item): Promise<void> => {
    if (clock.now() >= endsAt || !unstarted.delete(item)) return;
    // Even the report of a failure can fail: what was thrown may be hostile.
    if (await isSettled(environment, invocation, item.delivery).catch(() => undefined)) proven.add(item.record);
  };
  // At once and beside the gate: what hangs in there must not keep the others.
  const giveBackUnstarted = async (): Promise<void> => {
    const left = [...unstarted];
    // Timers may end a moment early: what goes back must not start then.
    unstarted.clear();
    await Promise.allSettled(
      left.map(({ delivery }) => giveBack(environment, delivery, unstartedS(environment, delivery))),
    );
  };
  const running = runAll(items, settle);
  const swept = noLongerThan(clock, endsAt, running).then(giveBackUnstarted);
  await noLongerThan(clock, lambdaEnds - LAST_MS, Promise.all([running, swept]));
  await noLongerThan(clock, lambdaEnds - ANSWER_MS, checkpoint(environment, invocation.requestId));
  return responseOf(records, proven);
}

interface Item {
  readonly record: SQSRecord;
  readonly delivery: Delivery;
}

/** The records of our queues; one of another is never proven, and so comes back. */
const itemsOf = (records: readonly SQSRecord[], lanes: Lanes, { ports }: Environment): readonly Item[] =>
  records.flatMap((record) => {
    const delivery = deliveryOf(record, lanes, ports.sha256);
    if (delivery !== undefined) return [{ record, delivery }];
    ports.log.error('unknown-queue', { messageId: record.messageId });
    return [];
  });

/** Records that came back very often run last and alone: one of them may be what ends the process, and the others are then safe. */
async function runAll(items: readonly Item[], settle: (item: Item) => Promise<void>): Promise<void> {
  const isPoison = ({ delivery }: Item) => delivery.receiveCount >= POISON_AFTER;
  const gate = createGate(AT_WORK);
  await Promise.all(items.filter((item) => !isPoison(item)).map((item) => gate(() => settle(item))));
  // What has had its turn is passed over.
  for (const item of items) await settle(item);
}

/** Whether the delivery was settled. Anything thrown, `null` too, costs this record only. */
function isSettled(environment: Environment, invocation: Invocation, delivery: Delivery): Promise<boolean> {
  const { log, chance } = environment.ports;
  const { messageId, lane, receiveCount } = delivery;
  return log.within({ messageId, lane, receiveCount }, async () => {
    const settlement = await revokeRecord(environment, invocation, delivery).catch((error: unknown) => {
      log.error('record-failed', { error: errorCode(error) });
      return { kind: 'retry', code: 'failed' } as const;
    });
    if (settlement.kind === 'done') return true;
    // Metrics are made of this line, and have no other way to know the lane.
    log.info('retry', { code: settlement.code, lane, waitedMs: waitedMs(environment, delivery) });
    const retryAfterS = 'retryAfterS' in settlement ? settlement.retryAfterS : 0;
    // What found no turn for a call in time goes back like what was not begun; what the breaker kept waits longer.
    const unstarted = settlement.code === 'not-started';
    const rested = unstarted && environment.caller.rests();
    const seconds =
      unstarted && !rested
        ? unstartedS(environment, delivery)
        : visibilitySeconds(lane, { receiveCount, fraction: chance.fraction(), retryAfterS, rested });
    await giveBack(environment, delivery, seconds);
    return false;
  });
}

/** Since SQS first gave it to us, in ms; undefined when SQS does not say. */
function waitedMs({ ports }: Environment, { firstReceived }: Delivery): number | undefined {
  return Number.isFinite(firstReceived) ? ports.clock.now() - firstReceived : undefined;
}

/** Where the API limits us, each comes back when its turn can have come, not all at once. */
const unstartedS = ({ caller }: Environment, { lane }: Delivery): number =>
  Math.max(RETURN_UNSTARTED_S[lane], caller.comesRoundS());

/** Best effort: a message whose visibility could not be changed comes back when the queue's own has passed. */
async function giveBack({ ports }: Environment, delivery: Delivery, seconds: number): Promise<void> {
  const { messageId, lane, receiptHandle } = delivery;
  await ports.lanes.returnAfter(lane, receiptHandle, seconds).catch((error: unknown) => {
    ports.log.warn('visibility-unchanged', { messageId, error: errorCode(error) });
  });
}

/** Walks the records, not the results: no id can be missing, and none is foreign, which would bring the whole batch back. */
function responseOf(records: readonly SQSRecord[], proven: ReadonlySet<SQSRecord>): SQSBatchResponse {
  const ids = new Set(records.filter((record) => !proven.has(record)).map(({ messageId }) => messageId));
  return { batchItemFailures: [...ids].map((itemIdentifier) => ({ itemIdentifier })) };
}
