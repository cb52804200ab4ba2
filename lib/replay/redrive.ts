/** One dead letter of a replay, with its audit records: the intent before anything is written, then the result. */
import { redact } from '../../events/secrets.ts';
import type { AuditEntry, AuditedDelivery, ReplayEntry } from '../audit/entry.ts';
import type { AuditFacts } from '../audit/record.ts';
import { writeAuditRecord } from '../audit/write.ts';
import type { Ports } from '../context.ts';
import type { QueuedDeadLetter } from '../dead-letters/iterate.ts';
import type { StoredDeadLetter } from '../dead-letters/read.ts';
import { pointerAttributes } from '../ledger/approvals.ts';
import { namedTarget, planOf } from '../model/plan.ts';
import { digestOf } from '../model/raw-digest.ts';
import { isHoldReason } from '../model/reasons.ts';
import { MAX_REPLAYS, type Operator, type ReplayCode } from '../model/replay-codes.ts';
import { originalSenderOf, type SenderSettings } from '../model/sender.ts';
import type { Settings } from '../model/settings.ts';
import { errorCode } from '../runtime/error-code.ts';
import { approve, checkApprovals } from './approve.ts';
import type { Bodies } from './bodies.ts';
import { checkRow } from './check-row.ts';

export type ReplaySettings = AuditFacts['settings'] & Pick<Settings, 'senders' | 'twoPersonApproval'>;

/** What all dead letters of a run share. */
export interface ReplayOperation {
  readonly ports: Pick<Ports, 'clock' | 'chance' | 'audit' | 'lanes' | 'table' | 'sha256' | 'log'>;
  readonly settings: ReplaySettings;
  readonly id: string;
  readonly operator: Operator;
  readonly dryRun: boolean;
  /** Holds are approved; otherwise their checks run again. */
  readonly approve: boolean;
  /** `aws:userid` of other operators who have approved the same. */
  readonly approvedBy: readonly string[];
  /** Keys of approvals that operators have stored; undefined: one is stored in the name of `operator`. */
  readonly approvals: readonly string[] | undefined;
  /** Undefined: each body is shown, and the caller lets none be approved beside another. */
  readonly bodies: Bodies | undefined;
  readonly requestId: string;
}

/** Sends a dead letter back to its queue. Never rejects: after a failure it stays in the dead-letter queue. */
export async function redrive(operation: ReplayOperation, queued: QueuedDeadLetter): Promise<ReplayCode> {
  if (operation.dryRun) {
    const prepared = await prepare(operation, queued.deadLetter);
    return prepared.kind === 'ready' ? 'sent' : prepared.kind;
  }
  if (!(await tryRecord(operation, queued, 'intent'))) return 'not-recorded';
  const prepared = await prepare(operation, queued.deadLetter);
  const code = prepared.kind === 'ready' ? await forwardAndDelete(operation, queued, prepared.keys) : prepared.kind;
  // Without this record the intent stays open: the result is unknown.
  await tryRecord(operation, queued, code);
  return code;
}

/** Writes why a dead letter stays to the audit log. Never rejects. */
export async function recordUnsent(
  operation: ReplayOperation,
  queued: QueuedDeadLetter,
  code: ReplayCode,
): Promise<ReplayCode> {
  return operation.dryRun || (await tryRecord(operation, queued, code)) ? code : 'not-recorded';
}

/** `ready`: the event may be sent, with the keys of its approvals. Otherwise why it stays. */
type Prepared =
  | { readonly kind: 'ready'; readonly keys: readonly string[] }
  | { readonly kind: Exclude<ReplayCode, 'sent'> };

/** Never rejects. A text without a readable event has no row, and no hold that could be approved. */
async function prepare(operation: ReplayOperation, deadLetter: StoredDeadLetter): Promise<Prepared> {
  const { event, resend, messageId } = deadLetter;
  if (event === null || resend.kind !== 'event') return { kind: 'ready', keys: [] };
  try {
    return await prepareEvent(operation, deadLetter, event);
  } catch (error) {
    operation.ports.log.warn('ledger-failed', { messageId, error: errorCode(error) });
    return { kind: 'ledger-failed' };
  }
}

