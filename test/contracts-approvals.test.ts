/** What an approval covers stays readable, as this version writes it: beside `test/contracts.test.ts`. */
import { describe, expect, it } from 'vitest';
import { readDeadLetter } from '../lib/dead-letters/read.ts';
import { approvalsIn } from '../lib/ledger/approval.ts';
import { readRow } from '../lib/ledger/event-row.ts';
import { CHECK_NAMES } from '../lib/model/reasons.ts';
import { sha256 } from './support/memory-ports.ts';

const NOW = Date.UTC(2026, 10, 24);
const NAME = 'saml/user@example.com';
const SEEN = { check: 'reinstatement', asOf: '2026-11-23T11:30:00Z' };

describe('the names of safety checks', () => {
  it.each([
    'confidence',
    'protected key',
    'key limits',
    'protected owner',
    'protected principal',
    'reinstatement',
    'age',
    'newer schedule',
    'protected key of the principal',
    'staged',
    'limits',
    'reconciliation limit',
    'snapshot size',
  ])('have %s for good', (name) => expect(CHECK_NAMES).toContain(name));
});

describe('a dead letter', () => {
  const DEAD_LETTER = {
    v: 1,
    reason: 'held-superseded',
    detail: 'a sentence',
    event: null,
    lane: 'bulk',
    attempts: 3,
    firstSeen: '2026-11-23T09:31:00.000Z',
    lastSeen: '2026-11-23T10:31:00.000Z',
    lastStatus: null,
    replays: 0,
    messageId: 'm-1',
    sender: '',
  };
  const opened = (more: object) => {
    const body = JSON.stringify({ ...DEAD_LETTER, ...more });
    const { check, asOf } = readDeadLetter({ messageId: 'dead-1', body, attributes: {}, sentAt: NOW }, NOW, sha256);
    return { check, asOf };
  };

  it('names the safety check that held the event, and the latest that the check had found', () => {
    expect(opened(SEEN)).toEqual(SEEN);
    expect(opened({})).toEqual({ check: undefined, asOf: undefined });
    expect(opened({ check: 7, asOf: 'today' })).toEqual({ check: undefined, asOf: undefined });
    expect(opened({ check: 'of a later version' })).toMatchObject({ check: 'of a later version' });
  });
});

describe('an approval', () => {
  const used = {
    key: `approval#${'a'.repeat(64)}#held-superseded#AROAEXAMPLE:ann`,
    reason: 'held-superseded',
    userId: 'AROAEXAMPLE:ann',
    targets: ['b02d1d2d61c3090557d8f630571f9547d42aaf5927759f5e54a7918e3027d162'],
    operator: 'arn:aws:sts::123456789012:assumed-role/ops/ann',
    operationId: 'op-1',
  };
  const { key, targets: _, ...who } = used;
  const item = {
    ...who,
    eventHash: 'h',
    targets: [NAME],
    created: '2026-11-23T12:00:00.000Z',
    validUntil: '2026-11-24T12:00:00.000Z',
  };
  const prefix = `approval#${'a'.repeat(64)}#`;
  const read = (data: typeof item & { holds?: object[] }) =>
    approvalsIn({ sha256 }, JSON.parse(JSON.stringify(data)), { key, prefix, eventHash: 'h', now: NOW });

  it('is one for each hold in its item; an item without holds has one, of any check, as of its time', () => {
    const holds = [{ targets: [NAME], ...SEEN }, { targets: [NAME] }];
    expect(read({ ...item, holds })).toEqual([
      { ...used, ...SEEN },
      { ...used, asOf: item.created },
    ]);
    expect(read(item)).toEqual([{ ...used, asOf: item.created }]);
  });

  it('has nothing else of its holds: who approves is in the key', () => {
    const bob = { key: 'k', userId: 'AROAEXAMPLE:bob', operator: 'bob', reason: 'held-limit', operationId: 'op-2' };
    expect(read({ ...item, holds: [{ targets: [NAME], ...SEEN, ...bob, more: 1 }] })).toEqual([{ ...used, ...SEEN }]);
  });

  it.each([{ asOf: '2026-11-24T00:10:00.001Z' }, { asOf: 'today' }, { asOf: 7 }, { check: 7 }, { targets: 'x' }])(
    'is none that no operator can have given: %j',
    (wrong) => expect(read({ ...item, holds: [{ targets: [NAME], ...SEEN, ...wrong }] })).toEqual([]),
  );

  it('of a row is read without a change', () => {
    const row = {
      state: 'done',
      bodyHash: 'b'.repeat(64),
      time: '2026-11-23T09:30:00Z',
      holder: 'env-1',
      leaseUntil: 0,
      principals: [NAME],
      late: true,
      checked: {},
      approvals: [used, { ...used, ...SEEN }],
    };
    expect(readRow(structuredClone(row))).toEqual(row);
    for (const wrong of [{ check: 7 }, { asOf: 7 }]) {
      expect(() => readRow({ ...row, approvals: [{ ...used, ...wrong }] })).toThrow('ledger-row-unreadable');
    }
  });
});
