import { describe, expect, it } from 'vitest';
import { momentReader } from '../../../events/webhooks/moment.ts';
import type { Moment } from '../../../events/webhooks/schema.ts';
import { isTimeZone } from '../../../events/webhooks/time-zone.ts';

const read = (moment: Exclude<Moment, string | { root: string }> | string, value: unknown): unknown => {
  const reading = momentReader(moment).read(value);
  return reading.kind === 'instant' ? reading.at : reading.kind;
};
const NEW_YORK = { at: '/x', zone: 'America/New_York' };

describe('momentReader', () => {
  it.each<[what: string, value: unknown, expected: string]>([
    ['RFC 3339', '2026-12-31T17:00:00+01:00', '2026-12-31T16:00:00.000Z'],
    ['an offset without its colon', '2026-01-31T18:42:00+0000', '2026-01-31T18:42:00.000Z'],
    ['a blank for the T', '2026-01-31 18:42:00.5Z', '2026-01-31T18:42:00.500Z'],
    ['no seconds', '2026-01-31T18:42Z', '2026-01-31T18:42:00.000Z'],
    ['seconds since 1970', 1_671_058_841, '2022-12-14T23:00:41.000Z'],
    ['seconds since 1970 as text', '1671058841', '2022-12-14T23:00:41.000Z'],
    ['milliseconds since 1970', 1_671_058_841_123, '2022-12-14T23:00:41.123Z'],
    ['nothing', undefined, 'absent'],
    ['null', null, 'absent'],
    ['an empty text', '', 'absent'],
    ['a date without a zone', '2026-12-31', 'unreadable'],
    ['a time without a zone', '2026-12-31T00:00:00', 'unreadable'],
    ['a day that does not exist', '2026-02-30T00:00:00Z', 'unreadable'],
    ['no date', '0000-00-00', 'unreadable'],
    ['the order of days of another country', '31/12/2026', 'unreadable'],
    ['words', 'soon', 'unreadable'],
    ['an object', {}, 'unreadable'],
    ['a boolean', true, 'unreadable'],
    ['a fraction', 1.5, 'unreadable'],
    ['a small number', 20_261_231, 'unreadable'],
    ['what is too long for a time', `2026-12-31T17:00:00${' '.repeat(100)}Z`, 'unreadable'],
  ])('reads %s', (_what, value, expected) => expect(read('/x', value)).toBe(expected));

  it.each<[what: string, value: string, expected: string]>([
    ['a date as its end', '2026-12-31', '2027-01-01T05:00:00.000Z'],
    ['a date of the summer', '2026-07-01', '2026-07-02T04:00:00.000Z'],
    ['a wall-clock time', '2026-12-31 17:00:00', '2026-12-31T22:00:00.000Z'],
    ['an instant in RFC 3339', '2026-12-31T17:00:00Z', '2026-12-31T17:00:00.000Z'],
    ['an hour that is there twice as the first one', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z'],
    ['an hour that is skipped as the one after it', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z'],
    ['the day on which the clock changes', '2026-11-01', '2026-11-02T05:00:00.000Z'],
    ['a day that does not exist', '2026-02-30', 'unreadable'],
  ])('in a zone, reads %s', (_what, value, expected) => expect(read(NEW_YORK, value)).toBe(expected));

  it('with day "start" reads a date as its beginning', () => {
    expect(read({ ...NEW_YORK, day: 'start' }, '2026-12-31')).toBe('2026-12-31T05:00:00.000Z');
  });

  it.each<[value: unknown, expected: string]>([
    ['2026-12-31T00:00:00Z', '2027-01-01T05:00:00.000Z'],
    ['2026-12-31 09:00', '2027-01-01T05:00:00.000Z'],
    ['2026-12-31', '2027-01-01T05:00:00.000Z'],
    ['2026-12-31x', 'unreadable'],
    [1_671_058_841, 'unreadable'],
    [null, 'absent'],
  ])('as a date, reads only the date of %j', (value, expected) => {
    expect(read({ ...NEW_YORK, as: 'date' }, value)).toBe(expected);
  });

  it.each(['Etc/UTC', 'UTC', 'Etc/GMT'])('in the zone %s', (zone) => {
    expect(read({ at: '/x', zone }, '2026-12-31 17:00')).toBe('2026-12-31T17:00:00.000Z');
  });

  it('east of Greenwich a day ends before that of UTC', () => {
    expect(read({ at: '/x', zone: 'Australia/Melbourne' }, '2026-12-31')).toBe('2026-12-31T13:00:00.000Z');
  });
});

it.each([
  ['Europe/Berlin', true],
  ['Etc/UTC', true],
  ['UTC', true],
  ['Etc/GMT', true],
  ['Europe/Bonn', false],
  ['', false],
])('isTimeZone %s: %s', (zone, known) => expect(isTimeZone(zone)).toBe(known));
