/** The row of an event: who may lead it in each state, and how it is written and read. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import {
  approvedCodes,
  decideClaim,
  dueAtOf,
  type EventRow,
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
const approval = { codes: ['held-stale'], by: 'ann', at: 'then', operationId: 'op', bodyHash: 'b0d1' } as const;
const taken = (stored: EventRow) => ({
  kind: 'lead',
  row: { ...stored, state: 'open', holder: 'second', leaseUntil: NOW + 60_000 },
});
const decide = (stored: EventRow | undefined, reopens = false) => decideClaim(stored, { row: newcomer, reopens }, NOW);

describe('whoever comes with an event', () => {
  it('leads it when there is no row', () => {
    expect(decide(undefined)).toEqual({ kind: 'lead', row: newcomer });
  });

  it.each([
    ['waits while another leads', row(), { kind: 'busy' }],
    ['waits until the lease has ended', row({ leaseUntil: NOW + 1 }), { kind: 'busy' }],
    ['takes over when it has, with all that is known', row({ leaseUntil: NOW }), taken(row())],
    ['leads what it holds itself: its own write came back as lost', row({ holder: 'second' }), taken(row())],
    ['leads what nobody leads', row({ leaseUntil: 0, approval }), taken(row({ approval }))],
    ['is told that it is done', row({ state: 'done', leaseUntil: 0 }), { kind: 'duplicate' }],
    ['waits for the day', row({ state: 'scheduled', dueAt: NOW + 60_001 }), { kind: 'parked' }],
    [
      'goes up to a minute before it is due',
      row({ state: 'scheduled', dueAt: NOW + 60_000 }),
      taken(row({ dueAt: NOW + 60_000 })),
    ],
    ['goes after it was due', row({ state: 'scheduled', dueAt: 1 }), taken(row({ dueAt: 1 }))],
    ['leaves it to the person who has its hold', row({ state: 'held' }), { kind: 'parked' }],
    ['leaves it to the person who has its letter', row({ state: 'dead' }), { kind: 'parked' }],
  ])('%s', (_, stored, expected) => {
    expect(decide(stored)).toEqual(expected);
  });

  it.each([
    ['reopens a hold', row({ state: 'held' }), taken(row())],
    ['reopens what was dead', row({ state: 'dead', approval }), taken(row({ approval }))],
    ['finds done what is done', row({ state: 'done' }), { kind: 'duplicate' }],
    ['waits for the day all the same', row({ state: 'scheduled', dueAt: NOW + 60_001 }), { kind: 'parked' }],
    ['waits while another leads', row(), { kind: 'busy' }],
  ])('in its dead letter %s', (_, stored, expected) => {
    expect(decide(stored, true)).toEqual(expected);
  });

  it.each(['open', 'done', 'scheduled', 'held', 'dead'] as const)(
    'is in conflict with another body when %s',
    (state) => {
      for (const reopens of [false, true]) {
        const other = row({ state, bodyHash: 'other', leaseUntil: 0, holder: 'second' });
        expect(decide(other, reopens)).toEqual({ kind: 'conflict' });
      }
    },
  );
});

describe('an approval', () => {
  it.each([
    ['counts for the body that was approved', row({ approval }), ['held-stale']],
    ['does not count for another', row({ approval: { ...approval, bodyHash: 'other' } }), []],
    ['is none when there is none', row(), []],
  ])('%s', (_, given, expected) => {
    expect(approvedCodes(given)).toEqual(expected);
  });
});

describe('the day of an offboarding', () => {
  it.each([
    ['2026-11-23T10:00:00Z', Date.UTC(2026, 10, 23, 10)],
    ['2026-11-23T10:00:00.001Z', Date.UTC(2026, 10, 23, 10, 1)],
    ['2026-11-23T11:00:59+01:00', Date.UTC(2026, 10, 23, 10, 1)],
  ])('%s is a whole minute, and not before it', (effectiveAt, dueAt) => expect(dueAtOf(effectiveAt)).toBe(dueAt));

  it('may have come up to a minute before, since it is rounded up', () => {
    expect([mayBeDue(NOW + 60_000, NOW), mayBeDue(NOW + 60_001, NOW)]).toEqual([true, false]);
  });

  it.each([
    ['2026-11-23T10:00:00.001Z', 1],
    ['2026-11-23T10:00:00Z', 0],
    ['2026-11-23T09:59:59Z', 0],
  ])('of %s waits %i ms at ten', (effectiveAt, expected) => {
    expect(waitMs(effectiveAt, Date.UTC(2026, 10, 23, 10))).toBe(expected);
  });
});

describe('a row in the table', () => {
  const { fence: _, owners: __, ...unfenced } = row();
  it.each([
    ['with everything', row({ dueAt: 5, approval, checked: { [PRINCIPAL]: 2 } })],
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
    ['an approval of something unknown', { approval: { ...approval, codes: ['all'] } }],
    ['no approval where one should be', { approval: null }],
    ['an approval without codes', { approval: { by: 'ann' } }],
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
