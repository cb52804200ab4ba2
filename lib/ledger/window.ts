/** Limits on distinct principals in fixed windows. At a window's edge twice the figure can pass: one window's, then the next one's. */
import type { Limits } from '../model/settings.ts';

const MINUTES_10_MS = 600_000;
const DAY_MS = 86_400_000;

/** One set in the ledger: `pk` names it, `limit` bounds it, `expiresAt` (epoch seconds) is well after its end. */
export interface Window {
  readonly pk: string;
  readonly limit: number;
  readonly expiresAt: number;
  /** The rule, for the audit. */
  readonly rule: keyof Limits;
}

/** Takes the SHA-256 (hex) of an event's source, the limits and now (epoch ms); returns the windows that must all admit a principal. */
export function windowsOf(sourceHash: string, limits: Limits, now: number): readonly Window[] {
  const window = (scope: string, span: '10m' | 'day', rule: keyof Limits): Window => {
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
