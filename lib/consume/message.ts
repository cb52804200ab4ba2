/**
 * One message: each event in it is processed by itself, then the message as a whole; dead events are dead-lettered
 * before it ends.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { auditor, type Delivery, type Invocation, latestNow, type RecordContext, type Runtime } from '../context.ts';
import { type DeadLetter, type RawText, rawText, serializeDeadLetter } from '../dead-letters/dead-letter.ts';
import { type Claim, closeEvent, openRow } from '../ledger/events.ts';
import {
  type DeadDisposition,
  type Disposition,
  DONE,
  heldBy,
  isExhausted,
  messageDisposition,
} from '../model/disposition.ts';
import { namedTarget, planOf } from '../model/plan.ts';
import { HELD_CONFLICT, isHoldReason } from '../model/reasons.ts';
import type { Sender } from '../model/sender.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import { processEvent } from './dispatch.ts';
import { type EventPart, parseMessage, type RefusedPart } from './parse-message.ts';
import { identifySender, senderIdOf } from './sender.ts';

interface ProcessedPart {
  readonly part: EventPart | RefusedPart;
  readonly disposition: Disposition;
  readonly sender: SenderNames;
}

type SenderNames = Pick<Sender, 'id' | 'name'>;

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
  const parts = parseMessage(delivery.body, { now: latestNow(context), opensDeadLetters: delivery.role !== undefined });
  const processed = await mapWithConcurrency(CONCURRENT_EVENTS, parts, async (part): Promise<ProcessedPart> => {
    const sender = senderNames(context, part);
    if (part.kind === 'refusal') return { part, disposition: await processRefusal(context, part), sender };
    if (exhausted) return { part, disposition: EXHAUSTED, sender };
    return processPart(context, part);
  });

  const message = messageDisposition(processed.map(({ disposition }) => disposition));
  if (message.kind === 'retry') return message;
  const rawOf = memoizeRawText(context);
  await mapWithConcurrency(CONCURRENT_EVENTS, processed, async ({ part, disposition, sender }) => {
    if (disposition.kind === 'dead') await sendToDeadLetterQueue(context, { part, dead: disposition, sender, rawOf });
  });
  return message;
}

async function processPart(context: RecordContext, part: EventPart): Promise<ProcessedPart> {
  const identified = await identifySender(context, part);
  if (identified.kind === 'hold') {
    const { id, hold } = identified;
    return { part, disposition: heldBy(hold, namedTarget(planOf(part.event))), sender: { id, name: id } };
  }
  const { event, redriven } = part;
  const { sender } = identified;
  const audit = auditor(context, event, sender.name);
  const disposition = await processEvent({ ...context, event, sender, redriven: redriven !== undefined, audit });
  return { part, disposition, sender };
}

/** As far as the message says, before the event is looked at. */
function senderNames({ runtime, delivery }: RecordContext, part: EventPart | RefusedPart): SenderNames {
  const source = part.kind === 'event' ? part.event.source : undefined;
  const id = senderIdOf(delivery, { redriven: part.redriven, source }, runtime.settings.senders);
  return { id, name: id };
}

/** Ignored events skip the retry-horizon check. */
async function processRefusal(context: RecordContext, part: RefusedPart): Promise<Disposition> {
  const { reason, detail, ignored } = part;
  if (ignored === undefined) return { kind: 'dead', reason, detail };
  await auditor(
    context,
    null,
    senderNames(context, part).name,
  )({ phase: 'note', name: 'Event Ignored', detail: `ignored: ${detail}` });
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
  readonly sender: SenderNames;
  readonly rawOf: (part: RefusedPart) => RawText;
}

/** Forward, then audit, then close the event's row: a crash between leaves a second dead letter, never none. */
async function sendToDeadLetterQueue(context: RecordContext, deadPart: DeadPart): Promise<void> {
  const { part, dead, sender } = deadPart;
  const { runtime, delivery } = context;
  const { deadLetters, clock } = runtime.ports;
  const { reason, detail, target } = dead;
  const held = isHoldReason(reason) || reason === HELD_CONFLICT;
  const event = part.kind === 'event' ? part.event : null;
  // The row under this name is the true sender's: a stranger's event must not close it.
  const row = event === null || reason === 'held-unknown-sender' ? undefined : await rowOf(context, event);
  await deadLetters.send(serializeDeadLetter(deadLetterOf(delivery, deadPart, clock.now())));
  await auditor(
    context,
    event,
    sender.name,
  )({ phase: held ? 'hold' : 'dead-letter', reason, detail, ...(target && { target }) });
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

function deadLetterOf(delivery: Delivery, { part, dead, sender, rawOf }: DeadPart, now: number): DeadLetter {
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
    sender: sender.id,
    ...(dead.standing === undefined ? {} : { standing: dead.standing }),
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
