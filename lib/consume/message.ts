/**
 * One message: each event in it is processed by itself, then the message as a whole; dead events are dead-lettered
 * before it ends.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Delivery } from '../context.ts';
import { auditor, budgetMs, type Invocation, inTurn, latestNow, type RecordContext, type Runtime } from '../context.ts';
import { type DeadLetter, rawText, serializeDeadLetter } from '../dead-letters/dead-letter.ts';
import { type Approval, approvalPrefix, eventHash } from '../ledger/approval.ts';
import { readApprovals } from '../ledger/approvals.ts';
import { type Claim, closeEvent, LeaseLost, openRow } from '../ledger/events.ts';
import {
  type DeadDisposition,
  type Disposition,
  heldBy,
  isExhausted,
  messageDisposition,
} from '../model/disposition.ts';
import { namedTarget, planOf } from '../model/plan.ts';
import { isHoldReason } from '../model/reasons.ts';
import type { Sender } from '../model/sender.ts';
import { withDeadline } from '../runtime/deadline.ts';
import { errorCode } from '../runtime/error-code.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import { processEvent } from './dispatch.ts';
import { type EventPart, parseMessage, type Redriven } from './parse-message.ts';
import { groupRefusals, type RefusedParts } from './refused-parts.ts';
import { identifySender, senderIdOf } from './sender.ts';

interface ProcessedEvent {
  readonly part: EventPart;
  readonly disposition: Disposition;
  readonly sender: SenderNames;
  readonly approvals: readonly Approval[];
}

type SenderNames = Pick<Sender, 'id' | 'name'>;

/** Events of one message that are processed at once. */
const CONCURRENT_EVENTS = 8;

/** Unfinished messages of which an environment remembers what is done. */
const MAX_UNFINISHED = 100;

/**
 * `done` only if everything in the message is settled outside this process. Dead letters are sent once nothing in the
 * message has to be retried: each retry would send them again. Rejects if a record or a dead letter cannot be written.
 */
export async function processMessage(
  runtime: Runtime,
  invocation: Invocation,
  delivery: Delivery,
): Promise<Exclude<Disposition, { kind: 'dead' }>> {
  const context = { runtime, invocation, delivery };
  const now = runtime.ports.clock.now();
  // A message that waits for the API's rate limit is late, and not in trouble.
  const exhausted = isExhausted(delivery, now, runtime.settings) && !runtime.credentials.isThrottledButServing();
  const parts = parseMessage(delivery.body, { now: latestNow(context), opensDeadLetters: delivery.role !== undefined });
  const { doneParts } = runtime;
  const { messageId } = delivery;
  const open = [...parts.entries()].flatMap(([position, part]) =>
    part.kind === 'event' && !doneParts.get(messageId)?.has(position) ? [{ position, part }] : [],
  );
  const markDone = (position: number): void => {
    if (parts.length > 1) rememberDone(runtime, messageId, position);
  };
  const process = exhausted ? lastAttempt(context) : (part: EventPart) => processPart(context, part);
  const processed = await mapWithConcurrency(CONCURRENT_EVENTS, inTurn(context, open), async ({ position, part }) => {
    const event = await process(part);
    if (event.disposition.kind === 'done') markDone(position);
    return { ...event, position };
  });

  const message = messageDisposition(processed.map(({ disposition }) => disposition));
  if (message.kind === 'retry') return message;
  // Ignored events skip the retry-horizon check.
  await mapWithConcurrency(CONCURRENT_EVENTS, groupRefusals(parts), (refused) => settleRefused(context, refused));
  const dead = processed.flatMap(({ disposition, ...each }) =>
    disposition.kind === 'dead' ? [{ dead: disposition, ...each }] : [],
  );
  await mapWithConcurrency(CONCURRENT_EVENTS, dead, async ({ position, ...each }) => {
    await sendEventToDeadLetterQueue(context, each);
    markDone(position);
  });
  doneParts.delete(messageId);
  return message;
}

