/**
 * Approvals, and the row in the table: what counts is what was approved for the very body; what cannot be ours is
 * refused.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import {
  type Approval,
  approvedCodes,
  type EventRow,
  RowError,
  readRow,
  rowData,
} from '../../../lib/ledger/event-row.ts';
import { HOLD_REASONS } from '../../../lib/model/reasons.ts';
import { withApproval } from '../../../lib/replay/reopen.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>, numRuns = 500) =>
  fc.assert(property, { numRuns, seed: 20261123 });

const BODIES = ['body-a', 'body-a', 'body-b'] as const;
const newRow = (bodyHash: string): EventRow => ({
  state: 'open',
  bodyHash,
  time: '2026-11-23T09:30:00Z',
  holder: 'someone',
  leaseUntil: 0,
  principals: [],
  late: true,
  checked: {},
});

const approvals: fc.Arbitrary<Approval> = fc.record({
  codes: fc.uniqueArray(fc.constantFrom(...HOLD_REASONS)),
  by: fc.constantFrom('ann', 'bob'),
  at: fc.constant('2026-11-23T09:30:00Z'),
  operationId: fc.constant('op-0'),
  bodyHash: fc.constantFrom(...BODIES),
});

describe('an approval', () => {
  it('counts for the body that was approved and no other, alone or after more of them', () =>
    run(
      fc.property(
        fc.constantFrom(...BODIES),
        approvals,
        fc.array(fc.constantFrom(...HOLD_REASONS), { maxLength: 3 }),
        (body, approval, codes) => {
          const row: EventRow = { ...newRow(body), approval };
          const before = approval.bodyHash === body ? approval.codes : [];
          expect(approvedCodes(row)).toEqual(before);
          const after = codes.reduce<EventRow>(
            (given, code) => withApproval(given, { code, by: 'cy', at: 'then', operationId: 'op' }),
            row,
          );
          expect(approvedCodes(after)).toEqual([...new Set([...before, ...codes])]);
          expect(approvedCodes({ ...after, bodyHash: 'body-c' })).toEqual([]);
        },
      ),
    ));

  it('is none where there is none', () => expect(approvedCodes(newRow('body-a'))).toEqual([]));
});

describe('a row in the table', () => {
  const rows: fc.Arbitrary<EventRow> = fc
    .record({
      state: fc.constantFrom('open', 'done', 'held', 'dead', 'scheduled'),
      holder: fc.string(),
      leaseUntil: fc.nat(),
      principals: fc.array(fc.constantFrom('coreweave/a', 'saml/a@b').map((name) => principalName.parse(name))),
      fence: fc.option(fc.array(fc.string()), { nil: undefined }),
      late: fc.boolean(),
      dueAt: fc.nat(),
      checked: fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        fc.integer({ min: 0, max: 3 }),
      ),
      approval: fc.option(approvals, { nil: undefined }),
    })
    .map(({ fence, approval, ...row }) => ({
      ...newRow('body-a'),
      ...row,
      ...(fence === undefined ? {} : { fence }),
      ...(approval === undefined ? {} : { approval }),
    }));

  it('is read as it was written', () =>
    run(
      fc.property(rows, (row) => {
        expect(readRow(JSON.parse(JSON.stringify(rowData(row))))).toEqual(row);
      }),
    ));

  it('that we cannot have written is refused, whatever it is, and never half read', () =>
    run(
      fc.property(
        rows,
        fc.nat(10),
        fc.constantFrom(undefined, null, 7, 'x', [7], { codes: 'all' }),
        (row, at, junk) => {
          const data = rowData(row);
          const names = Object.keys(data);
          const name = names[at % names.length] ?? '';
          const spoilt = { ...data, [name]: junk };
          try {
            expect(readRow(JSON.parse(JSON.stringify(spoilt)))).toEqual(JSON.parse(JSON.stringify(spoilt)));
            expect(fits(name, junk)).toBe(true);
          } catch (error) {
            if (!(error instanceof RowError)) throw error;
            expect(error.code).toBe('ledger-row-unreadable');
          }
        },
      ),
    ));
});

/** What a field may be of the junk: the rest must have been refused. */
const fits = (name: string, junk: unknown): boolean => {
  if (name === 'fence' || name === 'dueAt' || name === 'approval')
    return junk === undefined || typeof junk === 'number';
  if (name === 'leaseUntil') return junk === 7;
  if (name === 'checked') return typeof junk === 'object' && junk !== null;
  return (name === 'bodyHash' || name === 'time' || name === 'holder') && junk === 'x';
};