async function prepareEvent(
  { ports, settings, id, operator, dryRun, approvedBy, approvals: keys, bodies, ...operation }: ReplayOperation,
  deadLetter: StoredDeadLetter,
  event: NonNullable<StoredDeadLetter['event']>,
): Promise<Prepared> {
  const { reason, approvals: earlier = [] } = deadLetter;
  const approves = operation.approve && isHoldReason(reason);
  const state = await checkRow(ports, { event, approves, replaces: approves && reason === 'held-conflict' });
  // A body that the ledger rules out is none of two that could be meant.
  if (approves && state !== 'body-differs' && bodies?.isOnly(event) === false) return { kind: 'needs-message-id' };
  if (state !== 'ready') return { kind: state };
  if (!approves) return { kind: 'ready', keys: earlier };
  const request = { deadLetter, event, reason, twoPerson: settings.twoPersonApproval };
  const result =
    keys === undefined
      ? await approve(ports, { ...request, operator, operationId: id, approvedBy, dryRun })
      : await checkApprovals(ports, { ...request, keys });
  // What was approved before, for another hold of the event, still counts.
  return result.kind === 'approved'
    ? { kind: 'ready', keys: [...new Set([...earlier, ...result.keys])] }
    : { kind: result.kind };
}

/** Forward, then delete: a crash in between leaves the dead letter, and an event that is sent twice is settled once. */
async function forwardAndDelete(
  { ports, id, settings }: ReplayOperation,
  queued: QueuedDeadLetter,
  approvalKeys: readonly string[],
): Promise<ReplayCode> {
  const { deadLetter, remove } = queued;
  const { lane, resend, replays, firstSeen, messageId } = deadLetter;
  if (resend.kind === 'none') return resend.code;
  const sender = originalSender(queued, settings);
  const attributes = {
    replayId: id,
    replays: String(replays + 1),
    firstSeen: new Date(firstSeen).toISOString(),
    // SQS refuses an empty attribute.
    ...(sender === '' ? {} : { sender }),
    ...pointerAttributes(approvalKeys),
  };
  let code: ReplayCode = 'not-sent';
  try {
    await ports.lanes.send(lane, resend.body, { attributes });
    code = 'not-removed';
    await remove();
    return 'sent';
  } catch (error) {
    ports.log.warn(code, { messageId, error: errorCode(error) });
    return code;
  }
}

/** As Sender.id; empty: unknown. The consumer believes it, since a replay says so. */
export function originalSender(
  { deadLetter, message }: Omit<QueuedDeadLetter, 'remove'>,
  { senders }: { readonly senders: Pick<SenderSettings, 'own'> },
): string {
  const { senderId, attributes } = message;
  const { event, sender } = deadLetter;
  const sentFor = attributes.sender ?? '';
  return originalSenderOf({ senderId, sentFor, deadLetterSays: sender, source: event?.source }, senders);
}

/** The dead letter as a delivery; it has no sender of its own. */
export const auditedDelivery = (
  { sha256 }: Pick<Ports, 'sha256'>,
  { deadLetter, message, requestId }: Omit<QueuedDeadLetter, 'remove'> & { readonly requestId: string },
): AuditedDelivery => ({
  messageId: deadLetter.messageId,
  receiveCount: message.receiveCount,
  lane: deadLetter.lane,
  senderId: '',
  requestId,
  replays: deadLetter.replays,
  ...digestOf(redact(message.body), sha256),
});

async function tryRecord(
  operation: ReplayOperation,
  queued: QueuedDeadLetter,
  code: 'intent' | ReplayCode,
): Promise<boolean> {
  const { ports, settings, requestId } = operation;
  const { deadLetter } = queued;
  const delivery = auditedDelivery(ports, { ...queued, requestId });
  const entry = entryOf(operation, deadLetter, code);
  try {
    await writeAuditRecord(ports, { entry, event: deadLetter.event, delivery, settings });
    return true;
  } catch (error) {
    ports.log.error('not-recorded', { messageId: deadLetter.messageId, error: errorCode(error) });
    return false;
  }
}

const entryOf = (
  { id, operator, approve }: ReplayOperation,
  deadLetter: StoredDeadLetter,
  code: 'intent' | ReplayCode,
): AuditEntry => ({
  phase: 'replay',
  code,
  reason: deadLetter.reason,
  operationId: id,
  operator,
  origin: deadLetter.origin,
  ...(code === 'intent' && approve ? releasesOf(deadLetter) : {}),
  ...auditTargetOf(deadLetter.event),
});

/** What the approval covers. */
function releasesOf({ reason, replays }: StoredDeadLetter): Pick<ReplayEntry, 'releases'> {
  if (isHoldReason(reason)) return { releases: reason };
  return replays >= MAX_REPLAYS ? { releases: 'replay-limit' } : {};
}

/** The target that the event itself names. */
export function auditTargetOf(event: StoredDeadLetter['event']): Pick<ReplayEntry, 'target'> {
  const target = event === null ? undefined : namedTarget(planOf(event));
  return target === undefined ? {} : { target };
}
