/** The approval of one held event, as it was shown to the operator: who approves what, and whether that is enough. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { StoredDeadLetter } from '../dead-letters/read.ts';
import { targetNames } from '../dead-letters/targets.ts';
import {
  APPROVAL_VALID_MS,
  type Approval,
  type ApprovalItem,
  approvalKey,
  coverageOf,
  eventHash,
  identifiedOperators,
  targetHashes,
  UNIDENTIFIED,
} from '../ledger/approval.ts';
import { readApprovals, writeApproval } from '../ledger/approvals.ts';
import { eventKey, type LedgerPorts } from '../ledger/events.ts';
import type { HoldReason } from '../model/reasons.ts';
import type { Operator } from '../model/replay-codes.ts';

export interface ApprovalRequest {
  readonly deadLetter: StoredDeadLetter;
  readonly event: CanonicalEvent;
  readonly reason: HoldReason;
  readonly operator: Operator;
  readonly operationId: string;
  /** `aws:userid` of other operators who have approved it. */
  readonly approvedBy: readonly string[];
  readonly twoPerson: readonly HoldReason[];
  readonly dryRun: boolean;
}

/** `keys`: those of the approvals of the event, to be sent with it once it is `approved`. */
export type ApprovalResult =
  | { readonly kind: 'approved' | 'needs-second-approval'; readonly keys: readonly string[] }
  | { readonly kind: 'busy' | 'no-target' | 'needs-identity' | 'needs-message-id' };

/**
 * Stores the approval, unless it is a dry run, and says whether it is enough with those of `approvedBy`. Rejects if the
 * table cannot be reached.
 */
export async function approve(ports: LedgerPorts, request: ApprovalRequest): Promise<ApprovalResult> {
  const { deadLetter, event, reason, operator, approvedBy, twoPerson, dryRun } = request;
  const targets = approvalTargets(ports, deadLetter);
  if (targets === undefined) return { kind: 'no-target' };
  const userId = userIdOf(operator);
  if (userId === UNIDENTIFIED && identifiedOperators(reason, twoPerson) > 0) return { kind: 'needs-identity' };
  const item = itemOf(ports, request, { targets, userId });
  const written = dryRun ? 'written' : await writeApproval(ports, item);
  if (written !== 'written') return { kind: written };
  const own = item.holds.map((hold): Approval => ({ ...item, ...hold, targets: targetHashes(ports, hold.targets) }));
  const others = approvedBy.map((id) => approvalKey(ports, event, { reason, userId: id }));
  const known = await readApprovals(ports, others, { event, eventHash: item.eventHash });
  return resultOf([...known, ...own], { ...request, targets: targetHashes(ports, targets) });
}

type HeldEvent = Pick<ApprovalRequest, 'deadLetter' | 'event' | 'reason' | 'twoPerson'>;

interface StoredApprovals extends HeldEvent {
  /** Ledger keys; those of other events are passed over. */
  readonly keys: readonly string[];
}

/** Whether approvals that operators have stored are enough. Rejects if the table cannot be reached. */
export async function checkApprovals(ports: LedgerPorts, { keys, ...held }: StoredApprovals): Promise<ApprovalResult> {
  const { deadLetter, event } = held;
  const targets = approvalTargets(ports, deadLetter);
  if (targets === undefined) return { kind: 'no-target' };
  const approvals = await readApprovals(ports, keys, { event, eventHash: eventHash(ports, event) });
  return resultOf(approvals, { ...held, targets: targetHashes(ports, targets) });
}

function resultOf(
  approvals: readonly Approval[],
  { deadLetter, reason, targets, twoPerson }: HeldEvent & { readonly targets: readonly string[] },
): ApprovalResult {
  const { check, asOf } = deadLetter;
  const isEnough = coverageOf(approvals, targets, twoPerson)({ reason, check, ...(asOf && { asOf }) });
  return { kind: isEnough ? 'approved' : 'needs-second-approval', keys: approvals.map(({ key }) => key) };
}

/** A name that the operator gave is no identity. */
const userIdOf = ({ userId, claimed }: Operator): string => (claimed ? UNIDENTIFIED : (userId ?? UNIDENTIFIED));

function itemOf(
  ports: LedgerPorts,
  { deadLetter: { check, asOf }, event, reason, operator, operationId }: ApprovalRequest,
  { targets, userId }: { readonly targets: readonly string[]; readonly userId: string },
): ApprovalItem {
  const now = ports.clock.now();
  const created = new Date(now).toISOString();
  return {
    key: approvalKey(ports, event, { reason, userId }),
    eventHash: eventHash(ports, event),
    targets,
    // What the dead letter does not date is covered as it is known now.
    holds: [{ targets, ...(check && { check }), asOf: asOf ?? created }],
    reason,
    userId,
    operator: userId === UNIDENTIFIED || operator.arn === undefined ? `claimed:${operator.name}` : operator.arn,
    operationId,
    created,
    validUntil: new Date(now + APPROVAL_VALID_MS).toISOString(),
  };
}

/**
 * What the operator was shown: the key, the principals, or the events that a reinstatement takes back. Undefined: the
 * event names a person, and the dead letter does not say who that was (0.1 did not).
 */
function approvalTargets(
  ports: Pick<LedgerPorts, 'sha256'>,
  deadLetter: StoredDeadLetter,
): readonly string[] | undefined {
  const { reason, standing } = deadLetter;
  if (reason === 'held-authority' && standing !== undefined) return standing.map((each) => eventKey(ports, each));
  const isBoundByHash = reason === 'held-unknown-sender' || reason === 'held-conflict';
  return targetNames(deadLetter) ?? (isBoundByHash ? [] : undefined);
}
