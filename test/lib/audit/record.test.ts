/** Every kind of audit record, whole: a field that is lost, renamed or added fails here. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OUTCOME_TERMS } from '../../../lib/audit/ocsf-terms.ts';
import {
  approvedFacts,
  factsOf,
  KEY_EVENT,
  KEY_TARGET,
  type Step,
  said,
  USED_APPROVAL,
  writtenRecord,
} from '../../support/audit-facts.ts';
import { OTHER_STEPS } from './other-steps.ts';
import { OUTCOME_STEPS } from './outcome-steps.ts';
import { REPLAY_STEPS } from './replay-steps.ts';

const STEPS: readonly Step[] = [...OUTCOME_STEPS, ...OTHER_STEPS, ...REPLAY_STEPS];

const HASH = 'b'.repeat(64);

/** What every record of our delivery has. */
const COMMON = {
  category_uid: 3,
  class_uid: 3007,
  time: 1_795_426_200_000,
  actor: { user: { name: 'revocation-handler', uid: 'revoke:7', type_id: 4, type: 'Service' } },
  raw_data_hash: { algorithm_id: 3, algorithm: 'SHA-256', value: HASH },
  raw_data_size: 412,
};
const METADATA = {
  version: '1.9.0',
  uid: '0192f0c1-0000-7000-8000-000000000001',
  original_event_uid: 'm-1',
  log_name: 'revocation-audit',
  profiles: ['security_control'],
  product: { name: 'Revocation Handler', vendor_name: 'Revocation Handler', version: '0.1.0' },
};
const UNMAPPED = {
  lane: 'urgent',
  receive_count: 3,
  replays: 1,
  request_id: 'r-1',
  policy: { config_hash: 'c'.repeat(64), mode: 'enforce' },
};

const expectedOf = ({ event, record: { unmapped, ...own } }: Step) => ({
  ...COMMON,
  ...own,
  metadata: {
    ...METADATA,
    ...(event === null ? {} : { correlation_uid: event.id, event_code: event.type, original_time: event.time }),
  },
  unmapped: {
    ...UNMAPPED,
    source: { ...(event === null ? {} : { claimed: event.source }), sender_id: 'AIDAEXAMPLE' },
    ...unmapped,
  },
});

describe('the audit record', () => {
  it.each(STEPS)('of $name is this and nothing else', (step) => {
    expect(writtenRecord(factsOf(step.entry, step.event))).toStrictEqual(expectedOf(step));
  });

  it('knows the mode, the lane and a redriven message', () => {
    const facts = factsOf({ phase: 'note', name: 'Scheduled' }, null);
    const record = writtenRecord({
      ...facts,
      delivery: { ...facts.delivery, lane: 'bulk', replays: 0, receiveCount: 1 },
      settings: { ...facts.settings, mode: 'dry-run' },
    });
    expect(record.unmapped).toStrictEqual({
      ...UNMAPPED,
      phase: 'note',
      lane: 'bulk',
      receive_count: 1,
      replays: 0,
      source: { sender_id: 'AIDAEXAMPLE' },
      policy: { config_hash: 'c'.repeat(64), mode: 'dry-run' },
    });
  });

  it('of a run that was approved names each approval', () => {
    const facts = factsOf({ phase: 'note', name: 'Scheduled' }, KEY_EVENT);
    const { operationId, userId, ...approval } = USED_APPROVAL;
    const used = { ...approval, user_id: userId, claimed: false, operation_id: operationId };
    expect(writtenRecord(approvedFacts(facts)).unmapped).toStrictEqual({
      ...Object(writtenRecord(facts).unmapped),
      approvals: [used],
    });
    const ofChecks = ['age', 'age', 'staged'].map((check) => ({ ...USED_APPROVAL, check, operator: 'claimed:ann' }));
    expect(writtenRecord(approvedFacts(facts, ofChecks)).unmapped).toMatchObject({
      approvals: ['age', 'staged'].map((check) => ({ ...used, check, operator: 'claimed:ann', claimed: true })),
    });
  });

  it('of a reconciliation holds what the run found', () => {
    const figures = { standingKeys: 3, findings: 2, more: { limit: 25, as_of: '2026-11-23T09:30:00Z' } };
    const detail = '2 principals have live keys';
    const entry = { phase: 'reconcile', name: 'Attestation', code: 'standing', detail, figures } as const;
    const reconcile = { as_of: '2026-11-23T09:30:00Z', findings: 2, limit: 25, standing_keys: 3 };
    const step = {
      name: 'an attestation',
      entry,
      event: null,
      record: {
        ...said([99, 'Attestation'], [2, 4, 16]),
        status_detail: 'standing',
        user: { uid: 'unresolved' },
        unmapped: { phase: 'reconcile', detail, reconcile },
      },
    };
    expect(writtenRecord(factsOf(entry, null))).toStrictEqual(expectedOf(step));
    const compared = { ...entry, figures: { ...figures, compared: true } };
    expect(writtenRecord(factsOf(compared, null)).unmapped).toMatchObject({
      reconcile: { ...reconcile, compared: true },
    });
  });

  it.each([
    ['the authenticated sender', 'github', { sender: 'github', sender_id: 'AIDAEXAMPLE' }],
    ['no sender where it is unknown', '', { sender_id: 'AIDAEXAMPLE' }],
  ])('names %s', (_, sender, source) => {
    const { delivery, ...facts } = factsOf({ phase: 'refusal', detail: 'expected JSON' }, null);
    expect(Object(writtenRecord({ ...facts, delivery: { ...delivery, sender } }).unmapped).source).toStrictEqual(
      source,
    );
  });

  it('of what went on no lane names none', () => {
    const { delivery, ...facts } = factsOf({ phase: 'refusal', detail: 'expected JSON' }, null);
    const { lane: _, ...laneless } = delivery;
    const { lane: __, ...rest } = UNMAPPED;
    expect(writtenRecord({ ...facts, delivery: laneless }).unmapped).toStrictEqual({
      ...rest,
      phase: 'refusal',
      detail: 'expected JSON',
      source: { sender_id: 'AIDAEXAMPLE' },
    });
  });

  it('reports a revocation only if it was verified', () => {
    const claiming = Object.entries(OUTCOME_TERMS).filter(([, { disposition }]) => disposition[0] === 24);
    expect(claiming.map(([outcome]) => outcome)).toEqual(['confirmed']);
    const actions = STEPS.filter(({ record }) => record.disposition_id === 24).map(({ entry }) => entry);
    expect(actions).toEqual([expect.objectContaining({ phase: 'outcome', outcome: 'confirmed' })]);
  });

  it('names the version of the package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(METADATA.product.version).toBe(manifest.version);
  });

  it('rounds the latency and omits a missing one', () => {
    const call = { call: 'revoke-key', attempt: 1, status: 200 } as const;
    const responseOf = (latencyMs?: number) =>
      writtenRecord(
        factsOf(
          {
            phase: 'outcome',
            target: KEY_TARGET,
            outcome: 'confirmed',
            call: latencyMs === undefined ? call : { ...call, latencyMs },
          },
          KEY_EVENT,
        ),
      ).http_response;
    expect([responseOf(12.4), responseOf(12.5), responseOf()]).toEqual([
      { code: 200, latency: 12 },
      { code: 200, latency: 13 },
      { code: 200, latency: 0 },
    ]);
  });
});
