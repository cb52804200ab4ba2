import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../events/canonical.ts';
import type { AuditEntry } from '../../lib/domain/audit-entry.ts';
import { type AuditFacts, auditRecord } from '../../lib/domain/audit-record.ts';
import { OUTCOME_TERMS } from '../../lib/domain/audit-terms.ts';
import type { Outcome } from '../../lib/domain/outcome.ts';
import { CONFLICT, FAILURES, HOLDS, isHold, type Reason } from '../../lib/domain/reasons.ts';
import { check, EVENT_MS, keyLeak, offboarded, principalLeak, reinstated } from '../support/event-factory.ts';

const read = (url: URL) => JSON.parse(readFileSync(url, 'utf8'));
const OCSF = new URL('../../../shared/reference/ocsf-user_management-3007-1.9.0.schema.json', import.meta.url);
const schemas: [string, object][] = [['our own', read(new URL('../support/audit-schema.json', import.meta.url))]];
if (existsSync(OCSF)) schemas.push(['OCSF 1.9.0, class 3007', read(OCSF)]);

const eventOf = (value: unknown) => {
  const parsed = parseEvent(value, EVENT_MS);
  if (parsed.kind !== 'event') throw new Error(parsed.detail);
  return parsed.event;
};
const events = [keyLeak(), principalLeak(), offboarded(), reinstated(), check()].map(eventOf);
const firstEvent = eventOf(keyLeak());
const leaked = eventOf(keyLeak()).data;
if (!('accessKeyId' in leaked)) throw new Error('a leak names a key');
const target = { kind: 'key', accessKeyId: leaked.accessKeyId } as const;
const keys = { count: 2, sha256: 'a'.repeat(64), ids: ['CWA', 'CWB'] };
const call = { call: 'revoke-key', attempt: 2, status: 200, latencyMs: 12.4 } as const;

const outcomes = Object.keys(OUTCOME_TERMS) as Outcome[];
const reasons: Reason[] = [...FAILURES, ...HOLDS, CONFLICT];
const entries: AuditEntry[] = [
  { phase: 'intent', target, call: { call: 'revoke-principal', attempt: 1 }, shared: true },
  ...outcomes.map(
    (outcome): AuditEntry => ({
      phase: 'outcome',
      target,
      outcome,
      call,
      verifiedBy: 'read-back',
      before: keys,
      after: keys,
      late: true,
    }),
  ),
  { phase: 'outcome', outcome: 'duplicate' },
  {
    phase: 'outcome',
    target,
    outcome: 'unknown',
    call: { call: 'revoke-key', attempt: 1, fault: 'reset', latencyMs: 3 },
  },
  ...reasons.map(
    (reason): AuditEntry => ({ phase: isHold(reason) ? 'hold' : 'dead-letter', reason, detail: 'a rule' }),
  ),
  { phase: 'note', name: 'Scheduled', detail: 'due', target },
];

const factsOf = (entry: AuditEntry, event: AuditFacts['event']): AuditFacts => ({
  id: '0192f0c1-0000-7000-8000-000000000001',
  now: EVENT_MS,
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

describe('every audit record', () => {
  it.each(schemas)('of every kind of step and event is valid by %s schema', (_name, schema) => {
    const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);
    const faults = entries.flatMap((entry) =>
      [...events, null].flatMap((event) =>
        validate(auditRecord(factsOf(entry, event))) ? [] : [{ entry, errors: validate.errors }],
      ),
    );
    expect(faults).toEqual([]);
  });

  it.each(schemas)('with a wrong number is refused by %s schema', (_name, schema) => {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    const record = auditRecord(factsOf({ phase: 'intent', target, call }, firstEvent));
    for (const wrong of [
      { type_uid: 1 },
      { time: 'now' },
      { severity_id: 17 },
      { user: {} },
      { metadata: {} },
      { extra: 1 },
    ]) {
      expect(validate({ ...record, ...wrong })).toBe(false);
    }
  });

  it('says what was called, what came back, and who asked', () => {
    const record = auditRecord(
      factsOf({ phase: 'outcome', target, outcome: 'confirmed', call, verifiedBy: 'read-back' }, firstEvent),
    );
    expect(record).toMatchObject({
      type_uid: 300719,
      status_detail: 'confirmed',
      status_code: '200',
      disposition: 'Access Revoked',
      user: {
        uid: `unresolved:${target.accessKeyId}`,
        programmatic_credentials: [{ uid: target.accessKeyId, type: 'Access Key' }],
      },
      http_request: {
        http_method: 'POST',
        url: { scheme: 'https', hostname: 'api.coreweave.com', path: '/v1/cwobject/revoke-access-key/access-key' },
      },
      http_response: { code: 200, latency: 12 },
      raw_data_hash: { algorithm_id: 3, algorithm: 'SHA-256', value: 'b'.repeat(64) },
      metadata: { correlation_uid: firstEvent.id, original_event_uid: 'm-1', original_time: firstEvent.time },
      unmapped: {
        phase: 'outcome',
        attempt: 2,
        verified_by: 'read-back',
        source: { claimed: firstEvent.source, sender_id: 'AIDAEXAMPLE' },
        receive_count: 3,
        replays: 1,
        policy: { config_hash: 'c'.repeat(64), mode: 'enforce' },
      },
    });
  });

  it('claims a revocation only for what was seen to be gone', () => {
    const claiming = outcomes.filter(
      (outcome) => auditRecord(factsOf({ phase: 'outcome', target, outcome }, firstEvent)).disposition_id === 24,
    );
    expect(claiming).toEqual(['confirmed']);
  });
});
