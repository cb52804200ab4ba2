/** What the steps of the audit are about, and the words of their records. */
import { parseEvent } from '../../events/canonical.ts';
import { accessKeyId, principalName } from '../../events/ids.ts';
import type { AuditEntry, UsedApproval } from '../../lib/audit/entry.ts';
import { type AuditFacts, type AuditRecord, auditRecord } from '../../lib/audit/record.ts';
import { asciiJson } from '../../lib/model/json.ts';
import { check, EVENT_MS, KEY_ID, keyLeak, offboarded, PRINCIPAL, principalLeak } from './event-factory.ts';

export interface Step {
  readonly name: string;
  readonly entry: AuditEntry;
  readonly event: AuditFacts['event'];
  /** The fields of its own. */
  readonly record: Readonly<Record<string, unknown>> & { readonly unmapped: Readonly<Record<string, unknown>> };
}

export const eventOf = (value: unknown) => {
  const parsed = parseEvent(value, EVENT_MS);
  if (parsed.kind !== 'event') throw new Error(parsed.detail);
  return parsed.event;
};

export const factsOf = (entry: AuditEntry, event: AuditFacts['event']): AuditFacts => ({
  id: '0192f0c1-0000-7000-8000-000000000001',
  now: 1_795_426_200_000,
  entry,
  event,
  delivery: {
    messageId: 'm-1',
    receiveCount: 3,
    lane: 'urgent',
    senderId: 'AIDAEXAMPLE',
    requestId: 'r-1',
    replays: 1,
    sha256: 'b'.repeat(64),
    size: 412,
  },
  settings: { handler: 'revoke:7', apiHost: 'api.coreweave.com', configHash: 'c'.repeat(64), mode: 'enforce' },
});

/** An approval of a hold, as a run uses it. */
export const USED_APPROVAL = {
  key: `approval#${'e'.repeat(64)}#held-stale#AROAOPERATORS:ann`,
  reason: 'held-stale',
  userId: 'AROAOPERATORS:ann',
  operator: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
  operationId: 'op-1',
} as const;

/** The same facts of a run that was approved. */
export const approvedFacts = (
  { delivery, ...facts }: AuditFacts,
  approvals: readonly UsedApproval[] = [USED_APPROVAL],
): AuditFacts => ({ ...facts, delivery: { ...delivery, approvals } });

/** The record of these facts as a log has it: without the members that it is made with and that have no value. */
export const writtenRecord = (facts: AuditFacts): AuditRecord => JSON.parse(asciiJson(auditRecord(facts)));

export const KEY_EVENT = eventOf(keyLeak());
export const KEY_TARGET = { kind: 'key', accessKeyId: accessKeyId.parse(KEY_ID) } as const;
export const PRINCIPAL_EVENT = eventOf(principalLeak());
export const PRINCIPAL_TARGET = { kind: 'principal', principalName: principalName.parse(PRINCIPAL) } as const;
export const CHECK_EVENT = eventOf(check());
export const PERSON_EVENT = eventOf(offboarded({ data: { identity: { email: 'user@example.com' } } }));
export const BEFORE = { count: 2, sha256: 'a'.repeat(64), ids: ['CWA', 'CWB'] };
export const AFTER = { count: 0, sha256: 'e'.repeat(64), ids: [] };

export const KEY_USER = {
  uid: `unresolved:${KEY_ID}`,
  programmatic_credentials: [{ uid: KEY_ID, type: 'Access Key' }],
};

export const PRINCIPAL_USER = { name: PRINCIPAL };
export const NO_USER = { uid: 'unresolved' };
const post = (path: string) => ({
  http_method: 'POST',
  url: { scheme: 'https', hostname: 'api.coreweave.com', path },
});

export const POST_KEY = post('/v1/cwobject/revoke-access-key/access-key');
export const POST_PRINCIPAL = post('/v1/cwobject/revoke-access-key/principal');
const NAMES: ReadonlyMap<number, string> = new Map([
  [14, 'Delayed'],
  [16, 'No Action'],
  [24, 'Access Revoked'],
  [25, 'Rejected'],
  [27, 'Error'],
  [99, 'Other'],
]);

export const said = (
  activity: readonly [id: 19 | 99, name: string],
  [statusId, severityId, dispositionId]: readonly [number, number, number],
) => ({
  activity_id: activity[0],
  activity_name: activity[1],
  type_uid: 300_700 + activity[0],
  status_id: statusId,
  status: { 1: 'Success', 2: 'Failure' }[statusId] ?? 'Other',
  severity_id: severityId,
  severity: ['', 'Informational', 'Low', 'Medium', 'High'][severityId],
  disposition_id: dispositionId,
  disposition: NAMES.get(dispositionId),
  action_id: dispositionId === 24 ? 2 : 99,
  action: dispositionId === 24 ? 'Denied' : 'Other',
});
