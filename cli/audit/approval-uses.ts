/** Approvals that the records of a log name, and the replays in it that gave them. */
import type { AuditLine } from '../../lib/audit/read-line.ts';
import { type ApprovalDetails, eventSummaryOf, stepOf } from '../../lib/audit/read-step.ts';
import { approvalPrefix } from '../../lib/ledger/approval.ts';
import type { Sha256 } from '../../lib/ports.ts';
import type { AuditFinding, LogPosition } from './findings.ts';

interface Use {
  readonly uid: string;
  readonly place: LogPosition;
  readonly detail: string;
}

export interface ApprovalUses {
  readonly sha256: Sha256;
  /** The first record of each approval, by operation, reason and event. */
  readonly used: Map<string, Use>;
  /** Operations, reasons and events of replays that approved. */
  readonly replays: Set<string>;
}

/** Changes `uses`: the record names approvals, or is a replay that gave one, or is neither. */
export function noteApprovals(uses: ApprovalUses, line: AuditLine, place: LogPosition): void {
  const { approvals = [], replay, code } = stepOf(line);
  if (approvals.length === 0 && replay === undefined) return;
  const { id = '', source = '' } = eventSummaryOf(line) ?? {};
  if (replay !== undefined && code === 'intent' && replay.releases !== '') {
    uses.replays.add(JSON.stringify([replay.operationId, approvalPrefix(uses, { source, id }), replay.releases]));
  }
  for (const { key, reason, operationId, ...approver } of approvals) {
    // The event that the key names: a check that goes on with its parent's approval has another id.
    const name = JSON.stringify([operationId, key.slice(0, key.indexOf('#', key.indexOf('#') + 1) + 1), reason]);
    if (uses.used.has(name)) continue;
    const detail = `${reason} of ${id} by ${describeApprover(approver)}, operation ${operationId}`;
    uses.used.set(name, { uid: line.uid, place, detail });
  }
}

/** The user that IAM has verified, and the name that they gave. */
export const describeApprover = ({
  userId,
  operator,
  claimed,
}: Pick<ApprovalDetails, 'userId' | 'operator' | 'claimed'>): string =>
  `${userId} (${operator}${claimed ? ', unverified' : ''})`;

/** In the order of the log. */
export const unmatchedApprovals = ({
  used,
  replays,
}: Pick<ApprovalUses, 'used' | 'replays'>): readonly AuditFinding[] =>
  [...used]
    .filter(([name]) => !replays.has(name))
    .map(([, { uid, place, detail }]) => ({ kind: 'approval-unmatched', place, uid, detail }));
