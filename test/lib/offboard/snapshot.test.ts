/** The limits of a key snapshot, and the scope of the revocation. */
import { describe, expect, it } from 'vitest';
import { fitsInRow, MAX_SNAPSHOT_KEYS } from '../../../lib/ledger/event-row.ts';
import { revocationScope } from '../../../lib/offboard/snapshot.ts';

const keys = (count: number, length: number) =>
  Array.from({ length: count }, (_, n) => `CW${String(n).padStart(length - 2, '0')}`);

describe('a fence', () => {
  it.each([
    ['no key', keys(0, 20), true],
    ['15,000 keys', keys(15_000, 20), true],
    ['15,001 keys', keys(15_001, 20), false],
    ['380,000 bytes, with three for each id', keys(10_000, 35), true],
    ['a byte more', [...keys(9_999, 35), 'C'.repeat(36)], false],
    ['one id that is as long', ['C'.repeat(380_000)], false],
  ])('of %s fits or not', (_, ids, expected) => {
    expect(fitsInRow(ids)).toBe(expected);
  });

  it('of as many keys as may be, each with 22 characters, stays under the size of one item', () => {
    const ids = keys(MAX_SNAPSHOT_KEYS, 22);
    expect(fitsInRow(ids)).toBe(true);
    // DynamoDB: a byte of overhead and the text for each element of a list; room for the rest of the row.
    expect(ids.reduce((sum, id) => sum + id.length + 1, 0)).toBeLessThan(409_600 - 16_384);
  });
});

describe('a principal-wide revocation', () => {
  it.each([
    ['of an offboarding goes by principal at first', { late: true, first: true, ageMs: 0 }, 'principal'],
    ['of an offboarding goes by principal again', { late: true, first: false, ageMs: 999_999 }, 'principal'],
    ['of a compromise goes by principal right after the list', { late: false, first: true, ageMs: 5_000 }, 'principal'],
    ['of a compromise goes by key when the list is older', { late: false, first: true, ageMs: 5_001 }, 'keys'],
    ['of a compromise goes by key at every later try', { late: false, first: false, ageMs: 0 }, 'keys'],
  ] as const)('%s', (_, given, expected) => {
    expect(revocationScope(given)).toBe(expected);
  });
});
