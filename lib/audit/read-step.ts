/**
 * Reads an audit record as a step in the processing of its event. Any file may be read as a log: a field of another
 * type counts as absent.
 */
import { fieldsOf, isRecord } from '../../events/shapes.ts';
import { ownerOfArn } from '../model/replay-codes.ts';
import type { AuditLine } from './read-line.ts';

export interface ReplayDetails {
  readonly operator: string;
  /** The name is self-reported, not verified by AWS. */
  readonly claimed: boolean;
  readonly operationId: string;
  /** The hold, or `replay-limit`, that the operator approves; empty: none. */
  readonly releases: string;
}

export interface DiscardDetails extends Pick<ReplayDetails, 'operator' | 'claimed' | 'operationId'> {
  /** Text of the operator. */
  readonly why: string;
}

/** An approval that the run used. */
export interface ApprovalDetails {
  readonly key: string;
  readonly reason: string;
  /** `aws:userid` of the operator: the end of the key, which IAM has verified. */
  readonly userId: string;
  readonly operator: string;
  /** The operator's name is not known to be of that user. */
  readonly claimed: boolean;
  readonly operationId: string;
}

export interface AuditStep {
  /** Epoch ms. */
  readonly time: number;
  readonly phase: string;
  /** `status_detail`: the outcome, the reason code, or the code of a note. */
  readonly code: string;
  /** OCSF's activity name; a note has its own. */
  readonly name: string;
  /** Key id or principal; empty: none. */
  readonly target: string;
  readonly detail: string;
  /** The API's status, or the fault: `200`, `timeout`; empty: no call. */
  readonly answer: string;
  readonly attempt: number;
  /** How often the message was received. */
  readonly delivery: number;
  /** The invocation that wrote it. */
  readonly request: string;
  readonly verifiedBy: string;
  /** Counts of live keys; absent: not counted. */
  readonly keysBefore?: number;
  readonly keysAfter?: number;
  readonly late: boolean;
  readonly shared: boolean;
  readonly replay?: ReplayDetails;
  readonly approvals?: readonly ApprovalDetails[];
  readonly discard?: DiscardDetails;
}

/** What all audit records of one event have in common. */
export interface EventSummary {
  /** Identifies the event. */
  readonly key: string;
  /** The event's id; empty: the message held none. */
  readonly id: string;
  readonly type: string;
  /** Claimed by the sender. */
  readonly source: string;
  readonly claimedTime: string;
  /** SQS' SenderId, or the webhook's source and address. */
  readonly sender: string;
  readonly messageId: string;
  readonly lane: string;
  /** The key of the event that a follow-up check is about. */
  readonly parent?: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isNumber = (value: unknown): value is number => Number.isFinite(value);
const number = (value: unknown): number => (isNumber(value) ? value : 0);

/** Undefined: the record is a checkpoint, or about the whole organization. */
export function eventSummaryOf({ record }: AuditLine): EventSummary | undefined {
  const [metadata, unmapped] = [fieldsOf(record.metadata), fieldsOf(record.unmapped)];
  if (unmapped.phase === 'checkpoint' || unmapped.phase === 'reconcile') return undefined;
  const source = fieldsOf(unmapped.source);
  const summary = {
    id: text(metadata.correlation_uid),
    type: text(metadata.event_code),
    source: text(source.claimed),
    claimedTime: text(metadata.original_time),
    sender: text(source.sender_id),
    messageId: text(metadata.original_event_uid),
    lane: text(unmapped.lane),
  };
  // A replay or a discard of an unreadable message belongs to the message that was dead-lettered.
  const origin = text(fieldsOf(unmapped.replay ?? unmapped.discard).origin);
  const message = origin || summary.messageId;
  const key = JSON.stringify(summary.id === '' ? ['message', message] : [summary.source, summary.id]);
  const { parent } = unmapped;
  const about = isRecord(parent) ? { parent: JSON.stringify([text(parent.source), text(parent.id)]) } : {};
  return { key, ...summary, ...about };
}

export function stepOf({ record, time }: AuditLine): AuditStep {
  const unmapped = fieldsOf(record.unmapped);
  const target = fieldsOf(unmapped.target);
  const before = countOf(unmapped.keys_before);
  const after = countOf(unmapped.keys_after);
  return {
    time,
    phase: text(unmapped.phase),
    code: text(record.status_detail),
    name: text(record.activity_name),
    target: text(target.accessKeyId) || text(target.principalName),
    detail: text(unmapped.detail),
    answer: text(unmapped.fault) || text(record.status_code),
    attempt: number(unmapped.attempt),
    delivery: number(unmapped.receive_count),
    request: text(unmapped.request_id),
    verifiedBy: text(unmapped.verified_by),
    ...(before === undefined ? {} : { keysBefore: before }),
    ...(after === undefined ? {} : { keysAfter: after }),
    late: unmapped.late_key === true,
    shared: unmapped.shared === true,
    ...(isRecord(unmapped.replay) ? { replay: replayDetailsOf(unmapped.replay) } : {}),
    ...(Array.isArray(unmapped.approvals) ? { approvals: unmapped.approvals.map(approvalDetailsOf) } : {}),
    ...(isRecord(unmapped.discard) ? { discard: discardDetailsOf(unmapped.discard) } : {}),
  };
}

const countOf = (keys: unknown): number | undefined =>
  isRecord(keys) && isNumber(keys.count) ? keys.count : undefined;

type Fields = Readonly<Record<string, unknown>>;

const replayDetailsOf = (details: Fields): ReplayDetails => ({
  ...operationOf(details),
  releases: text(details.releases),
});

function approvalDetailsOf(approval: unknown): ApprovalDetails {
  const fields = fieldsOf(approval);
  const [key, operator] = [text(fields.key), text(fields.operator)];
  const userId = key.slice(key.lastIndexOf('#') + 1);
  return {
    key,
    reason: text(fields.reason),
    userId,
    operator,
    claimed: ownerOfArn(operator, userId) !== 'proven',
    operationId: text(fields.operation_id),
  };
}

const discardDetailsOf = (details: Fields): DiscardDetails => ({ ...operationOf(details), why: text(details.why) });

function operationOf({ operator, operation_id: operationId }: Fields): Omit<ReplayDetails, 'releases'> {
  const { name, arn, claimed } = fieldsOf(operator);
  return {
    operator: text(arn) || text(name),
    claimed: claimed !== false || text(arn) === '',
    operationId: text(operationId),
  };
}