function rememberDone({ doneParts }: Runtime, messageId: string, position: number): void {
  const [oldest] = doneParts.keys();
  if (doneParts.size >= MAX_UNFINISHED && oldest !== undefined && !doneParts.has(messageId)) doneParts.delete(oldest);
  doneParts.set(messageId, (doneParts.get(messageId) ?? new Set()).add(position));
}

async function processPart(context: RecordContext, part: EventPart): Promise<ProcessedEvent> {
  const { event, redriven } = part;
  const approvals = await approvalsOf(context, event);
  const identified = await identifySender(context, part, approvals);
  if (identified.kind === 'hold') {
    const { id, hold } = identified;
    return { part, disposition: heldBy(hold, namedTarget(planOf(event))), sender: { id, name: id }, approvals };
  }
  const { sender } = identified;
  const audit = auditor(context, event, sender.name, approvals);
  const eventContext = { ...context, event, sender, redriven: redriven !== undefined, approvals, audit };
  return { part, disposition: await processEvent(eventContext), sender, approvals };
}

/**
 * Past the retry horizon. Only the ledger and the API can tell what is settled, so each event is processed once more,
 * and what would be retried is dead. This takes half of the time that is left at most: dead letters have the rest.
 */
function lastAttempt(given: RecordContext): (part: EventPart) => Promise<ProcessedEvent> {
  const { clock, log } = given.runtime.ports;
  const endsAt = clock.now() + Math.ceil(budgetMs(given) / 2);
  const context = { ...given, invocation: { ...given.invocation, endsAt } };
  return async (part) => {
    const sender = senderNames(context, part.redriven, part.event);
    let processed: ProcessedEvent = { part, disposition: EXHAUSTED, sender, approvals: [] };
    const attempt = async (): Promise<void> => {
      const { disposition, ...each } = await processPart(context, part);
      processed = { ...each, disposition: hasFailed(disposition) ? EXHAUSTED : disposition };
    };
    const logFailure = (error: unknown): void => {
      if (error instanceof LeaseLost) throw error;
      log.error('record-failed', { error: errorCode(error) });
    };
    if (budgetMs(context) > 0) await withDeadline(clock, endsAt, attempt().catch(logFailure));
    return processed;
  };
}

/** A busy event, like one whose lease was lost, is settled by the delivery that has the lease. */
const hasFailed = (disposition: Disposition): boolean => disposition.kind === 'retry' && disposition.code !== 'busy';

/**
 * Rejects if the ledger cannot be read, which only an event that was approved needs. A check of a key belongs to a run
 * that ended without a row: its approvals, which only that run knows, still count.
 */
async function approvalsOf({ runtime, delivery }: RecordContext, event: CanonicalEvent): Promise<readonly Approval[]> {
  const { ports } = runtime;
  if (delivery.approvalKeys.length === 0) return [];
  const plan = planOf(event);
  const isOurCheck = plan.kind === 'check' && plan.target.kind === 'key' && delivery.role === 'revoke';
  return isOurCheck
    ? readApprovals(ports, delivery.approvalKeys, { event: plan.parent, eventHash: undefined })
    : readApprovals(ports, delivery.approvalKeys, {
        event,
        eventHash: eventHash(ports, event),
        began: delivery.firstReceived,
      });
}

/** As far as the message says, before the event is looked at. */
function senderNames(
  { runtime, delivery }: RecordContext,
  redriven: Pick<Redriven, 'sender'> | undefined,
  event: CanonicalEvent | null,
): SenderNames {
  const id = senderIdOf(delivery, { redriven, source: event?.source }, runtime.settings.senders);
  return { id, name: id };
}

async function settleRefused(context: RecordContext, refused: RefusedParts): Promise<void> {
  const { reason, detail, ignored } = refused;
  const sender = senderNames(context, refused.redriven, null);
  const audit = auditor(context, null, sender.name);
  if (ignored) return audit({ phase: 'note', name: 'Event Ignored', detail: `ignored: ${detail}` });
  const { ports } = context.runtime;
  const deadLetter = { ...fromDelivery(context, refused), ...rawOf(context, refused), event: null, sender: sender.id };
  await ports.deadLetters.send(serializeDeadLetter({ ...deadLetter, reason, detail, lastStatus: null }));
  await audit({ phase: 'dead-letter', reason, detail });
}

