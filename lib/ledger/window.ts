/** Limits on distinct principals in fixed windows. Up to twice the limit can pass across a window boundary. */
import type { Limits } from '../model/settings.ts';

export const MINUTES_10_MS = 600_000;
export const DAY_MS = 86_400_000;

/**
 * The fixed window of `length` ms at `now`: its start in epoch ms, and an expiry in epoch seconds well after its end.
 */
export function windowOf(length: number, now: number): { readonly start: number; readonly expiresAt: number } {
  const start = Math.floor(now / length) * length;
  return { start, expiresAt: Math.ceil((start + 2 * length) / 1_000) };
}

/** One set of principals in the ledger. `expiresAt` in epoch seconds, well after the window's end. */
export interface LimitWindow {
  readonly pk: string;
  readonly limit: number;
  readonly expiresAt: number;
  /** For audit records. */
  readonly rule: keyof Limits;
}

/**
 * The windows that must all admit a principal. `sourceHash`: SHA-256 (hex) of the event's source; `hasKeys`: the
 * principal has live keys. Without any it counts for its source alone: invented names must not fill the windows of all.
 * `now` in epoch ms.
 */
export function limitWindows(
  { sourceHash, hasKeys }: { readonly sourceHash: string; readonly hasKeys: boolean },
  limits: Limits,
  now: number,
): readonly LimitWindow[] {
  const window = (scope: string, span: '10m' | 'day', rule: keyof Limits): LimitWindow => {
    const { start, expiresAt } = windowOf(span === '10m' ? MINUTES_10_MS : DAY_MS, now);
    return { pk: `window#${scope}#${span}#${start}`, limit: limits[rule], expiresAt, rule };
  };
  const ofSource = [window(sourceHash, '10m', 'sourcePer10Minutes'), window(sourceHash, 'day', 'sourcePerDay')];
  const ofAll = [window('total', '10m', 'totalPer10Minutes'), window('total', 'day', 'totalPerDay')];
  return hasKeys ? [...ofSource, ...ofAll] : ofSource;
}
