/**
 * Delays before a retry. All jitter is `equal` (half fixed, half random): full jitter would call a throttling API too
 * soon.
 */

/** The longest Retry-After that is followed, in seconds: a wrong header must not delay a leak for a day. */
export const MAX_RETRY_AFTER_S = 900;

export const equalJitter = (full: number, fraction: number): number => full / 2 + (full / 2) * fraction;

/** Milliseconds before the next quick attempt. `attempt`: the one that failed, from 1; `fraction` in [0, 1). */
export const quickPauseMs = (attempt: number, fraction: number): number =>
  Math.ceil(equalJitter(100 * 4 ** (attempt - 1), fraction));

const SECONDS = /^\d{1,10}$/;
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Seconds from 0 to MAX_RETRY_AFTER_S; undefined: no valid value. A date is compared with the response's own `date`
 * header, since clocks differ. `Number` and `Date.parse` alone would also accept `0x10`, ` 5 ` and `-1`. (RFC 9110
 * §10.2.3, §5.6.7)
 */
export function retryAfterSeconds(
  header: string | undefined,
  date: string | undefined,
  now: number,
): number | undefined {
  // Stryker disable next-line ConditionalExpression: for the type only, `undefined` as text is neither seconds nor a
  // date
  if (header === undefined) return undefined;
  if (SECONDS.test(header)) return Math.min(Number(header), MAX_RETRY_AFTER_S);
  const at = httpDate(header);
  if (at === undefined) return undefined;
  const seconds = Math.ceil((at - (httpDate(date) ?? now)) / 1_000);
  return Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_S);
}

function httpDate(text: string | undefined): number | undefined {
  // Stryker disable next-line ConditionalExpression: for the type only, `undefined` as text is no date
  if (text === undefined || !HTTP_DATE.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
