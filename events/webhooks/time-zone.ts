/** Wall-clock times of a zone of the IANA database. */

/** Loading the database of time zones takes a cold start longer than all else of a webhook. */
const UTC: ReadonlySet<string> = new Set(['UTC', 'Etc/UTC']);

/** Whether the runtime knows the zone. */
export function isTimeZone(zone: string): boolean {
  if (UTC.has(zone)) return true;
  try {
    return zone !== '' && new Intl.DateTimeFormat('en-US', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

/**
 * From the wall-clock time of the zone, written as if it were UTC (epoch ms), to epoch ms. In an hour that a change of
 * the clock repeats, the first one; in one that it skips, the hour after it.
 */
export function zonedTime(zone: string): (wallMs: number) => number {
  if (UTC.has(zone)) return (wallMs) => wallMs;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (wallMs) => {
    const before = wallMs - offsetMs(format, wallMs - DAY_MS);
    const after = wallMs - offsetMs(format, wallMs + DAY_MS);
    return [before, after].find((at) => at + offsetMs(format, at) === wallMs) ?? before;
  };
}

const DAY_MS = 86_400_000;

/** `GMT`, `GMT-05:00` or, long ago, `GMT-04:56:02`. (ECMA-402, timeZoneName) */
function offsetMs(format: Intl.DateTimeFormat, at: number): number {
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name) ?? [];
  const size = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  return sign === '-' ? -size : size;
}
