import { expect, it } from 'vitest';
import { reconciliationOf } from '../../../lib/audit/read-reconciliation.ts';
import { type AuditRecord, auditRecord } from '../../../lib/audit/record.ts';
import { factsOf, KEY_EVENT } from '../../support/audit-facts.ts';

const lineOf = (record: AuditRecord) => ({ record, uid: 'r', time: 7 });

it('reconciliationOf reads what a run found, and who still has live keys', () => {
  const remaining = [
    { principalName: 'coreweave/a', why: 'protected' },
    { principalName: 'saml/b@example.com', why: 'limit' },
  ];
  const record = auditRecord(
    factsOf(
      {
        phase: 'reconcile',
        name: 'Attestation',
        code: 'standing',
        detail: '2 principals have live keys',
        figures: { standingKeys: 3, findings: 2, compared: true, more: { remaining } },
      },
      null,
    ),
  );
  expect(reconciliationOf(lineOf(record))).toStrictEqual({
    time: 7,
    name: 'Attestation',
    code: 'standing',
    detail: '2 principals have live keys',
    remaining,
  });
});

it('reconciliationOf takes a field of another type for absent', () => {
  const hostile = { activity_name: 1, status_detail: null, unmapped: { phase: 'reconcile', detail: ['x'] } };
  const blank = { time: 7, name: '', code: '', detail: '', remaining: [] };
  expect(reconciliationOf(lineOf(hostile))).toStrictEqual(blank);
  const rows = { phase: 'reconcile', reconcile: { remaining: [7, { principalName: 1, why: {} }] } };
  const row = { principalName: '', why: '' };
  expect(reconciliationOf(lineOf({ unmapped: rows }))).toStrictEqual({ ...blank, remaining: [row, row] });
});

it('reconciliationOf is undefined for a record of anything else', () => {
  const other = auditRecord(factsOf({ phase: 'note', name: 'Scheduled' }, KEY_EVENT));
  expect(reconciliationOf(lineOf(other))).toBeUndefined();
});
