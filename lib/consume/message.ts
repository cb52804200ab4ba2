/**
 * One message: each event in it is processed by itself, then the message as a whole; dead events are dead-lettered
 * before it ends.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { auditor, type Delivery, type Invocation, latestNow, type RecordContext, type Runtime } from '../context.ts';
import { type DeadLetter, type RawText, rawText, serializeDeadLetter } from '../dead-letters/dead-letter.ts';
import { type Claim, closeEvent, openRow } from '../ledger/events.ts';
import { type DeadDisposition, type Disposition, DONE, isExhausted, messageDisposition } from '../model/disposition.ts';
import { HELD_CONFLICT, isHoldReason } from '../model/reasons.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import { processEvent } from './dispatch.ts';
import { type EventPart, parseMessage, type RefusedPart } from './parse-message.ts';

interface ProcessedPart {
  readonly part: EventPart | RefusedPart;
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
  const parts = parseMessage(delivery.body, latestNow(context));
  const processed = await mapWithConcurrency(CONCURRENT_EVENTS, parts, async (part): Promise<ProcessedPart> => {
    if (part.kind === 'refusal') return { part, disposition: await processRefusal(context, part) };
    if (exhausted) return { part, disposition: EXHAUSTED };
    const { event, redriven } = part;
    const audit = auditor(context, event);
    return { part, disposition: await processEvent({ ...context, event, redriven: redriven !== undefined, audit }) };
  });

  const message = messageDisposition(processed.map(({ disposition }) => disposition));
  if (message.kind === 'retry') return message;
  const rawOf = memoizeRawText(context);
  await mapWithConcurrency(CONCURRENT_EVENTS, processed, async ({ part, disposition }) => {
    if (disposition.kind === 'dead') await sendToDeadLetterQueue(context, { part, dead: disposition, rawOf });
  });
  return message;
}

/** Ignored events skip the retry-horizon check. */
async function processRefusal(context: RecordContext, { reason, detail, ignored }: RefusedPart): Promise<Disposition> {
  if (ignored === undefined) return { kind: 'dead', reason, detail };
  await auditor(context, null)({ phase: 'note', name: 'Event Ignored', detail: `ignored: ${detail}` });
  return DONE;
}

const EXHAUSTED: Disposition = {
  kind: 'dead',
  reason: 'retries-exhausted',
  detail: 'the retry horizon has passed without a settled outcome',
};

interface DeadPart {
  readonly part: EventPart | RefusedPart;
  readonly dead: DeadDisposition;
  readonly rawOf: (part: RefusedPart) => RawText;
}

/** Forward, then audit, then close the event's row: a crash between leaves a second dead letter, never none. */
async function sendToDeadLetterQueue(context: RecordContext, deadPart: DeadPart): Promise<void> {
  const { part, dead } = deadPart;
  const { runtime, delivery } = context;
  const { deadLetters, clock } = runtime.ports;
  const { reason, detail, target } = dead;
  const held = isHoldReason(reason) || reason === HELD_CONFLICT;
  const event = part.kind === 'event' ? part.event : null;
  const row = event === null ? undefined : await rowOf(context, event);
  await deadLetters.send(serializeDeadLetter(deadLetterOf(delivery, deadPart, clock.now())));
  await auditor(context, event)({ phase: held ? 'hold' : 'dead-letter', reason, detail, ...(target && { target }) });
  // An open row would only let a duplicate be processed again.
  if (row !== undefined) {
    await closeEvent(runtime.ports, row, held ? 'held' : 'dead').catch(() => warnNotClosed(context));
  }
}

/** A ledger that cannot be read keeps no dead letter back. */
const rowOf = (context: RecordContext, event: CanonicalEvent): Promise<Claim | undefined> =>
  openRow(context.runtime.ports, event).catch(() => warnNotClosed(context));

function warnNotClosed({ runtime }: RecordContext): undefined {
  runtime.ports.log.warn('event-not-closed');
}

function deadLetterOf(delivery: Delivery, { part, dead, rawOf }: DeadPart, now: number): DeadLetter {
  const first = Number.isFinite(delivery.firstReceived) ? delivery.firstReceived : now;
  return {
    reason: dead.reason,
    detail: dead.detail,
    event: part.kind === 'event' ? part.event : null,
    ...(part.kind === 'event' ? {} : { raw: rawOf(part) }),
    lane: delivery.lane,
    attempts: delivery.receiveCount,
    firstSeen: part.redriven?.firstSeen || delivery.firstSeen || new Date(first).toISOString(),
    lastSeen: new Date(now).toISOString(),
    lastStatus: dead.status ?? null,
    replays: Math.max(delivery.replays, (part.redriven?.replays ?? -1) + 1),
    messageId: delivery.messageId,
  };
}

/**
 * What the dead letters of one message keep of its text: masking a long text takes long enough to do it once for all
 * its parts.
 */
function memoizeRawText({ runtime, delivery }: RecordContext): DeadPart['rawOf'] {
  const kept = new Map<string, RawText>();
  return ({ redriven }) => {
    const text = redriven?.text ?? delivery.body;
    const known = kept.get(text);
    if (known !== undefined) return known;
    const raw = rawText(text, runtime.ports.sha256);
    kept.set(text, raw);
    return raw;
  };
}
