/** Limits on distinct principals in fixed windows. Up to twice the limit can pass across a window boundary. */

import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import type { Limits } from '../model/settings.ts';
import type { LedgerPorts } from './events.ts';

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

interface ReconcileDay {
  /** RFC 3339: the window of that date. */
  readonly time: string;
}

const reconcileWindow = ({ time }: ReconcileDay) => {
  const { start, expiresAt } = windowOf(DAY_MS, instantMs(time) ?? 0);
  return { pk: `window#reconcile#day#${start}`, expiresAt };
};

const memberOf = ({ sha256 }: Pick<LedgerPorts, 'sha256'>, principal: PrincipalName): string =>
  sha256(principal).slice(0, 32);

/**
 * Whether reconciliation may revoke the principal that day. The function that lists the keys and the one that revokes
 * them ask the same window, and a principal that was admitted stays so. Rejects if the table cannot be reached.
 */
export function admitReconciled(
  ports: Pick<LedgerPorts, 'table' | 'sha256'>,
  { principal, limit, ...day }: ReconcileDay & { readonly principal: PrincipalName; readonly limit: number },
): Promise<boolean> {
  const { pk, expiresAt } = reconcileWindow(day);
  return ports.table.admit(pk, memberOf(ports, principal), limit, expiresAt);
}

/** Who was admitted that day, by one read for all. Rejects if the table cannot be reached. */
export async function readReconciled(
  ports: Pick<LedgerPorts, 'table' | 'sha256'>,
  day: ReconcileDay,
): Promise<{ isAdmitted(principal: PrincipalName): boolean; readonly count: number }> {
  const members = (await ports.table.get(reconcileWindow(day).pk))?.data.members;
  const admitted = new Set<unknown>(Array.isArray(members) ? members : []);
  return { isAdmitted: (principal) => admitted.has(memberOf(ports, principal)), count: admitted.size };
}
