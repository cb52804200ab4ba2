/**
 * The audit record: one OCSF 1.9.0 User Management event per step, with the sender's claims apart from what AWS has
 * verified. It holds ids, codes and counts; never a secret, a token, a body or an error message.
 */
import type { CanonicalEvent, CheckEvent } from '../../events/canonical.ts';
import { REVOKE_PATHS } from '../coreweave/api.ts';
import { inOrder, type JsonInput } from '../model/json.ts';
import type { KeyList } from '../model/key.ts';
import type { RevocationCall } from '../model/outcome.ts';
import type { Target } from '../model/plan.ts';
import { type Operator, ownerOfArn, REPLAY_CODES } from '../model/replay-codes.ts';
import type { Settings } from '../model/settings.ts';
import { VERSION } from '../model/version.ts';
import type { AuditEntry, AuditedDelivery, DiscardEntry, ReplayEntry } from './entry.ts';
import {
  classify,
  DISCARD_TERMS,
  OUTCOME_TERMS,
  PHASE_TERMS,
  RECONCILE_TERMS,
  REPLAY_TERMS,
  type Terms,
} from './ocsf-terms.ts';

export type AuditRecord = { readonly [key: string]: JsonInput | undefined };

declare const ordered: unique symbol;
/** One that `recordOf` made. */
export type OrderedRecord = AuditRecord & { readonly [ordered]: true };

export interface AuditFacts {
  readonly id: string;
  /** Epoch ms. */
  readonly now: number;
  readonly entry: AuditEntry;
  readonly event: CanonicalEvent | null;
  readonly delivery: AuditedDelivery;
  readonly settings: Pick<Settings, 'handler' | 'apiHost' | 'configHash' | 'mode'>;
}

/** OCSF 1.9.0, class 3007, profile security_control. */
export function auditRecord({ id, now, entry, event, delivery, settings }: AuditFacts): OrderedRecord {
  const { call, target, name } = { ...BLANK, ...entry };
  return recordOf(classify(entry.phase, termsOf(entry), name), {
    actor: actorOf(settings.handler),
    http_request: call && requestOf(call, settings.apiHost),
    http_response: call && responseOf(call),
    metadata: metadataOf(id, event, delivery),
    raw_data_hash: { algorithm: 'SHA-256', algorithm_id: 3, value: delivery.sha256 },
    raw_data_size: delivery.size,
    status_code: call?.status === undefined ? undefined : String(call.status),
    status_detail: codeOf(entry),
    time: now,
    unmapped: unmappedOf(entry, { event, delivery, settings }),
    user: userOf(target, event),
  });
}

/**
 * A record with its fields in the canonical order, which the objects in it must have too: its hash is of what
 * JSON.stringify writes. Putting 180 names in order would take a twentieth of the CPU of a leak. (RFC 8785 §3.2.3)
 */
export const recordOf = (terms: ReturnType<typeof classify>, fields: AuditRecord): OrderedRecord =>
  ({
    action: terms.action,
    action_id: terms.action_id,
    activity_id: terms.activity_id,
    activity_name: terms.activity_name,
    actor: fields.actor,
    attestation_list: undefined,
    category_uid: terms.category_uid,
    class_uid: terms.class_uid,
    disposition: terms.disposition,
    disposition_id: terms.disposition_id,
    http_request: fields.http_request,
    http_response: fields.http_response,
    metadata: fields.metadata,
    raw_data_hash: fields.raw_data_hash,
    raw_data_size: fields.raw_data_size,
    severity: terms.severity,
    severity_id: terms.severity_id,
    status: terms.status,
    status_code: fields.status_code,
    status_detail: fields.status_detail,
    status_id: terms.status_id,
    time: fields.time,
    type_uid: terms.type_uid,
    unmapped: fields.unmapped,
    user: fields.user,
  }) as AuditRecord as OrderedRecord;

export const actorOf = (handler: string): JsonInput => ({
  user: { name: 'revocation-handler', type: 'Service', type_id: 4, uid: handler },
});

/** The fields that only some records have are undefined here, so that they keep their place in the order. */
export const baseMetadata = (id: string) => ({
  correlation_uid: undefined,
  event_code: undefined,
  log_name: 'revocation-audit',
  original_event_uid: undefined,
  original_time: undefined,
  product: { name: 'Revocation Handler', vendor_name: 'Revocation Handler', version: VERSION },
  profiles: ['security_control'],
  sequence: undefined,
  uid: id,
  version: '1.9.0',
});

function termsOf(entry: AuditEntry): Terms {
  if (entry.phase === 'outcome') return OUTCOME_TERMS[entry.outcome];
  if (entry.phase === 'discard') return DISCARD_TERMS[entry.code];
  if (entry.phase === 'reconcile') return RECONCILE_TERMS[entry.code];
  if (entry.phase !== 'replay') return PHASE_TERMS[entry.phase];
  if (entry.code !== 'intent') return REPLAY_TERMS[REPLAY_CODES[entry.code]];
  return REPLAY_TERMS[entry.releases === undefined ? 'intent' : 'approval'];
}

