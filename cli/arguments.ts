/** What arguments and options may be: byte-exact, nothing is repaired. Each parser throws commander's InvalidArgumentError. */
import { InvalidArgumentError } from 'commander';
import {
  ACCESS_KEY_ID_EXPECTED,
  type AccessKeyId,
  accessKeyId,
  PRINCIPAL_NAME_EXPECTED,
  type PrincipalName,
  principalName,
} from '../events/ids.ts';
import { duration } from '../lib/io/config/parse.ts';
import { CONFLICT, FAILURES, HOLDS, isReason, type Reason } from '../lib/model/reasons.ts';

/** A full principal name. */
export function principalArgument(text: string): PrincipalName {
  const parsed = principalName.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(PRINCIPAL_NAME_EXPECTED);
  return parsed.data;
}

/** The id of an access key. */
export function keyArgument(text: string): AccessKeyId {
  const parsed = accessKeyId.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(ACCESS_KEY_ID_EXPECTED);
  return parsed.data;
}

/** Takes the bounds; returns a parser of whole numbers within them. */
export const numberArgument =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`expected a number from ${least} to ${most}`);
    return value;
  };

/** Letters per second. */
export function rateArgument(text: string): number {
  const rate = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(rate >= 0.1 && rate <= 1_000)) throw new InvalidArgumentError('expected a number from 0.1 to 1000');
  return rate;
}

/** The code of a reason. */
export function reasonArgument(text: string): Reason {
  if (isReason(text)) return text;
  throw new InvalidArgumentError(`expected one of ${[...FAILURES, ...HOLDS, CONFLICT].join(', ')}`);
}

const SHORT = /^(\d{1,6})(w|d|h|m|min|s)$/;
const SHORT_MS: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  min: 60_000,
  s: 1_000,
};
const ISO = duration('PT0S', 'P400D');

/** An age, as ms: `90m`, `2h`, `3d`, or ISO 8601 (`PT90M`). */
export function ageArgument(text: string): number {
  const [, count, unit = ''] = SHORT.exec(text) ?? [];
  if (count !== undefined) return Number(count) * (SHORT_MS[unit] ?? 0);
  const iso = ISO(text);
  if (!iso.ok) throw new InvalidArgumentError('expected an age such as 90m, 2h, 3d or PT90M');
  return iso.value;
}
