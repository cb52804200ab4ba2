import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantExpected, instantMs } from '../../events/instant.ts';

describe('instantMs', () => {
  test.each([
    ['2026-11-23T09:30:00Z', Date.UTC(2026, 10, 23, 9, 30)],
    ['2026-11-23t09:30:00z', Date.UTC(2026, 10, 23, 9, 30)],
    ['2026-11-23T09:30:00.5Z', Date.UTC(2026, 10, 23, 9, 30, 0, 500)],
    ['2026-11-23T09:30:00.123456789Z', Date.UTC(2026, 10, 23, 9, 30, 0, 123)],
    [`2026-11-23T09:30:00.${'1'.repeat(30)}Z`, Date.UTC(2026, 10, 23, 9, 30, 0, 111)],
    ['2026-11-23T09:30:00+01:00', Date.UTC(2026, 10, 23, 8, 30)],
    ['2026-11-23T00:15:00-23:59', Date.UTC(2026, 10, 24, 0, 14)],
    ['2026-11-23T09:30:00-00:00', Date.UTC(2026, 10, 23, 9, 30)],
    ['2024-02-29T23:59:59Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['2026-12-31T00:00:00Z', Date.UTC(2026, 11, 31)],
  ])('reads %s', (text, expected) => {
    expect(instantMs(text)).toBe(expected);
  });

  test.each([
    '',
    '2026-11-23',
    '2026-11-23T09:30:00',
    '2026-11-23T09:30Z',
    '2026-11-23 09:30:00Z',
    '2026-11-23T09:30:00 Z',
    ' 2026-11-23T09:30:00Z',
    '2026-11-23T09:30:00Z\n',
    '2026-11-23T09:30:00.Z',
    '2026-11-23T09:30:00,5Z',
    '2026-11-23T09:30:00+0100',
    '2026-11-23T09:30:00+24:00',
    '2026-11-23T09:30:00+01:60',
    '2026-11-23T24:00:00Z',
    '2026-11-23T09:60:00Z',
    '2026-11-23T23:59:60Z',
    '2026-00-23T09:30:00Z',
    '2026-13-23T09:30:00Z',
    '2026-11-00T09:30:00Z',
    '2026-11-31T09:30:00Z',
    '2026-02-29T09:30:00Z',
    '1900-02-29T09:30:00Z',
    '2100-02-29T09:30:00Z',
    '26-11-23T09:30:00Z',
    '+002026-11-23T09:30:00Z',
    '1795426200',
    'Mon, 23 Nov 2026 09:30:00 GMT',
    'now',
    '２０２６-11-23T09:30:00Z',
    `2026-11-23T09:30:00.${'1'.repeat(31)}Z`,
  ])('reads nothing into %j', (text) => {
    expect(instantMs(text)).toBeUndefined();
  });
});

test('a date alone is answered with why it is not enough, all else with the form', () => {
  expect(instantExpected('2026-11-30')).toMatch(
    /^expected an instant with a zone, .*: a date alone begins up to 26 hours apart/,
  );
  for (const value of ['tomorrow', 'on 2026-11-30', '2026-11-30Z', ['2026-11-30'], 20261130, null]) {
    expect(instantExpected(value)).toBe(
      'expected a real instant in RFC 3339 with a zone, such as 2026-11-23T09:30:00Z',
    );
  }
});

test('instants agree with the clock that wrote them', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0100-01-01T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
      fc.integer({ min: -1439, max: 1439 }),
      (date, minutes) => {
        const two = (number: number) => String(number).padStart(2, '0');
        const [sign, size] = [minutes < 0 ? '-' : '+', Math.abs(minutes)];
        const offset = `${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        const local = new Date(date.getTime() + minutes * 60_000).toISOString().replace('Z', offset);
        expect(instantMs(date.toISOString())).toBe(date.getTime());
        expect(instantMs(local)).toBe(date.getTime());
      },
    ),
    { numRuns: 500, seed: 20261123 },
  );
});