function codeOf(entry: AuditEntry): string {
  if (entry.phase === 'outcome') return entry.outcome;
  if (entry.phase === 'replay' || entry.phase === 'discard' || entry.phase === 'reconcile') return entry.code;
  if (entry.phase === 'intent') return 'intent';
  if (entry.phase === 'refusal') return 'refused';
  return entry.phase === 'note' ? (entry.detail ?? entry.name) : entry.reason;
}

/** The class requires a user: a key stands for its owner, who is not looked up. */
function userOf(target: Target | undefined, event: CanonicalEvent | null): JsonInput {
  if (target?.kind === 'key') {
    const credential = { type: 'Access Key', uid: target.accessKeyId };
    return { programmatic_credentials: [credential], uid: `unresolved:${target.accessKeyId}` };
  }
  if (target?.kind === 'principal') return { name: target.principalName };
  return { uid: event === null ? 'unresolved' : `unresolved:${event.type}` };
}

const requestOf = ({ call }: RevocationCall, apiHost: string): JsonInput => ({
  http_method: 'POST',
  url: { hostname: apiHost, path: REVOKE_PATHS[call], scheme: 'https' },
});

const responseOf = ({ status, latencyMs = 0 }: RevocationCall): JsonInput | undefined =>
  status === undefined ? undefined : { code: status, latency: Math.round(latencyMs) };

function metadataOf(id: string, event: CanonicalEvent | null, delivery: AuditedDelivery): JsonInput {
  return {
    ...baseMetadata(id),
    original_event_uid: delivery.messageId,
    correlation_uid: event?.id,
    event_code: event?.type,
    original_time: event?.time,
  };
}

function unmappedOf(
  entry: AuditEntry,
  { event, delivery, settings }: Pick<AuditFacts, 'event' | 'delivery' | 'settings'>,
): JsonInput {
  const { phase, target, call, detail, shared, verifiedBy, before, after, late, repeated } = { ...BLANK, ...entry };
  const listed = (keys: KeyList | undefined): JsonInput | undefined =>
    keys && { count: keys.count, ids: keys.ids, sha256: keys.sha256 };
  return {
    approvals: approvalsOf(delivery),
    attempt: call?.attempt,
    detail,
    discard: entry.phase === 'discard' ? discardOf(entry) : undefined,
    fault: call?.fault,
    keys_after: listed(after),
    keys_before: listed(before),
    lane: delivery.lane,
    late_key: late,
    parent: event?.type === 'revocation.check.v1' ? parentOf(event.data.parent) : undefined,
    phase,
    policy: { config_hash: settings.configHash, mode: settings.mode },
    receive_count: delivery.receiveCount,
    reconcile: entry.phase === 'reconcile' ? reconcileOf(entry) : undefined,
    repeated,
    replay: entry.phase === 'replay' ? replayOf(entry) : undefined,
    replays: delivery.replays,
    request_id: delivery.requestId,
    shared,
    source: { claimed: event?.source, sender: delivery.sender || undefined, sender_id: delivery.senderId },
    target: target && targetOf(target),
    verified_by: verifiedBy,
  };
}

const parentOf = ({ id, source }: CheckEvent['data']['parent']): JsonInput => ({ id, source });

const targetOf = (target: Target): JsonInput =>
  target.kind === 'key'
    ? { accessKeyId: target.accessKeyId, kind: 'key' }
    : { kind: 'principal', principalName: target.principalName };

function approvalsOf({ approvals = [] }: AuditedDelivery): JsonInput | undefined {
  if (approvals.length === 0) return undefined;
  // One check may be approved for several targets.
  const distinct = new Map(approvals.map((each) => [JSON.stringify([each.key, each.check]), each]));
  return [...distinct.values()].map(({ key, reason, check, userId, operator, operationId }) => ({
    check,
    claimed: ownerOfArn(operator, userId) !== 'proven',
    key,
    operation_id: operationId,
    operator,
    reason,
    user_id: userId,
  }));
}

function replayOf({ operationId, operator, reason, releases, origin }: ReplayEntry): JsonInput {
  return {
    operation_id: operationId,
    operator: operatorOf(operator),
    origin: origin === '' ? undefined : origin,
    reason,
    releases,
  };
}

const reconcileOf = ({ figures }: Extract<AuditEntry, { phase: 'reconcile' }>): JsonInput =>
  inOrder({
    compared: figures.compared,
    findings: figures.findings,
    standing_keys: figures.standingKeys,
    ...figures.more,
  });

const discardOf = ({ operationId, operator, reason, why, origin }: DiscardEntry): JsonInput => ({
  operation_id: operationId,
  operator: operatorOf(operator),
  origin: origin === '' ? undefined : origin,
  reason,
  why,
});

const operatorOf = ({ name, arn, userId, claimed }: Operator): JsonInput => ({ arn, claimed, name, user_id: userId });

/** Gives every entry all optional fields, so that one destructuring reads them without a branch per phase. */
const BLANK: {
  readonly name?: string;
  readonly target?: Target;
  readonly call?: RevocationCall;
  readonly detail?: string;
  readonly shared?: true;
  readonly verifiedBy?: string;
  readonly before?: KeyList;
  readonly after?: KeyList;
  readonly late?: true;
  readonly repeated?: true;
} = {};
