/** Reads and writes the approvals in the ledger. A message carries only their keys. */
import {
  type Approval,
  type ApprovalFacts,
  type ApprovalItem,
  approvalPrefix,
  approvalsIn,
  joinApprovals,
} from './approval.ts';
import { expiryOf, type LedgerPorts } from './events.ts';

/** Keys in a message that are followed: each costs a read. */
const MAX_POINTERS = 10;
/** The name of the message attribute, and what separates keys in it: no key holds a space. */
export const APPROVALS_ATTRIBUTE = 'approvals';

export const isApprovalKey = (key: string): boolean => /^approval#[\x21-\x7e]{1,400}$/.test(key);

export const pointersIn = (attribute: string | undefined): readonly string[] =>
  // Stryker disable next-line StringLiteral: what is no approval key is left out
  (attribute ?? '').split(' ').filter(isApprovalKey).slice(0, MAX_POINTERS);

/** SQS refuses an empty attribute. */
export const pointerAttributes = (keys: readonly string[]): Readonly<Record<string, string>> =>
  keys.length === 0 ? {} : { [APPROVALS_ATTRIBUTE]: [...new Set(keys)].join(' ') };

interface ReadRequest extends Pick<ApprovalFacts, 'eventHash' | 'began'> {
  /** The event that the approvals must be about. */
  readonly event: { readonly source: string; readonly id: string };
}

/** What the keys point to, as far as it is valid for the event. Consistent reads. Rejects if one fails. */
export async function readApprovals(
  ports: LedgerPorts,
  keys: readonly string[],
  { event, ...facts }: ReadRequest,
): Promise<readonly Approval[]> {
  const prefix = approvalPrefix(ports, event);
  const own = [...new Set(keys)].filter((key) => key.startsWith(prefix)).slice(0, MAX_POINTERS);
  const rows = await Promise.all(own.map((key) => ports.table.get(key)));
  const now = ports.clock.now();
  return rows.flatMap((row) =>
    row === undefined ? [] : approvalsIn(ports, row.data, { ...facts, key: row.pk, prefix, now }),
  );
}

/**
 * Replaces an older approval of the same operator. What that one covers of the same event stays covered, and both end
 * with the earlier. `busy`: another write came in between. `needs-message-id`: the same operation has approved another
 * body of the event, perhaps in an earlier invocation. Rejects if the table cannot be reached.
 */
export async function writeApproval(
  { table, clock }: Pick<LedgerPorts, 'table' | 'clock'>,
  { key, ...item }: ApprovalItem,
): Promise<'written' | 'busy' | 'needs-message-id'> {
  const stored = await table.get(key);
  const { operationId, eventHash } = stored?.data ?? {};
  if (operationId === item.operationId && eventHash !== item.eventHash) return 'needs-message-id';
  const data = joinApprovals(stored?.data, item, clock.now());
  const row = { pk: key, version: (stored?.version ?? 0) + 1, expiresAt: expiryOf(clock.now()), data };
  return (await table.put(row, stored?.version)) ? 'written' : 'busy';
}
