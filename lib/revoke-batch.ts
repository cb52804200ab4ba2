/**
 * A batch, derived from the function for one record. Failure is the default: every record that is not proven settled is
 * reported, whatever was thrown, and nothing outlives the invocation's end.
 */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { deliveryOf, type Lanes, recordsOf } from './deliveries.ts';
import { visibilitySeconds } from './domain/backoff.ts';
import { POISON_AFTER, RETURN_UNSTARTED_S } from './domain/settlement.ts';
import { createGate } from './gate.ts';
import { createInventory } from './inventory.ts';
import { revokeRecord } from './revoke-record.ts';
import type { Delivery, Environment, Invocation } from './work.ts';

/** Nothing new starts, and calls in flight end, so long before Lambda would end us. */
const MARGIN_MS = 750;
/** The answer goes out at the latest so long before. */
const LAST_MS = 250;

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
  const deliveries = records.flatMap((record) => {
    const delivery = deliveryOf(record, lanes, environment.ports.sha256);
    if (delivery === undefined) environment.ports.log.error('unknown-queue', { messageId: record.messageId });
    return delivery === undefined ? [] : [{ record, delivery }];
  });
  const settle = async ({ record, delivery }: (typeof deliveries)[number]): Promise<void> => {
    if (await isSettled(environment, invocation, delivery)) proven.add(record);
  };
  const inTime = new AbortController();
  await Promise.race([
    runAll(environment, deliveries, settle).finally(() => inTime.abort()),
    clock.sleep(lambdaEnds - LAST_MS - clock.now(), inTime.signal),
  ]);
  return responseOf(records, proven);
}

/** Records that came back very often run last and alone: one of them may be what ends the process, and the others are then safe. */
async function runAll<Item extends { readonly delivery: Delivery }>(
  { settings }: Environment,
  items: readonly Item[],
  settle: (item: Item) => Promise<void>,
): Promise<void> {
  const isPoison = ({ delivery }: Item) => delivery.receiveCount >= POISON_AFTER;
  const gate = createGate(settings.apiConcurrency);
  await Promise.all(items.filter((item) => !isPoison(item)).map((item) => gate(() => settle(item))));
  for (const item of items.filter(isPoison)) await settle(item);
}

/** Whether the delivery was settled. Anything thrown, `null` too, costs this record only. */
function isSettled(environment: Environment, invocation: Invocation, delivery: Delivery): Promise<boolean> {
  const { log, clock, chance } = environment.ports;
  const { messageId, lane, receiveCount } = delivery;
  return log.within({ messageId, lane, receiveCount }, async () => {
    if (clock.now() >= invocation.endsAt) {
      await giveBack(environment, delivery, RETURN_UNSTARTED_S[lane]);
      return false;
    }
    const settlement = await revokeRecord(environment, invocation, delivery).catch((error: unknown) => {
      log.error('record-failed', { error: codeOf(error) });
      return { kind: 'retry', code: 'failed' } as const;
    });
    if (settlement.kind === 'done') return true;
    log.info('retry', { code: settlement.code });
    const retryAfterS = 'retryAfterS' in settlement ? settlement.retryAfterS : 0;
    await giveBack(
      environment,
      delivery,
      visibilitySeconds(lane, { receiveCount, fraction: chance.fraction(), retryAfterS }),
    );
    return false;
  });
}

/** Best effort: a message whose visibility could not be changed comes back when the queue's own has passed. */
async function giveBack({ ports }: Environment, { lane, receiptHandle }: Delivery, seconds: number): Promise<void> {
  await ports.lanes.returnAfter(lane, receiptHandle, seconds).catch((error: unknown) => {
    ports.log.warn('visibility-unchanged', { error: codeOf(error) });
  });
}

/** Our own code where there is one, else the kind of error: never its text, which may quote an event. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'object';
}

/** Walks the records, not the results: no id can be missing, and none is foreign, which would bring the whole batch back. */
function responseOf(records: readonly SQSRecord[], proven: ReadonlySet<SQSRecord>): SQSBatchResponse {
  const ids = new Set(records.filter((record) => !proven.has(record)).map(({ messageId }) => messageId));
  return { batchItemFailures: [...ids].map((itemIdentifier) => ({ itemIdentifier })) };
}
