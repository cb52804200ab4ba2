/**
 * Audit records and the schemas that they must satisfy: OCSF's own, and ours, which allows nothing more than we write.
 */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { OUTCOME_TERMS } from '../../../lib/audit/ocsf-terms.ts';
import type { Outcome } from '../../../lib/model/outcome.ts';
import { FAILURE_REASONS, HOLD_REASONS, isHoldReason, type Reason } from '../../../lib/model/reasons.ts';
import { REPLAY_CODES, type ReplayCode } from '../../../lib/model/replay-codes.ts';
import {
  approvedFacts,
  BEFORE,
  eventOf,
  factsOf,
  KEY_EVENT,
  KEY_TARGET,
  type Step,
  writtenRecord,
} from '../../support/audit-facts.ts';
import { check, keyLeak, offboarded, principalLeak, reinstated } from '../../support/event-factory.ts';
import { OTHER_STEPS } from './other-steps.ts';
import { OUTCOME_STEPS } from './outcome-steps.ts';
import { REPLAY_STEPS } from './replay-steps.ts';

const read = (url: URL) => JSON.parse(readFileSync(url, 'utf8'));
const OURS = read(new URL('../../support/audit-schema.json', import.meta.url));
const OCSF = new URL('../../fixtures/ocsf/ocsf-user_management-3007-1.9.0.schema.json', import.meta.url);
const schemas: readonly (readonly [string, object])[] = [
  ['our own', OURS],
  ['OCSF 1.9.0, class 3007', read(OCSF)],
];

const validator = (schema: object) => new Ajv2020({ strict: false, allErrors: true }).compile(schema);

const events = [keyLeak(), principalLeak(), offboarded(), reinstated(), check()].map(eventOf);
const outcomes = Object.keys(OUTCOME_TERMS) as Outcome[];
const reasons: readonly Reason[] = [...FAILURE_REASONS, ...HOLD_REASONS];
const codes = ['intent', ...(Object.keys(REPLAY_CODES) as ReplayCode[])] as const;
const call = { call: 'revoke-key', attempt: 2, status: 200, latencyMs: 12.4 } as const;
const entries: readonly AuditEntry[] = [
  ...outcomes.map((outcome) => ({ phase: 'outcome', target: KEY_TARGET, outcome, call, after: BEFORE }) as const),
  ...reasons.map(
    (reason) => ({ phase: isHoldReason(reason) ? 'hold' : 'dead-letter', reason, detail: 'a rule' }) as const,
  ),
  ...codes.flatMap((code) =>
    reasons.map(
      (reason) =>
        ({
          phase: 'replay',
          code,
          reason,
          operationId: 'op-1',
          operator: { name: 'ann', claimed: true },
          origin: '',
          ...(isHoldReason(reason) ? { releases: reason } : {}),
        }) as const,
    ),
  ),
];

const steps: readonly Step[] = [...OUTCOME_STEPS, ...OTHER_STEPS, ...REPLAY_STEPS];
const records = steps.flatMap(({ name, entry, event }) => {
  const facts = factsOf(entry, event);
  return [
    [name, writtenRecord(facts)],
    [`${name}, approved`, writtenRecord(approvedFacts(facts))],
  ] as const;
});

/** Copies of a value, each with one more field in one of its objects, by the path of that object. */
function swollen(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, member]) =>
    swollen(member, `${path}/${key}`).map(([place, changed]) => {
      const copy = structuredClone(value);
      return [place, Object.assign(copy, { [key]: changed })] as const;
    }),
  );
  return Array.isArray(value) ? inner : [[path, { ...value, extra: 'x' }], ...inner];
}

/** Copies of a value, each without one field of one of its objects, by the path of that field. */
function robbed(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const place = `${path}/${key}`;
    const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    const inner = robbed(member, place).map(
      ([deeper, changed]) => [deeper, Object.assign(structuredClone(value), { [key]: changed })] as const,
    );
    return Array.isArray(value) ? inner : [[place, rest] as const, ...inner];
  });
}

