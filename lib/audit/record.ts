/**
 * The audit record: one OCSF 1.9.0 User Management event per step, with the sender's claims apart from what AWS has
 * verified. It holds ids, codes and counts; never a secret, a token, a body or an error message.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { REVOKE_PATHS } from '../coreweave/api.ts';
import type { JsonInput } from '../model/json.ts';
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
export function auditRecord({ id, now, entry, event, delivery, settings }: AuditFacts): AuditRecord {
  const { call, target, name } = { ...BLANK, ...entry };
  return {
    ...classify(entry.phase, termsOf(entry), name),
    time: now,
    status_detail: codeOf(entry),
    status_code: call?.status === undefined ? undefined : String(call.status),
    user: userOf(target, event),
    actor: actorOf(settings.handler),
    ...(call === undefined ? {} : httpOf(call, settings.apiHost)),
    raw_data_hash: { algorithm_id: 3, algorithm: 'SHA-256', value: delivery.sha256 },
    raw_data_size: delivery.size,
    metadata: metadataOf(id, event, delivery),
    unmapped: unmappedOf(entry, { event, delivery, settings }),
  };
}

export const actorOf = (handler: string): JsonInput => ({
  user: { name: 'revocation-handler', uid: handler, type_id: 4, type: 'Service' },
});

export const baseMetadata = (id: string) => ({
  version: '1.9.0',
  uid: id,
  log_name: 'revocation-audit',
  profiles: ['security_control'],
  product: { name: 'Revocation Handler', vendor_name: 'Revocation Handler', version: VERSION },
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
    const credential = { uid: target.accessKeyId, type: 'Access Key' };
    return { uid: `unresolved:${target.accessKeyId}`, programmatic_credentials: [credential] };
  }
  if (target?.kind === 'principal') return { name: target.principalName };
  return { uid: event === null ? 'unresolved' : `unresolved:${event.type}` };
}

function httpOf(call: RevocationCall, apiHost: string): AuditRecord {
  const url = { scheme: 'https', hostname: apiHost, path: REVOKE_PATHS[call.call] };
  return {
    http_request: { http_method: 'POST', url },
    http_response:
      call.status === undefined ? undefined : { code: call.status, latency: Math.round(call.latencyMs ?? 0) },
  };
}

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
    keys && { count: keys.count, sha256: keys.sha256, ids: keys.ids };
  return {
    phase,
    target: target && { ...target },
    attempt: call?.attempt,
    fault: call?.fault,
    detail,
    shared,
    verified_by: verifiedBy,
    keys_before: listed(before),
    keys_after: listed(after),
    late_key: late,
    repeated,
    replay: entry.phase === 'replay' ? replayOf(entry) : undefined,
    discard: entry.phase === 'discard' ? discardOf(entry) : undefined,
    reconcile: entry.phase === 'reconcile' ? reconcileOf(entry) : undefined,
    parent: event?.type === 'revocation.check.v1' ? { ...event.data.parent } : undefined,
    source: { claimed: event?.source, sender_id: delivery.senderId, sender: delivery.sender || undefined },
    lane: delivery.lane,
    receive_count: delivery.receiveCount,
    replays: delivery.replays,
    approvals: approvalsOf(delivery),
    request_id: delivery.requestId,
    policy: { config_hash: settings.configHash, mode: settings.mode },
  };
}

function approvalsOf({ approvals = [] }: AuditedDelivery): JsonInput | undefined {
  if (approvals.length === 0) return undefined;
  // One check may be approved for several targets.
  const distinct = new Map(approvals.map((each) => [JSON.stringify([each.key, each.check]), each]));
  return [...distinct.values()].map(({ key, reason, check, userId, operator, operationId }) => ({
    key,
    reason,
    check,
    user_id: userId,
    operator,
    claimed: ownerOfArn(operator, userId) !== 'proven',
    operation_id: operationId,
  }));
}

function replayOf({ operationId, operator, reason, releases, origin }: ReplayEntry): JsonInput {
  return {
    operation_id: operationId,
    operator: operatorOf(operator),
    reason,
    releases,
    origin: origin === '' ? undefined : origin,
  };
}

const reconcileOf = ({ figures }: Extract<AuditEntry, { phase: 'reconcile' }>): JsonInput => ({
  standing_keys: figures.standingKeys,
  findings: figures.findings,
  ...(figures.compared === undefined ? {} : { compared: figures.compared }),
  ...figures.more,
});

const discardOf = ({ operationId, operator, reason, why, origin }: DiscardEntry): JsonInput => ({
  operation_id: operationId,
  operator: operatorOf(operator),
  reason,
  why,
  origin: origin === '' ? undefined : origin,
});

const operatorOf = ({ name, arn, userId, claimed }: Operator): JsonInput => ({ name, arn, user_id: userId, claimed });

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
