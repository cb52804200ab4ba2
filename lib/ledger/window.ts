/** Limits on distinct principals in fixed windows. Up to twice the limit can pass across a window boundary. */
import type { Limits } from '../model/settings.ts';

const MINUTES_10_MS = 600_000;
const DAY_MS = 86_400_000;

/** One set of principals in the ledger. `expiresAt` in epoch seconds, well after the window's end. */
export interface LimitWindow {
  readonly pk: string;
  readonly limit: number;
  readonly expiresAt: number;
  /** For audit records. */
  readonly rule: keyof Limits;
}

/**
 * The windows that must all admit a principal. `sourceHash`: SHA-256 (hex) of the event's source; `now` in epoch ms.
 */
export function limitWindows(sourceHash: string, limits: Limits, now: number): readonly LimitWindow[] {
  const window = (scope: string, span: '10m' | 'day', rule: keyof Limits): LimitWindow => {
    const length = span === '10m' ? MINUTES_10_MS : DAY_MS;
    const start = Math.floor(now / length) * length;
    return {
      pk: `window#${scope}#${span}#${start}`,
      limit: limits[rule],
      expiresAt: Math.ceil((start + 2 * length) / 1_000),
      rule,
    };
  };
  return [
    window(sourceHash, '10m', 'sourcePer10Minutes'),
    window(sourceHash, 'day', 'sourcePerDay'),
    window('total', '10m', 'totalPer10Minutes'),
    window('total', 'day', 'totalPerDay'),
  ];
}
