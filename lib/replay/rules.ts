/** A replay as values: which letters it means, what becomes of each, and what it reports. Pure. */
import type { Letter } from '../dead-letters/read.ts';
import { CONFLICT, isHold, type Reason } from '../model/reasons.ts';
import { MAX_REPLAYS, REPLAY_CODES, type ReplayCode, type ReplayResult } from '../model/replay-codes.ts';
import type { Lane } from '../model/settings.ts';

/** Which letters are meant. What is absent asks nothing; all that is there must hold. */
export interface ReplayFilter {
  readonly reason?: Reason;
  readonly source?: string;
  readonly lane?: Lane;
  readonly eventType?: string;
  readonly eventId?: string;
  /** Ages in ms, since `lastSeen`; whoever takes them as durations or instants turns them into ages first. */
  readonly olderThan?: number;
  readonly newerThan?: number;
}

/** Takes a filter, a letter and now (epoch ms; of a whole run one and the same); returns whether the letter is meant. */
export function matches(filter: ReplayFilter, letter: Letter, now: number): boolean {
  const { reason, source, lane, eventType, eventId, olderThan = -Infinity, newerThan = Infinity } = filter;
  const age = now - letter.lastSeen;
  return (
    isOr(reason, letter.reason) &&
    isOr(source, letter.about.source) &&
    isOr(lane, letter.lane) &&
    isOr(eventType, letter.about.type) &&
    isOr(eventId, letter.about.id) &&
    age > olderThan &&
    age < newerThan
  );
}

const isOr = (wanted: string | undefined, found: string): boolean => wanted === undefined || wanted === found;

/** Takes a letter that is meant, and whether the request approves; returns why it must not be sent again, if so. */
export function refusalOf({ reason, resend, event, replays }: Letter, approve: boolean): ReplayCode | undefined {
  if (reason === CONFLICT) return 'held-conflict';
  if (resend.kind === 'none') return resend.code;
  if (isHold(reason) && !approve) return 'needs-approval';
  if (isHold(reason) && event === null) return 'no-event';
  return replays >= MAX_REPLAYS && !approve ? 'replay-limit' : undefined;
}

/**
 * `complete`: every letter that was there was looked at. All else: there may be more, another run goes on. `stopped`: by the
 * caller's signal. `unavailable`: the dead-letter queue could not be read any further.
 */
export type ReplayEnd = 'complete' | 'max' | 'time' | 'stopped' | 'unavailable';

export interface ReplayReport {
  readonly operationId: string;
  /** Nothing was written: `replayed` is what would be. */
  readonly dryRun: boolean;
  readonly ended: ReplayEnd;
  readonly results: Readonly<Record<ReplayResult, number>>;
  /** By reason of the letters, how many ended with which code. */
  readonly reasons: Readonly<Partial<Record<Reason, Readonly<Partial<Record<ReplayCode, number>>>>>>;
}

/** Takes what the operation is called and whether it only looks; returns the report of an operation that has looked at nothing. */
export const emptyReport = (operationId: string, dryRun: boolean): ReplayReport => ({
  operationId,
  dryRun,
  ended: 'complete',
  results: { replayed: 0, skipped: 0, refused: 0, failed: 0 },
  reasons: {},
});

/** Takes a report and what became of one more letter; returns the report with it counted. */
export function counted(report: ReplayReport, { reason }: Pick<Letter, 'reason'>, code: ReplayCode): ReplayReport {
  const result = REPLAY_CODES[code];
  const codes = report.reasons[reason] ?? {};
  return {
    ...report,
    results: { ...report.results, [result]: report.results[result] + 1 },
    reasons: { ...report.reasons, [reason]: { ...codes, [code]: (codes[code] ?? 0) + 1 } },
  };
}
