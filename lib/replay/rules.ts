/** The rules of a replay: which dead letters it selects, which of them may be sent, and its report. */
import type { StoredDeadLetter } from '../dead-letters/read.ts';
import { isHoldReason, type Reason } from '../model/reasons.ts';
import { MAX_REPLAYS, REPLAY_CODES, type ReplayCode, type ReplayResult } from '../model/replay-codes.ts';
import type { ReplayFilter } from '../model/replay-filter.ts';

/** `now` in epoch ms, the same for the whole run. */
export function matches(filter: ReplayFilter, deadLetter: StoredDeadLetter, now: number): boolean {
  const { reason, source, lane, eventType, eventId, messageIds, olderThan = -Infinity, newerThan = Infinity } = filter;
  const age = now - deadLetter.lastSeen;
  return (
    isUnsetOr(reason, deadLetter.reason) &&
    isUnsetOr(source, deadLetter.about.source) &&
    isUnsetOr(lane, deadLetter.lane) &&
    isUnsetOr(eventType, deadLetter.about.type) &&
    isUnsetOr(eventId, deadLetter.about.id) &&
    (messageIds === undefined || messageIds.some((id) => deadLetter.messageId.startsWith(id))) &&
    age > olderThan &&
    age < newerThan
  );
}

const isUnsetOr = (wanted: string | undefined, found: string): boolean => wanted === undefined || wanted === found;

export interface ReplayMode {
  readonly approve: boolean;
  readonly dryRun?: boolean;
  readonly filter: ReplayFilter;
}

/**
 * Why a dead letter must not be sent. Undefined: it may. A hold that the request names by its reason or event may go
 * without approval: all safety checks run again, and hold it again unless its cause is gone. A conflict has two bodies
 * under one name, so source and id do not say which one is approved.
 */
export function refusalOf(
  { reason, resend, event, replays, about }: StoredDeadLetter,
  { approve, dryRun = false, filter }: ReplayMode,
): ReplayCode | undefined {
  if (resend.kind === 'none') return resend.code;
  const isExact = filter.messageIds !== undefined;
  const isNamed = isExact || filter.reason === reason || (filter.eventId !== undefined && filter.eventId === about.id);
  if (isHoldReason(reason) && !approve && !isNamed) return 'needs-approval';
  if (reason === 'held-conflict' && approve && !dryRun && !isExact) return 'needs-message-id';
  if (isHoldReason(reason) && event === null) return 'no-event';
  return replays >= MAX_REPLAYS && !approve ? 'replay-limit' : undefined;
}

/**
 * `complete`: every dead letter was examined. Otherwise there may be more, and another run continues. `stopped`: by the
 * caller's signal. `unavailable`: the dead-letter queue could not be read any further.
 */
export type ReplayEnd = 'complete' | 'max' | 'time' | 'stopped' | 'unavailable';

export interface ReplayReport {
  readonly operationId: string;
  /** Nothing was written: `replayed` counts what would be. */
  readonly dryRun: boolean;
  readonly ended: ReplayEnd;
  readonly results: Readonly<Record<ReplayResult, number>>;
  /** How many dead letters of each reason ended with which code. */
  readonly reasons: Readonly<Partial<Record<Reason, Readonly<Partial<Record<ReplayCode, number>>>>>>;
}

export const emptyReport = (operationId: string, dryRun: boolean): ReplayReport => ({
  operationId,
  dryRun,
  ended: 'complete',
  results: { replayed: 0, skipped: 0, refused: 0, failed: 0 },
  reasons: {},
});

/** How many are approved by one of two persons. */
export const waitingIn = (reasons: ReplayReport['reasons']): number =>
  Object.values(reasons).reduce((sum, codes) => sum + (codes?.['needs-second-approval'] ?? 0), 0);

export function counted(
  report: ReplayReport,
  { reason }: Pick<StoredDeadLetter, 'reason'>,
  code: ReplayCode,
): ReplayReport {
  const result = REPLAY_CODES[code];
  const codes = report.reasons[reason] ?? {};
  return {
    ...report,
    results: { ...report.results, [result]: report.results[result] + 1 },
    reasons: { ...report.reasons, [reason]: { ...codes, [code]: (codes[code] ?? 0) + 1 } },
  };
}
