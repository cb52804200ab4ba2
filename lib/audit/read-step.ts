/** One audit record as a step of its event's story. Any file may be read as a log: a field of another type counts as absent. Pure. */
import { isRecord } from '../../events/shapes.ts';
import type { AuditLine } from './read-line.ts';

export interface Release {
  readonly operator: string;
  /** The name is their own word, not that of AWS. */
  readonly claimed: boolean;
  readonly operationId: string;
  /** The hold, or `replay-limit`, that it releases; empty: nothing. */
  readonly releases: string;
}

export interface Step {
  /** Epoch ms. */
  readonly time: number;
  readonly phase: string;
  /** `status_detail`: the outcome, the reason, or what a note says. */
  readonly code: string;
  /** What OCSF calls it: a note's own name. */
  readonly name: string;
  /** Key id or principal; empty: none. */
  readonly target: string;
  readonly detail: string;
  /** The API's answer, or why there was none: `200`, `timeout`; empty: no call. */
  readonly answer: string;
  readonly attempt: number;
  /** How often the message was received. */
  readonly delivery: number;
  /** The invocation that wrote it. */
  readonly request: string;
  readonly verifiedBy: string;
  /** Live keys before and after, where they were counted. */
  readonly keysBefore?: number;
  readonly keysAfter?: number;
  readonly late: boolean;
  readonly shared: boolean;
  readonly replay?: Release;
}

/** What all records of one event say alike. */
export interface About {
  /** Names the event among all others. */
  readonly key: string;
  /** The event's id; empty: the message held none. */
  readonly id: string;
  readonly type: string;
  /** The sender's claims: where it comes from, and when it was seen. */
  readonly source: string;
  readonly claimedTime: string;
  /** Who sent it, by AWS' word. */
  readonly sender: string;
  readonly messageId: string;
  readonly lane: string;
}

type Fields = Readonly<Record<string, unknown>>;
const EMPTY: Fields = {};
const inner = (value: unknown): Fields => (isRecord(value) ? value : EMPTY);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isNumber = (value: unknown): value is number => Number.isFinite(value);
const number = (value: unknown): number => (isNumber(value) ? value : 0);

/** Takes a record; returns what it is about, or undefined for a checkpoint. */
export function aboutOf({ record }: AuditLine): About | undefined {
  const [metadata, unmapped] = [inner(record.metadata), inner(record.unmapped)];
  if (unmapped.phase === 'checkpoint') return undefined;
  const source = inner(unmapped.source);
  const about = {
    id: text(metadata.correlation_uid),
    type: text(metadata.event_code),
    source: text(source.claimed),
    claimedTime: text(metadata.original_time),
    sender: text(source.sender_id),
    messageId: text(metadata.original_event_uid),
    lane: text(unmapped.lane),
  };
  const key = JSON.stringify(about.id === '' ? ['message', about.messageId] : [about.source, about.id]);
  return { key, ...about };
}

/** Takes a record; returns it as a step. */
export function stepOf({ record, time }: AuditLine): Step {
  const unmapped = inner(record.unmapped);
  const target = inner(unmapped.target);
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
    ...(isRecord(unmapped.replay) ? { replay: releaseOf(unmapped.replay) } : {}),
  };
}

const countOf = (keys: unknown): number | undefined =>
  isRecord(keys) && isNumber(keys.count) ? keys.count : undefined;

function releaseOf({ operator, operation_id: operationId, releases }: Fields): Release {
  const { name, arn, claimed } = inner(operator);
  return {
    operator: text(arn) || text(name),
    claimed: claimed !== false || text(arn) === '',
    operationId: text(operationId),
    releases: text(releases),
  };
}
