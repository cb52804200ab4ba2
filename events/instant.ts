/** Instants as text: RFC 3339 with a zone. Texts that would require a guess are rejected. */

const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;

const DATE = String.raw`(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,30})?`;
const ZONE = String.raw`(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)`;
/** RFC 3339 §5.6 without leap seconds, which the clocks of the comparison do not have. */
const INSTANT = new RegExp(`^${DATE}T${TIME}${ZONE}$`, 'i');

const EXAMPLE = '2026-11-23T09:30:00Z';

/** Epoch ms, with finer digits cut off. Undefined for any text that is not a real instant with a zone (RFC 3339). */
export function instantMs(text: string): number | undefined {
  const match = INSTANT.exec(text);
  if (match === null || Number(match[3]) > daysIn(Number(match[1]), Number(match[2]))) return undefined;
  // Stryker disable next-line MethodExpression: this engine accepts `t` and `z` too, ECMA-262 only guarantees capitals
  return Date.parse(text.toUpperCase());
}

/** Epoch ms, to compare with others: a text that cannot be read is older than any. */
export const msOrOldest = (text: string): number => instantMs(text) ?? 0;

/** What was expected instead of this value; never contains the value. */
export const instantExpected = (value: unknown): string =>
  typeof value === 'string' && DATE_ONLY.test(value)
    ? `expected an instant with a zone, such as ${EXAMPLE}: a date alone begins up to 26 hours apart in different ` +
      'zones, and access must end at one known time'
    : `expected a real instant in RFC 3339 with a zone, such as ${EXAMPLE}`;

/** `Date.parse` reads 30 February as 2 March, hence this check. Day 0 is the last day of the previous month. */
const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