const EXHAUSTED: Disposition = {
  kind: 'dead',
  reason: 'retries-exhausted',
  detail: 'the retry horizon has passed without a settled outcome',
};

interface DeadEvent {
  readonly part: EventPart;
  readonly dead: DeadDisposition;
  readonly sender: SenderNames;
  readonly approvals: readonly Approval[];
}

/** Forward, then audit, then close the event's row: a crash between leaves a second dead letter, never none. */
async function sendEventToDeadLetterQueue(
  context: RecordContext,
  { part, dead, sender, approvals }: DeadEvent,
): Promise<void> {
  const { event, redriven } = part;
  const { reason, detail, target, status, repeated, standing, principals, check, asOf } = dead;
  const { ports } = context.runtime;
  const held = isHoldReason(reason);
  // The row under this name is the true sender's: a stranger's event must not close it.
  const row = reason === 'held-unknown-sender' ? undefined : await rowOf(context, event, sender.id);
  const prefix = approvalPrefix(ports, event);
  const pointers = context.delivery.approvalKeys.filter((key) => key.startsWith(prefix));
  const deadLetter = {
    ...fromDelivery(context, redriven),
    event,
    sender: sender.id,
    ...(check && { check }),
    ...(asOf && { asOf }),
    ...(standing && { standing }),
    ...(principals && { principals }),
    ...(pointers.length > 0 && { approvals: pointers }),
    ...(planOf(event).kind === 'alert' && target?.kind === 'key' && { accessKeyId: target.accessKeyId }),
  };
  await ports.deadLetters.send(serializeDeadLetter({ ...deadLetter, reason, detail, lastStatus: status ?? null }));
  const phase = held ? 'hold' : 'dead-letter';
  const audit = auditor(context, event, sender.name, approvals);
  await audit({ phase, reason, detail, ...(target && { target }), ...(repeated && { repeated }) });
  // An open row would only let a duplicate be processed again.
  if (row !== undefined) await closeEvent(ports, row, held ? 'held' : 'dead').catch(() => warnNotClosed(context));
}

/**
 * The row that the dead letter closes. One that is scheduled, or that another sender's copy has claimed, is not what
 * failed. A ledger that cannot be read keeps no dead letter back.
 */
async function rowOf(context: RecordContext, event: CanonicalEvent, senderId: string): Promise<Claim | undefined> {
  const claim = await openRow(context.runtime.ports, event).catch(() => warnNotClosed(context));
  const { state, sender } = claim?.row ?? {};
  const isOthers = sender !== undefined && senderId !== '' && sender !== senderId;
  return state === 'open' && !isOthers ? claim : undefined;
}

function warnNotClosed({ runtime }: RecordContext): undefined {
  runtime.ports.log.warn('event-not-closed');
}

/** What a dead letter says of the message and of the dead letters in which its parts arrived. */
function fromDelivery(
  { runtime, delivery }: RecordContext,
  { firstSeen = '', replays = -1 }: { readonly firstSeen?: string; readonly replays?: number } = {},
): Pick<DeadLetter, 'lane' | 'attempts' | 'firstSeen' | 'lastSeen' | 'replays' | 'messageId'> {
  const now = runtime.ports.clock.now();
  const first = Number.isFinite(delivery.firstReceived) ? delivery.firstReceived : now;
  return {
    lane: delivery.lane,
    attempts: delivery.receiveCount,
    firstSeen: firstSeen || delivery.firstSeen || new Date(first).toISOString(),
    lastSeen: new Date(now).toISOString(),
    replays: Math.max(delivery.replays, replays + 1),
    messageId: delivery.messageId,
  };
}

const rawOf = (
  { runtime, delivery }: RecordContext,
  { text = delivery.body, parts }: RefusedParts,
): Pick<DeadLetter, 'raw' | 'parts'> => ({
  raw: rawText(text, runtime.ports.sha256),
  ...(parts === undefined ? {} : { parts }),
});
