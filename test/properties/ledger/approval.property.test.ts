/**
 * Approvals, and the row in the table: what counts is what was approved for the very body; what cannot be ours is
 * refused.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { type Approval, approvalsIn, coverageOf, targetHashes, UNIDENTIFIED } from '../../../lib/ledger/approval.ts';
import { type EventRow, RowError, readRow, rowData } from '../../../lib/ledger/event-row.ts';
import { HOLD_REASONS } from '../../../lib/model/reasons.ts';
import { sha256 } from '../../support/memory-ports.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>) =>
  fc.assert(property, { numRuns: 500, seed: 20261123 });

const newRow = (bodyHash: string): EventRow => ({
  state: 'open',
  bodyHash,
  time: '2026-11-23T09:30:00Z',
  holder: 'another-delivery',
  leaseUntil: 0,
  principals: [],
  late: true,
  checked: {},
});

const TARGETS = ['CWABCDEFGHIJKLMN', 'coreweave/a', 'saml/a@b'] as const;
const hashes = (targets: readonly string[]) => targetHashes({ sha256 }, targets);
const some = fc.subarray([...TARGETS]);
/** Few, so that approvals meet in one reason: of each kind one that is told apart. */
const reason = fc.constantFrom('held-protected' as const, 'held-stale' as const, 'held-conflict' as const);
const checkName: fc.Arbitrary<string> = fc.constantFrom(
  'reinstatement',
  'newer schedule',
  'a check of another version',
);
const time = fc.constantFrom('2026-11-23T09:30:00Z', '2026-11-23T10:31:00+01:00', '2026-11-23T09:32:00Z');
const approvals: fc.Arbitrary<Approval> = fc
  .record({
    reason,
    userId: fc.constantFrom('AROA:ann', 'AROA:bob', UNIDENTIFIED),
    targets: some,
    check: fc.option(checkName, { nil: undefined, freq: 2 }),
    asOf: fc.option(time, { nil: undefined, freq: 2 }),
  })
  .map(({ reason: code, userId, targets, check, asOf }) => ({
    key: `approval#e#${code}#${userId}`,
    reason: code,
    userId,
    targets: hashes(targets),
    operator: 'arn',
    operationId: 'op',
    ...(check === undefined ? {} : { check }),
    ...(asOf === undefined ? {} : { asOf }),
  }));

describe('an approval', () => {
  it('counts for what it covers and no more, and by as many persons as the hold needs', () => {
    const met = { 0: 0, 1: 0, 2: 0 };
    run(
      fc.property(
        fc.array(approvals, { maxLength: 9, size: 'max' }),
        fc.subarray([...TARGETS], { minLength: 0, maxLength: 2 }),
        fc.subarray([...HOLD_REASONS]),
        fc.record({ check: fc.option(checkName, { nil: undefined }), asOf: fc.option(time, { nil: undefined }) }),
        (given, asked, two, { check, asOf }) => {
          const approved = coverageOf(given, hashes(asked), two);
          const isSeen = (each: Approval) =>
            [undefined, check].includes(each.check) &&
            (asOf === undefined || !(Date.parse(each.asOf ?? asOf) < Date.parse(asOf)));
          for (const code of HOLD_REASONS) {
            const bound = code === 'held-unknown-sender' || code === 'held-conflict';
            const covers = (targets: readonly string[]) => hashes(asked).every((target) => targets.includes(target));
            const covering = given.filter(
              (each) => each.reason === code && (bound || (asked.length > 0 && covers(each.targets))) && isSeen(each),
            );
            const persons = new Set(covering.map(({ userId }) => userId).filter((id) => id !== UNIDENTIFIED)).size;
            const needed = two.includes(code) ? 2 : code === 'held-protected' ? 1 : 0;
            const expected = covering.length > 0 && persons >= needed;
            if (expected) met[needed] += 1;
            expect(approved({ reason: code, check, ...(asOf && { asOf }) })).toBe(expected);
          }
        },
      ),
    );
    expect(Math.min(...Object.values(met))).toBeGreaterThan(10);
  });

  it('is what its item says, or none: any field that differs voids it', () => {
    const prefix = `approval#${'e'.repeat(64)}#`;
    const item = {
      eventHash: 'h',
      targets: ['coreweave/a'],
      holds: [{ targets: ['coreweave/a'], check: 'age', asOf: '2026-11-23T09:30:00.000Z' }],
      reason: 'held-stale',
      userId: 'AROA:ann',
      operator: 'arn',
      operationId: 'op',
      created: '2026-11-23T09:30:00.000Z',
      validUntil: '2026-11-24T09:30:00.000Z',
    };
    const facts = { key: `${prefix}held-stale#AROA:ann`, prefix, eventHash: 'h', now: Date.UTC(2026, 10, 24, 9, 29) };
    expect(approvalsIn({ sha256 }, item, facts)).toEqual([
      {
        key: facts.key,
        reason: 'held-stale',
        userId: 'AROA:ann',
        operator: 'arn',
        operationId: 'op',
        targets: hashes(['coreweave/a']),
        check: 'age',
        asOf: '2026-11-23T09:30:00.000Z',
      },
    ]);
    const names = Object.keys(item).filter((name) => name !== 'created' && name !== 'targets');
    run(
      fc.property(fc.constantFrom(...names), fc.constantFrom(null, 7, '', 'x', [7], 'held-limit'), (name, junk) => {
        const found = approvalsIn({ sha256 }, { ...item, [name]: junk }, facts);
        const mayDiffer = name === 'operator' || name === 'operationId';
        // Without a list of holds it is an item of an earlier version.
        const isOlder = name === 'holds' && !Array.isArray(junk);
        expect(found.length).toBe((mayDiffer && typeof junk === 'string') || isOlder ? 1 : 0);
      }),
    );
    expect(approvalsIn({ sha256 }, item, { ...facts, now: Date.UTC(2026, 10, 24, 9, 30) })).toEqual([]);
    expect(approvalsIn({ sha256 }, item, { ...facts, prefix: `approval#${'f'.repeat(64)}#` })).toEqual([]);
  });
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
      approvals: fc.option(fc.array(approvals, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    })
    .map(({ fence, approvals: used, ...row }) => ({
      ...newRow('body-a'),
      ...row,
      ...(fence === undefined ? {} : { fence }),
      ...(used === undefined ? {} : { approvals: used }),
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
  if (name === 'fence' || name === 'dueAt') return junk === undefined || typeof junk === 'number';
  if (name === 'approvals') return junk === undefined;
  if (name === 'leaseUntil') return junk === 7;
  if (name === 'checked') return typeof junk === 'object' && junk !== null;
  return (name === 'bodyHash' || name === 'time' || name === 'holder') && junk === 'x';
};
