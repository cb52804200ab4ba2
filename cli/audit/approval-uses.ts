/** Approvals that the records of a log name, and the replays in it that gave them. */
import type { AuditLine } from '../../lib/audit/read-line.ts';
import { eventSummaryOf, stepOf } from '../../lib/audit/read-step.ts';
import type { AuditFinding, LogPosition } from './findings.ts';

interface Use {
  readonly uid: string;
  readonly place: LogPosition;
  readonly detail: string;
}

export interface ApprovalUses {
  /** The first record of each approval, by operation and reason. */
  readonly used: Map<string, Use>;
  /** Operations and reasons of replays that approved. */
  readonly replays: Set<string>;
}

/** Changes `uses`: the record names approvals, or is a replay that gave one, or is neither. */
export function noteApprovals({ used, replays }: ApprovalUses, line: AuditLine, place: LogPosition): void {
  const { approvals = [], replay, code } = stepOf(line);
  if (approvals.length === 0 && replay === undefined) return;
  // A check that goes on with its parent's approval has another id.
  const nameOf = (operationId: string, reason: string): string => JSON.stringify([operationId, reason]);
  if (replay !== undefined && code === 'intent' && replay.releases !== '') {
    replays.add(nameOf(replay.operationId, replay.releases));
  }
  for (const { reason, operator, operationId } of approvals) {
    const name = nameOf(operationId, reason);
    if (used.has(name)) continue;
    const event = eventSummaryOf(line)?.id ?? '';
    used.set(name, { uid: line.uid, place, detail: `${reason} of ${event} by ${operator}, operation ${operationId}` });
  }
}

/** In the order of the log. */
export const unmatchedApprovals = ({ used, replays }: ApprovalUses): readonly AuditFinding[] =>
  [...used]
    .filter(([name]) => !replays.has(name))
    .map(([, { uid, place, detail }]) => ({ kind: 'approval-unmatched', place, uid, detail }));
