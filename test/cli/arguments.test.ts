import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseAge } from '../../cli/arguments.ts';

const DAY_MS = 86_400_000;

describe('parseAge', () => {
  it.each([
    ['0s', 0],
    ['45s', 45_000],
    ['90m', 5_400_000],
    ['90min', 5_400_000],
    ['2h', 7_200_000],
    ['3d', 3 * DAY_MS],
    ['2w', 14 * DAY_MS],
    ['400d', 400 * DAY_MS],
    ['PT90M', 5_400_000],
    ['P2W', 14 * DAY_MS],
    ['P400D', 400 * DAY_MS],
  ])('reads %s', (text, ms) => {
    expect(parseAge(text)).toBe(ms);
  });

  it.each(['401d', 'P401D', '58w', 'P58W', '999999w', '9601h', 'PT9601H'])('refuses %s: more than 400 days', (text) => {
    const refused = new InvalidArgumentError('expected an age of at most 400 days, such as 90m, 2h, 3d or PT90M');
    expect(() => parseAge(text)).toThrow(refused);
  });

  it.each(['', '3', 'd', '-1d', '1.5h', '3D', '3 d', '1y', '1234567s', 'P1Y'])('refuses "%s"', (text) => {
    expect(() => parseAge(text)).toThrow(InvalidArgumentError);
  });
});
