/** The row of an event: who may lead it in each state, and how it is written and read. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import {
  decideClaim,
  dueAtOf,
  type EventRow,
  fitsInRow,
  mayBeDue,
  ROW_LIFE_S,
  RowError,
  readRow,
  rowData,
  waitMs,
} from '../../../lib/ledger/event-row.ts';
import { EVENT_MS as NOW, PRINCIPAL } from '../../support/event-factory.ts';

const row = (overrides: Partial<EventRow> = {}): EventRow => ({
  state: 'open',
  bodyHash: 'b0d1',
  time: '2026-11-23T09:30:00Z',
  holder: 'first',
  leaseUntil: NOW + 30_000,
  principals: [principalName.parse(PRINCIPAL)],
  fence: ['CWABCDEFGHIJKLMN'],
  owners: [principalName.parse(PRINCIPAL)],
  late: true,
  checked: {},
  ...overrides,
});
const newcomer = row({ holder: 'second', leaseUntil: NOW + 60_000, principals: [], checked: {} });
const approval = {
  key: 'approval#e#held-stale#AROA:ann',
  reason: 'held-stale',
  userId: 'AROA:ann',
  targets: ['7a'],
  operator: 'arn',
  operationId: 'op',
} as const;
const approvals = [approval];
const other = { ...approval, key: 'approval#e#held-stale#AROA:bob', userId: 'AROA:bob' };
const taken = (stored: EventRow) => ({
  kind: 'claimed',
  row: { ...stored, state: 'open', holder: 'second', leaseUntil: NOW + 60_000 },
});
const decide = (stored: EventRow | undefined, reopens = false) =>
  decideClaim(stored, { row: newcomer, reopens, replaces: false }, NOW);

describe('decideClaim', () => {
  it('leads it when there is no row', () => {
    expect(decide(undefined)).toEqual({ kind: 'claimed', row: newcomer });
  });

  it.each([
    ['waits while another leads', row(), { kind: 'busy' }],
    ['waits until the lease has ended', row({ leaseUntil: NOW + 1 }), { kind: 'busy' }],
    ['takes over when it has, with all that is known', row({ leaseUntil: NOW }), taken(row())],
    ['leads what it holds itself: its own write came back as lost', row({ holder: 'second' }), taken(row())],
    ['takes a free lease', row({ leaseUntil: 0, approvals }), taken(row({ approvals }))],
    ['is told that it is done', row({ state: 'done', leaseUntil: 0 }), { kind: 'duplicate' }],
    ['waits for the day', row({ state: 'scheduled', dueAt: NOW + 120_001 }), { kind: 'parked' }],
    [
      'goes up to two minutes before it is due',
      row({ state: 'scheduled', dueAt: NOW + 120_000 }),
      taken(row({ dueAt: NOW + 120_000 })),
    ],
    ['goes after it was due', row({ state: 'scheduled', dueAt: 1 }), taken(row({ dueAt: 1 }))],
    ['leaves it to the person who has its hold', row({ state: 'held' }), { kind: 'parked' }],
    ['leaves it to the person who has its dead letter', row({ state: 'dead' }), { kind: 'parked' }],
  ])('%s', (_, stored, expected) => {
    expect(decide(stored)).toEqual(expected);
  });

  it.each([
    ['reopens a hold', row({ state: 'held' }), taken(row())],
    ['reopens what was dead, without its approvals', row({ state: 'dead', approvals }), taken(row())],
    ['finds done what is done', row({ state: 'done' }), { kind: 'duplicate' }],
    ['waits for the day all the same', row({ state: 'scheduled', dueAt: NOW + 120_001 }), { kind: 'parked' }],
    ['waits while another leads', row(), { kind: 'busy' }],
  ])('in its dead letter %s', (_, stored, expected) => {
    expect(decide(stored, true)).toEqual(expected);
  });

  it.each(['open', 'done', 'scheduled', 'held', 'dead'] as const)(
    'is in conflict with another body when %s',
    (state) => {
      for (const reopens of [false, true]) {
        const stored = row({ state, bodyHash: 'other', leaseUntil: 0, holder: 'second' });
        expect(decide(stored, reopens)).toEqual({ kind: 'conflict' });
      }
    },
  );
});

describe('the copy of another sender', () => {
  const comer = { ...newcomer, sender: 'AROAHR', authority: 'hr' };
  const own = { sender: 'AROAHR', authority: 'hr' };
  const others = { sender: 'AROAX', authority: '//hr.example' };

  it.each(['open', 'held', 'dead'] as const)('does not stand for the event: %s', (state) => {
    const decision = decideClaim(
      row({ state, leaseUntil: 0, ...others }),
      { row: comer, reopens: false, replaces: false },
      NOW,
    );
    expect(decision).toEqual(taken(row(own)));
  });

  it.each([
    ['the same sender', own, comer],
    ['version 0.1, which names no sender', {}, comer],
    ['a sender who is not known', others, newcomer],
  ])('stands for it in its dead letter if it is of %s', (_, from, requested) => {
    const request = { row: requested, reopens: false, replaces: false };
    expect(decideClaim(row({ state: 'held', ...from }), request, NOW)).toEqual({ kind: 'parked' });
  });

  it('leaves what is scheduled to its schedule', () => {
    const request = { row: comer, reopens: false, replaces: false };
    const stored = row({ state: 'scheduled', dueAt: NOW, ...others });
    expect(decideClaim(stored, request, NOW)).toEqual({ kind: 'parked' });
  });
});

describe('the approvals of a row', () => {
  const comer = { row: { ...newcomer, approvals: [other] }, reopens: true, replaces: false };
  it.each([
    ['grow with each delivery of a run', row({ leaseUntil: 0, approvals }), [approval, other]],
    ['are kept until the day', row({ state: 'scheduled', dueAt: NOW, approvals }), [approval, other]],
    ['are those of the new run once the last was held', row({ state: 'held', approvals }), [other]],
    ['are those of the new run once the last was given up', row({ state: 'dead', approvals }), [other]],
  ])('%s', (_, stored, expected) => {
    expect(decideClaim(stored, comer, NOW)).toMatchObject({ kind: 'claimed', row: { approvals: expected } });
  });

  it('of 0.1 are none', () => {
    const old = { codes: ['held-stale'], by: 'ann', at: 'then', operationId: 'op', bodyHash: 'b0d1' };
    const stored = readRow({ ...rowData(row({ leaseUntil: 0 })), approval: old });
    const decision = decide(stored);
    expect(decision.kind === 'claimed' && rowData(decision.row)).toEqual(taken(row()).row);
  });
});

describe('an approved conflict', () => {
  const comer = { row: { ...newcomer, approvals: [other] }, reopens: true, replaces: true };

  it.each(['open', 'done', 'scheduled', 'held', 'dead'] as const)('takes the row of the other body: %s', (state) => {
    const stored = row({ state, bodyHash: 'other', leaseUntil: 0, approvals });
    expect(decideClaim(stored, comer, NOW)).toEqual({ kind: 'claimed', row: comer.row });
  });

  it('waits while the other body is processed', () => {
    expect(decideClaim(row({ bodyHash: 'other' }), comer, NOW)).toEqual({ kind: 'busy' });
  });
});

describe('the day of an offboarding', () => {
  it.each([
    ['2026-11-23T10:00:00Z', Date.UTC(2026, 10, 23, 10)],
    ['2026-11-23T10:00:00.001Z', Date.UTC(2026, 10, 23, 10, 1)],
    ['2026-11-23T11:00:59+01:00', Date.UTC(2026, 10, 23, 10, 1)],
  ])('%s is a whole minute, and not before it', (effectiveAt, dueAt) => expect(dueAtOf(effectiveAt)).toBe(dueAt));

  it('may have come up to a minute before, since it is rounded up, by clocks that differ by a minute', () => {
    expect([mayBeDue(NOW + 120_000, NOW), mayBeDue(NOW + 120_001, NOW)]).toEqual([true, false]);
  });

  it.each([
    ['2026-11-23T10:00:00.001Z', 1],
    ['2026-11-23T10:00:00Z', 0],
    ['2026-11-23T09:59:59Z', 0],
  ])('of %s waits %i ms at ten', (effectiveAt, expected) => {
    expect(waitMs(effectiveAt, Date.UTC(2026, 10, 23, 10))).toBe(expected);
  });
});

describe('fitsInRow', () => {
  const ids = (count: number, length: number): readonly string[] => Array(count).fill('K'.repeat(length));
  it.each([
    ['no key', [], true],
    ['as many keys as a snapshot may have, of 22 characters', ids(15_000, 22), true],
    ['one more', ids(15_001, 1), false],
    ['ids of as many bytes as a row has room for', ids(1, 379_997), true],
    ['one byte more', ids(1, 379_998), false],
    ['one byte more in two ids', ids(2, 189_998), false],
  ])('of %s', (_, keys, expected) => expect(fitsInRow(keys)).toBe(expected));
});

describe('a row in the table', () => {
  const { fence: _, owners: __, ...unfenced } = row();
  it.each([
    [
      'with everything',
      row({
        dueAt: 5,
        approvals,
        checked: { [PRINCIPAL]: 2 },
        named: [principalName.parse('coreweave/UEQXFGRCYGQPTEXAMPLE1')],
        sender: 'AROAHR',
        authority: 'hr',
        standing: ['event#1'],
      }),
    ],
    ['with the least', unfenced],
  ])('%s is read as it was written', (_name, given) => {
    expect(rowData(given)).toStrictEqual(given);
    expect(readRow(JSON.parse(JSON.stringify(rowData(given))))).toStrictEqual(given);
  });

  it.each([
    ['a state that we do not know', { state: 'paused' }],
    ['no body hash', { bodyHash: null }],
    ['a lease in text', { leaseUntil: '0' }],
    ['principals in text', { principals: PRINCIPAL }],
    ['a fence with a number', { fence: [1] }],
    ['owners in text', { owners: PRINCIPAL }],
    ['nothing about late keys', { late: null }],
    ['a day without its date', { state: 'scheduled' }],
    ['a date in text', { dueAt: '5' }],
    ['no checks', { checked: null }],
    ['an approval of something unknown', { approvals: [{ ...approval, reason: 'all' }] }],
    ['no approvals where some should be', { approvals: null }],
    ['one such approval beside another', { approvals: [approval, { ...approval, reason: 'all' }] }],
    ['a sender that is no text', { sender: 7, authority: 'hr' }],
    ['an authority that is no text', { sender: 'AROAHR', authority: 7 }],
    ['names that are no list', { named: PRINCIPAL }],
    ['standing events that are no texts', { standing: [7] }],
    ['an approval without its key', { approvals: [{ ...approval, key: null }] }],
    ['an approval whose targets are no texts', { approvals: [{ ...approval, targets: [1] }] }],
  ])('with %s is refused', (_name, change) => {
    expect(() => readRow({ ...rowData(row()), ...change })).toThrow(RowError);
  });

  it('is kept for 400 days', () => expect(ROW_LIFE_S).toBe(34_560_000));

  it('that cannot be read says so without quoting it', () => {
    expect(() => readRow({ state: 'cwo' })).toThrow(
      expect.objectContaining({
        name: 'RowError',
        code: 'ledger-row-unreadable',
        message: 'ledger-row-unreadable: expected a row that this product wrote',
      }),
    );
  });
});
