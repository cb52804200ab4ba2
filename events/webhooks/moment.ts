/** Points in time as vendors write them. What would need a guess cannot be read. */
import { instantMs } from '../instant.ts';
import type { Moment, Path } from './schema.ts';
import { zonedTime } from './time-zone.ts';

/** `absent`: null, an empty text, or nothing at all. `at`: RFC 3339. */
export type MomentReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'instant'; readonly at: string };

export interface MomentReader {
  readonly path: Path;
  readonly read: (value: unknown) => MomentReading;
}

const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$/;
const LOCAL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?$/;
const ZONED = /^(.+?) ?(Z|[+-]\d{2}:?\d{2})$/i;
const DAY_MS = 86_400_000;
/** Characters of a time or date; what is longer is none, and is not searched for one. */
const MAX_TIME = 100;

const UNREADABLE: MomentReading = { kind: 'unreadable' };

/** Created once per webhook, since looking a time zone up takes longer than reading a time. */
export function momentReader(moment: Moment): MomentReader {
  const { at, zone, as = 'instant', day = 'end' } = isSpec(moment) ? moment : { at: moment };
  const toEpoch = zone === undefined ? undefined : zonedTime(zone);
  const wall = (text: string, addMs = 0): number | undefined => {
    const ms = instantMs(`${text}Z`);
    return ms === undefined ? undefined : toEpoch?.(ms + addMs);
  };
  const dayOf = (date: string): number | undefined => wall(`${date}T00:00:00`, day === 'end' ? DAY_MS : 0);
  const msOf = (value: unknown): number | undefined => {
    const text =
      typeof value === 'number'
        ? String(value)
        : typeof value === 'string' && value.length <= MAX_TIME
          ? value.trim()
          : '';
    const date = DATE.exec(text)?.[1];
    if (as === 'date') return date === undefined ? undefined : dayOf(date);
    return epochMs(text) ?? zonedMs(text) ?? (date === text ? dayOf(date) : wall(local(text)));
  };
  return {
    path: at,
    read(value) {
      if (value === undefined || value === null || value === '') return { kind: 'absent' };
      const ms = msOf(value);
      return ms === undefined ? UNREADABLE : { kind: 'instant', at: new Date(ms).toISOString() };
    },
  };
}

const isSpec = (moment: Moment): moment is Extract<Moment, { at: Path }> =>
  typeof moment === 'object' && 'at' in moment;

/** Seconds have ten digits until the year 2286, milliseconds thirteen. */
function epochMs(text: string): number | undefined {
  if (/^[1-9]\d{9}$/.test(text)) return Number(text) * 1_000;
  return /^[1-9]\d{12}$/.test(text) ? Number(text) : undefined;
}

/** `2026-01-31 18:42+0000` is a form of RFC 3339 that only lacks its colon and its `T`. */
function zonedMs(text: string): number | undefined {
  const [, time = '', offset = ''] = ZONED.exec(text) ?? [];
  return instantMs(`${local(time)}${offset.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`);
}

/** The time with `T` and seconds; anything else is no time, and stays none. */
function local(text: string): string {
  const [, date, minutes, seconds = ':00'] = LOCAL.exec(text) ?? [];
  return date === undefined ? '' : `${date}T${minutes}${seconds}`;
}
