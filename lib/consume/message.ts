/**
 * One message: each event in it is processed by itself, then the message as a whole; dead events are dead-lettered
 * before it ends.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { auditor, type Delivery, type Invocation, type RecordContext, type Runtime } from '../context.ts';
import { type DeadLetter, rawText, serializeDeadLetter } from '../dead-letters/dead-letter.ts';
import { type Claim, closeEvent, openRow } from '../ledger/events.ts';
import { type DeadDisposition, type Disposition, isExhausted, messageDisposition } from '../model/disposition.ts';
import { HELD_CONFLICT, isHoldReason } from '../model/reasons.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import { processEvent } from './dispatch.ts';
import { type EventPart, parseMessage } from './parse-message.ts';
import { groupRefusals, type RefusedParts } from './refused-parts.ts';

interface ProcessedEvent {
  readonly part: EventPart;
  readonly disposition: Disposition;
}

/** Events of one message that are processed at once. */
const CONCURRENT_EVENTS = 8;

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
  const parts = parseMessage(delivery.body, now);
  const events = parts.filter((part) => part.kind === 'event');
  const processed = await mapWithConcurrency(CONCURRENT_EVENTS, events, async (part): Promise<ProcessedEvent> => {
    if (exhausted) return { part, disposition: EXHAUSTED };
    const { event, redriven } = part;
    const audit = auditor(context, event);
    return { part, disposition: await processEvent({ ...context, event, redriven: redriven !== undefined, audit }) };
  });

  const message = messageDisposition(processed.map(({ disposition }) => disposition));
  if (message.kind === 'retry') return message;
  // Ignored events skip the retry-horizon check.
  await mapWithConcurrency(CONCURRENT_EVENTS, groupRefusals(parts), (refused) => settleRefused(context, refused));
  await mapWithConcurrency(CONCURRENT_EVENTS, processed, async ({ part, disposition }) => {
    if (disposition.kind === 'dead') await sendEventToDeadLetterQueue(context, part, disposition);
  });
  return message;
}

async function settleRefused(context: RecordContext, refused: RefusedParts): Promise<void> {
  const { reason, detail, ignored } = refused;
  if (ignored) return auditor(context, null)({ phase: 'note', name: 'Event Ignored', detail: `ignored: ${detail}` });
  const { ports } = context.runtime;
  const deadLetter = { ...fromDelivery(context, refused), ...rawOf(context, refused), event: null };
  await ports.deadLetters.send(serializeDeadLetter({ ...deadLetter, reason, detail, lastStatus: null }));
  await auditor(context, null)({ phase: 'dead-letter', reason, detail });
}

const EXHAUSTED: Disposition = {
  kind: 'dead',
  reason: 'retries-exhausted',
  detail: 'the retry horizon has passed without a settled outcome',
};

/** Forward, then audit, then close the event's row: a crash between leaves a second dead letter, never none. */
async function sendEventToDeadLetterQueue(
  context: RecordContext,
  { event, redriven = NOT_REDRIVEN }: EventPart,
  { reason, detail, target, status, repeated }: DeadDisposition,
): Promise<void> {
  const { ports } = context.runtime;
  const held = isHoldReason(reason) || reason === HELD_CONFLICT;
  const row = await rowOf(context, event);
  const deadLetter = { ...fromDelivery(context, redriven), event };
  await ports.deadLetters.send(serializeDeadLetter({ ...deadLetter, reason, detail, lastStatus: status ?? null }));
  const phase = held ? 'hold' : 'dead-letter';
  await auditor(context, event)({ phase, reason, detail, ...(target && { target }), ...(repeated && { repeated }) });
  // An open row would only let a duplicate be processed again.
  if (row !== undefined) await closeEvent(ports, row, held ? 'held' : 'dead').catch(() => warnNotClosed(context));
}

/** A ledger that cannot be read keeps no dead letter back. */
const rowOf = (context: RecordContext, event: CanonicalEvent): Promise<Claim | undefined> =>
  openRow(context.runtime.ports, event).catch(() => warnNotClosed(context));

function warnNotClosed({ runtime }: RecordContext): undefined {
  runtime.ports.log.warn('event-not-closed');
}

const NOT_REDRIVEN = { firstSeen: '', replays: -1 } as const;

/** What a dead letter says of the message and of the dead letters in which its parts arrived. */
function fromDelivery(
  { runtime, delivery }: RecordContext,
  { firstSeen, replays = -1 }: { readonly firstSeen: string; readonly replays?: number },
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

function rawOf(
  { runtime, delivery }: RecordContext,
  { text = delivery.body, parts }: RefusedParts,
): Pick<DeadLetter, 'raw' | 'parts'> {
  const size = new TextEncoder().encode(text).length;
  const raw = rawText(text, { sha256: runtime.ports.sha256(text), size });
  return { raw, ...(parts === undefined ? {} : { parts }) };
}
