/** Records in a chain: what each carries, and that its hash covers all of it. (OCSF 1.9.0, profile record_integrity) */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, openChain } from '../../../lib/audit/chain.ts';
import { checkpointRecord } from '../../../lib/audit/checkpoint-record.ts';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { type AuditRecord, auditRecord } from '../../../lib/audit/record.ts';
import { CONFIRMED, INTENT, linkedTo, sha256, startEnvironment } from '../../support/audit-chains.ts';
import { factsOf, KEY_EVENT } from '../../support/audit-facts.ts';
import { seededChance } from '../../support/seeded-chance.ts';
import { sortedKeys } from '../../support/sorted-keys.ts';

const record = (id: string, entry: AuditEntry = INTENT) => auditRecord({ ...factsOf(entry, KEY_EVENT), id });
const first = linkedTo(openChain('chain-1', 'revoke:7'), record('one'));
const second = linkedTo(first.chain, record('two', CONFIRMED));
const attestation = ({ record: linked }: { record: AuditRecord }) =>
  JSON.parse(JSON.stringify(linked)).attestation_list;

describe('a record in a chain', () => {
  it('has its place, its fingerprint, and the record before it, and is otherwise as it was', () => {
    const hash = { algorithm_id: 3, algorithm: 'SHA-256' };
    expect(attestation(first)).toEqual([
      {
        chain_uid: 'chain-1',
        authority_uid: 'revoke:7',
        fingerprint: { ...hash, value: first.chain.last?.fingerprint },
      },
    ]);
    expect(attestation(second)).toEqual([
      {
        chain_uid: 'chain-1',
        authority_uid: 'revoke:7',
        fingerprint: { ...hash, value: second.chain.last?.fingerprint },
        prev_event: { uid: 'one', type_uid: 300_799, fingerprint: { ...hash, value: first.chain.last?.fingerprint } },
      },
    ]);
    const { attestation_list: _, ...rest } = second.record;
    const before = record('two', CONFIRMED);
    expect(rest).toEqual({
      ...before,
      metadata: { ...Object(before.metadata), sequence: 2, profiles: ['security_control', 'record_integrity'] },
    });
    expect(second.chain).toMatchObject({ uid: 'chain-1', sequence: 2, unclosed: 2 });
  });

  it('has the SHA-256 of its canonical form without its own fingerprint', () => {
    const [{ fingerprint, ...covered }] = attestation(second);
    const canonical = JSON.stringify(sortedKeys({ ...second.record, attestation_list: [covered] }));
    expect(createHash('sha256').update(canonical, 'utf8').digest('hex')).toBe(fingerprint.value);
    expect(fingerprintOf(JSON.parse(JSON.stringify(second.record)), sha256)).toBe(fingerprint.value);
  });

  it('is covered whole: no field, however deep, can change without its fingerprint', () => {
    const changed: string[] = [];
    const walk = (value: unknown, path: readonly string[]): void => {
      if (typeof value === 'object' && value !== null) {
        for (const [key, member] of Object.entries(value)) walk(member, [...path, key]);
        return;
      }
      if (path.slice(0, 3).join('/') === 'attestation_list/0/fingerprint') return;
      const copy = JSON.parse(JSON.stringify(second.record));
      const parent = path.slice(0, -1).reduce((at, key) => at[key], copy);
      parent[path.at(-1) ?? ''] = typeof value === 'number' ? value + 1 : `${value}x`;
      if (fingerprintOf(copy, sha256) === second.chain.last?.fingerprint) changed.push(path.join('/'));
    };
    walk(second.record, []);
    expect(changed).toEqual([]);
  });
});

describe('a checkpoint', () => {
  it('names the head of the chain and the number of records, without a user', () => {
    const { settings } = factsOf(INTENT, null);
    const checkpoint = checkpointRecord({ id: 'three', now: 5, requestId: 'r-1', settings, chain: second.chain });
    expect(checkpoint).toEqual({
      activity_id: 99,
      activity_name: 'Checkpoint',
      category_uid: 3,
      class_uid: 3007,
      type_uid: 300_799,
      severity_id: 1,
      severity: 'Informational',
      status_id: 99,
      status: 'Other',
      status_detail: 'checkpoint',
      action_id: 99,
      action: 'Other',
      disposition_id: 16,
      disposition: 'No Action',
      time: 5,
      user: { uid: 'unresolved' },
      actor: { user: { name: 'revocation-handler', uid: 'revoke:7', type_id: 4, type: 'Service' } },
      metadata: {
        version: '1.9.0',
        uid: 'three',
        log_name: 'revocation-audit',
        profiles: ['security_control'],
        product: { name: 'Revocation Handler', vendor_name: 'Revocation Handler', version: '0.1.0' },
      },
      unmapped: {
        phase: 'checkpoint',
        checkpoint: { sequence: 2, head: second.chain.last?.fingerprint, count: 2 },
        request_id: 'r-1',
        policy: { config_hash: 'c'.repeat(64), mode: 'enforce' },
      },
    });
    expect(linkedTo(second.chain, checkpoint).chain).toMatchObject({ sequence: 3, unclosed: 0 });
  });

  it('names no head where there was no record', () => {
    const chain = openChain('chain-1', 'revoke:7');
    const { settings } = factsOf(INTENT, null);
    expect(checkpointRecord({ id: 'one', now: 5, requestId: 'r-1', settings, chain }).unmapped).toMatchObject({
      checkpoint: { sequence: 0, head: '', count: 0 },
    });
  });

  it('counts from the last one', () => {
    const environment = startEnvironment(seededChance(1));
    environment.revoke('a');
    environment.checkpoint();
    environment.checkpoint();
    environment.write(INTENT, 'b');
    environment.checkpoint();
    const counts = environment.records.map(({ unmapped }) => Object(unmapped).checkpoint?.count);
    expect(counts).toEqual([undefined, undefined, 2, undefined, 1]);
  });
});
