/** Who sent an event, through our own functions too, and whether that sender may send it. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Delivery, RecordContext } from '../context.ts';
import { type Approval, coverageOf } from '../ledger/approval.ts';
import { bodyHash, eventKey, readEvent } from '../ledger/events.ts';
import type { Hold } from '../model/reasons.ts';
import {
  type Admission,
  admitSender,
  authorityOfSource,
  originalSenderOf,
  ownSender,
  type Sender,
  type SenderSettings,
  unboundSender,
} from '../model/sender.ts';
import type { EventPart, Redriven } from './parse-message.ts';

/** `sender`: may send the event. `hold`: may not, as far as is known; `id` says who it was. */
export type Identification =
  | { readonly kind: 'sender'; readonly sender: Sender }
  | { readonly kind: 'hold'; readonly id: string; readonly hold: Hold };

/** Rejects if the ledger cannot be read. It is read only for events that a schedule or a replay sends. */
export async function identifySender(
  context: RecordContext,
  { event, redriven }: Pick<EventPart, 'event' | 'redriven'>,
  approvals: readonly Approval[],
): Promise<Identification> {
  const { runtime, delivery } = context;
  const { senders, twoPersonApproval } = runtime.settings;
  const id = senderIdOf(delivery, { redriven, source: event.source }, senders);
  const isScheduled = SCHEDULED_BY.has(id) && event.type === 'user.offboarded.v1';
  const admission = isScheduled ? await admitScheduled(context, event) : admitSender(id, event, senders);
  if (admission.kind === 'sender') return admission;
  // Its targets are not known yet: the hash of the event binds the approval.
  const approved = coverageOf(approvals, [], twoPersonApproval);
  if (approved({ reason: 'held-unknown-sender' }))
    return { kind: 'sender', sender: unboundSender(id, event.source, senders) };
  return { kind: 'hold', id, hold: { reason: 'held-unknown-sender', detail: admission.rule } };
}

/** A delayed message of our own functions, or a message of a schedule. */
const SCHEDULED_BY: ReadonlySet<string> = new Set([ownSender('revoke'), ownSender('scheduler')]);

/** As Sender.id; empty: unknown. */
export const senderIdOf = (
  { senderId, sentFor }: Delivery,
  {
    redriven,
    source,
  }: { readonly redriven: Pick<Redriven, 'sender'> | undefined; readonly source: string | undefined },
  senders: SenderSettings,
): string => {
  const deadLetterSays = redriven && (redriven.sender ?? '');
  return originalSenderOf({ senderId, sentFor, deadLetterSays, source }, senders);
};

/** The sender of a scheduled event is in its row. */
async function admitScheduled(
  { runtime: { ports, settings } }: RecordContext,
  event: CanonicalEvent,
): Promise<Admission> {
  const stored = await readEvent(ports, eventKey(ports, event));
  if (stored?.row.bodyHash !== bodyHash(ports, event))
    return { kind: 'rule', rule: 'rule: the event was not scheduled' };
  const { sender = '', authority = authorityOfSource(event.source, settings.senders) } = stored.row;
  return { kind: 'sender', sender: { id: sender, name: nameOf(sender, settings.senders), authority } };
}

const nameOf = (id: string, { bindings = [] }: RecordContext['runtime']['settings']['senders']): string =>
  bindings.find(({ senderId }) => senderId === id)?.name ?? id;