/** The fields that some record may do without. */
const OPTIONAL = [
  '/metadata/correlation_uid',
  '/metadata/event_code',
  '/metadata/original_time',
  '/unmapped/approvals',
  '/unmapped/detail',
  '/unmapped/fault',
  '/unmapped/keys_after',
  '/unmapped/keys_before',
  '/unmapped/lane',
  '/unmapped/late_key',
  '/unmapped/parent',
  '/unmapped/discard/operator/arn',
  '/unmapped/discard/operator/user_id',
  '/unmapped/discard/origin',
  '/unmapped/replay/operator/arn',
  '/unmapped/replay/operator/user_id',
  '/unmapped/replay/origin',
  '/unmapped/replay/releases',
  '/unmapped/shared',
  '/unmapped/source/claimed',
  '/unmapped/target',
  '/unmapped/verified_by',
  '/user/programmatic_credentials',
];

describe('every audit record', () => {
  it.each(schemas)('of every word that we have, about every kind of event, is valid by %s schema', (_, schema) => {
    const validate = validator(schema);
    const faults = entries.flatMap((entry) =>
      [...events, null].flatMap((event) =>
        validate(writtenRecord(factsOf(entry, event))) ? [] : [{ entry, errors: validate.errors }],
      ),
    );
    expect(faults).toEqual([]);
  });

  it.each(schemas)('of every kind of step is valid by %s schema', (_, schema) => {
    const validate = validator(schema);
    expect(records.flatMap(([name, record]) => (validate(record) ? [] : [{ name, errors: validate.errors }]))).toEqual(
      [],
    );
  });

  it.each(schemas)('with a wrong value is refused by %s schema', (_, schema) => {
    const validate = validator(schema);
    const record = writtenRecord(factsOf({ phase: 'intent', target: KEY_TARGET, call }, KEY_EVENT));
    const wrongs = [
      { type_uid: 1 },
      { time: 'now' },
      { severity_id: 17 },
      { user: {} },
      { metadata: {} },
      { extra: 1 },
    ];
    expect(wrongs.filter((wrong) => validate({ ...record, ...wrong }))).toEqual([]);
  });
});

describe('our own schema', () => {
  const validate = validator(OURS);

  it('takes no field that we do not write, however deep', () => {
    const taken = records.flatMap(([name, record]) =>
      swollen(record).flatMap(([path, changed]) => (validate(changed) ? [`${name}: ${path}`] : [])),
    );
    expect(taken).toEqual([]);
  });

  it('misses every field but those that a record may do without', () => {
    const unmissed = records.flatMap(([, record]) =>
      robbed(record).flatMap(([path, changed]) => (validate(changed) ? [path] : [])),
    );
    expect([...new Set(unmissed)].toSorted()).toEqual([...OPTIONAL].toSorted());
  });

  const outcome = writtenRecord(
    factsOf({ phase: 'outcome', target: KEY_TARGET, outcome: 'confirmed', call }, KEY_EVENT),
  );
  it.each([
    ['a number of another activity', { type_uid: 300_799 }],
    ['an outcome that calls itself something else', { activity_id: 99, type_uid: 300_799 }],
    ['a status with the word of another', { status: 'Failure' }],
    ['a severity with the word of another', { severity: 'High' }],
    ['a disposition with the word of another', { disposition: 'Error' }],
    ['an action with the word of another', { action: 'Other' }],
    ['a revocation that is not called denied', { action_id: 99, action: 'Other' }],
    ['an answer without its code', { status_code: undefined, http_response: { code: 200 } }],
    ['another product', { metadata: { ...Object(outcome.metadata), product: { name: 'x' } } }],
    [
      'a target of two kinds',
      { unmapped: { ...Object(outcome.unmapped), target: { kind: 'key', principalName: 'x' } } },
    ],
    ['a policy without its hash', { unmapped: { ...Object(outcome.unmapped), policy: { mode: 'enforce' } } }],
  ])('refuses %s', (_, wrong) => {
    expect(validate(outcome)).toBe(true);
    expect(validate(JSON.parse(JSON.stringify({ ...outcome, ...wrong })))).toBe(false);
  });
});
