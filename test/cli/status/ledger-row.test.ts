/** How the row of an event is shown: whom IAM has verified as its approver, and whom the approval only names. */
import { describe, expect, it } from 'vitest';
import { toRowFields, toRowJson } from '../../../cli/status/ledger-row.ts';
import type { EventRow } from '../../../lib/ledger/event-row.ts';
import { renderLine } from '../../../terminal/lines.ts';

const ANN = {
  key: `approval#${'e'.repeat(64)}#held-stale#AROAOPERATORS:ann`,
  reason: 'held-stale',
  check: 'age',
  asOf: '2026-11-23T09:30:00.000Z',
  userId: 'AROAOPERATORS:ann',
  targets: [],
  operator: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
  operationId: 'op-1',
} as const;
const { check: _, ...BEFORE } = { ...ANN, userId: 'AROAOPERATORS:eve' };
const ROW: EventRow = {
  state: 'done',
  bodyHash: 'b',
  time: '2026-11-23T09:30:00Z',
  holder: '',
  leaseUntil: 0,
  principals: [],
  late: true,
  checked: {},
  approvals: [ANN, BEFORE],
};

describe('the approvals of a row', () => {
  it('have the user ID beside the name, which is unverified unless the ID has it', () => {
    const lines = toRowFields(ROW, 0).map((line) => renderLine(line, false));
    expect(lines.filter((line) => line.includes('approved')).map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
      `approved held-stale (age) by AROAOPERATORS:ann (${ANN.operator})`,
      `approved held-stale by AROAOPERATORS:eve (${ANN.operator}, unverified)`,
    ]);
    expect(toRowJson(ROW)).toMatchObject({
      approvals: [
        { ...ANN, claimed: false },
        { ...BEFORE, claimed: true },
      ],
    });
  });
});
