/**
 * Approvals of held events: one ledger item per event, reason and operator, apart from the event's row. Operators may
 * put only keys that end in their own `aws:userid`, and the revoke functions none. `approvals.ts` reads and writes
 * them.
 */
import { type CanonicalEvent, MAX_AHEAD_MS } from '../../events/canonical.ts';
import { instantMs } from '../../events/instant.ts';
import { foldName } from '../../events/names.ts';
import { fieldsOf } from '../../events/shapes.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import { type Hold, type HoldReason, isHoldReason } from '../model/reasons.ts';
import { ownerOfArn } from '../model/replay-codes.ts';
import type { Sha256 } from '../ports.ts';

/** How long a run may begin with an approval. */
export const APPROVAL_VALID_MS = 24 * 3_600_000;

/** In place of `aws:userid`, if AWS does not say who approves. No id of AWS is written so. */
export const UNIDENTIFIED = 'unidentified';

/** One hold that an operator has approved, as a run keeps it: in its event's row, and in its audit records. */
export interface Approval extends ApprovedHold {
  readonly key: string;
  readonly reason: HoldReason;
  /** `aws:userid` of the operator, or UNIDENTIFIED. (IAM user guide, global condition keys) */
  readonly userId: string;
  /** ARN, or `claimed:<name>`. */
  readonly operator: string;
  readonly operationId: string;
}

/** What the operator saw. */
interface ApprovedHold {
  /** `targetHashes` of them; in the item as they are. */
  readonly targets: readonly string[];
  /** The safety check. Absent: the dead letter named none, and all checks of the reason are approved. */
  readonly check?: string;
  /** RFC 3339: nothing later is covered. Rows of earlier versions lack it. */
  readonly asOf?: string;
}

type TimedHold = ApprovedHold & { readonly asOf: string };

/** The item in the ledger. Times in RFC 3339. */
export interface ApprovalItem extends Omit<Approval, keyof ApprovedHold> {
  readonly eventHash: string;
  /** Of all `holds`. */
  readonly targets: readonly string[];
  /** Each by itself: what was seen of one says nothing of another. Items of earlier versions lack them. */
  readonly holds: readonly ApprovedHold[];
  readonly created: string;
  readonly validUntil: string;
}

interface EventName {
  readonly source: string;
  readonly id: string;
}

interface Hashing {
  readonly sha256: Sha256;
}

/** An event is named by source and id; both may contain any separator. */
export const eventNameHash = ({ sha256 }: Hashing, { source, id }: EventName): string =>
  sha256(JSON.stringify([source, id]));

/** What the keys of an event's approvals begin with. */
export const approvalPrefix = (ports: Hashing, event: EventName): string => `approval#${eventNameHash(ports, event)}#`;

/** `aws:userid` of users, roles and their sessions, and of federated users. */
const USER_ID = /^[\w+=,.@:-]{1,256}$/;

export const isUserId = (text: string): boolean => USER_ID.test(text);

export const approvalKey = (
  ports: Hashing,
  event: EventName,
  { reason, userId }: Pick<Approval, 'reason' | 'userId'>,
): string => `${approvalPrefix(ports, event)}${reason}#${userId}`;

/** The hash of the whole event, evidence included: what the operator saw. (RFC 8785) */
export const eventHash = ({ sha256 }: Hashing, event: CanonicalEvent): string => sha256(canonicalJson({ ...event }));

/**
 * The hash of each target: keys, principals, or the events that a reinstatement takes back. Spellings of one principal
 * are one target, since its keys may be listed under another spelling; ids have no other spelling.
 */
export const targetHashes = ({ sha256 }: Hashing, targets: readonly string[]): readonly string[] => [
  ...new Set(targets.map((target) => sha256(spellingOf(target)))),
];

const spellingOf = (target: string): string => (/^(?:saml|role)\//.test(target) ? foldName(target) : target);

export interface ApprovalFacts {
  readonly key: string;
  /** Of the event that the key names. */
  readonly prefix: string;
  /** Hash of the event. Undefined: the run of the event has verified it (a follow-up check). */
  readonly eventHash: string | undefined;
  /** Epoch ms. */
  readonly now: number;
  /** Epoch ms at which the run began: by default now. */
  readonly began?: number;
}

/**
 * None: the item approves nothing about this event, or no longer. IAM proves the user ID in the key; all else is what
 * its writer says.
 */
export function approvalsIn(
  ports: Hashing,
  data: { readonly [attribute: string]: Json },
  { key, prefix, eventHash: hash, now, began = now }: ApprovalFacts,
): readonly Approval[] {
  const { reason, userId, operator, operationId } = data;
  if (!isHoldReason(reason) || typeof userId !== 'string' || !isUserId(userId)) return [];
  if (typeof operator !== 'string' || typeof operationId !== 'string') return [];
  if (key !== `${prefix}${reason}#${userId}` || ownerOfArn(operator, userId) === 'another') return [];
  if (hash !== undefined && (data.eventHash !== hash || !(isValid(data, now) || isValid(data, began)))) return [];
  return holdsIn(data)
    .filter(({ asOf }) => msOrNewest(asOf) <= now + MAX_AHEAD_MS)
    .map((hold) => ({
      ...hold,
      targets: targetHashes(ports, hold.targets),
      key,
      reason,
      userId,
      operator,
      operationId,
    }));
}

/** For APPROVAL_VALID_MS at most, whatever end the item names. */
function isValid({ created, validUntil }: { readonly [attribute: string]: Json }, now: number): boolean {
  const [from, until] = [created, validUntil].map((time) => (typeof time === 'string' ? instantMs(time) : undefined));
  // Stryker disable next-line ConditionalExpression,LogicalOperator: for the type only, nothing is before no time
  if (from === undefined || until === undefined) return false;
  return from <= now + MAX_AHEAD_MS && now < Math.min(until, from + APPROVAL_VALID_MS);
}

/**
 * An item of an earlier version approves one hold, of whatever check. No other attribute counts: who approves is in the
 * key.
 */
function holdsIn({ holds, targets, created }: { readonly [attribute: string]: Json }): readonly TimedHold[] {
  const stored: readonly unknown[] = Array.isArray(holds) ? holds : [{ targets }];
  if (typeof created !== 'string' || !stored.every(isApprovedHold)) return [];
  return stored.map(({ targets: seen, check, asOf }) => ({
    targets: seen,
    ...(check && { check }),
    asOf: asOf || created,
  }));
}

function isApprovedHold(value: unknown): value is ApprovedHold {
  const { targets, check, asOf } = fieldsOf(value);
  return isTextList(targets) && [check, asOf].every((text) => text === undefined || typeof text === 'string');
}

const isTextList = (list: unknown): list is readonly string[] =>
  Array.isArray(list) && list.every((text) => typeof text === 'string');

/** What cannot be read is later than anything. */
const msOrNewest = (time: string): number => instantMs(time) ?? Number.POSITIVE_INFINITY;

/** An event may be held several times, such as an alert that leads to several keys. `before`: the item so far. */
export function joinApprovals(
  before: { readonly [attribute: string]: Json } | undefined,
  item: Omit<ApprovalItem, 'key'>,
  now: number,
): { readonly [attribute: string]: Json } {
  // Stryker disable next-line StringLiteral: for the type only, an approval without an end is not valid
  const { eventHash: hash, validUntil = '' } = before ?? {};
  // Stryker disable next-line ConditionalExpression: the first question is for the type only, no item has no hash
  const earlier = before !== undefined && hash === item.eventHash && isValid(before, now) ? holdsIn(before) : [];
  const isRenewed = (hold: ApprovedHold): boolean => item.holds.some((each) => nameOf(each) === nameOf(hold));
  const holds = [...earlier.filter((hold) => !isRenewed(hold)), ...item.holds];
  return {
    ...item,
    targets: [...new Set(holds.flatMap(({ targets }) => targets))],
    holds: holds.map((hold) => ({ ...hold })),
    ...(earlier.length > 0 ? { validUntil } : {}),
  };
}

const nameOf = ({ check, targets }: ApprovedHold): string => JSON.stringify([check, targets]);

/** Whether a row's value is an approval that a claim copied. */
export function isApproval(value: unknown): value is Approval {
  if (!isApprovedHold(value)) return false;
  const { key, reason, userId, operator, operationId }: Partial<Approval> = value;
  return isHoldReason(reason) && [key, userId, operator, operationId].every((text) => typeof text === 'string');
}

/** Those of `more` replace older ones of the same key. */
export const mergeApprovals = (approvals: readonly Approval[], more: readonly Approval[]): readonly Approval[] => [
  ...approvals.filter(({ key }) => !more.some((each) => each.key === key)),
  ...more,
];

/** Holds of an event as it was sent, before anything is looked up for it: its hash binds them. */
const WITHOUT_TARGETS: ReadonlySet<HoldReason> = new Set<HoldReason>(['held-unknown-sender', 'held-conflict']);

/** Whether a hold is approved. Without `asOf`: as far as what the check finds is not known to be later. */
export type IsApproved = (hold: Pick<Hold, 'reason' | 'asOf'> & { readonly check?: string | undefined }) => boolean;

/**
 * Which holds are approved for all of these targets (`targetHashes`). `twoPerson`: the reasons that two persons must
 * approve, TWO_PERSON_APPROVAL; both have approved the same check.
 */
export const coverageOf =
  (approvals: readonly Approval[], targets: readonly string[], twoPerson: readonly HoldReason[]): IsApproved =>
  (hold) => {
    const isSeen = (seen: readonly string[]): boolean =>
      WITHOUT_TARGETS.has(hold.reason) || (targets.length > 0 && targets.every((each) => seen.includes(each)));
    const covering = approvals.filter((each) => covers(each, hold) && isSeen(each.targets));
    return covering.length > 0 && isEnough(covering, identifiedOperators(hold.reason, twoPerson));
  };

const covers = ({ reason, check, asOf }: Approval, hold: Parameters<IsApproved>[0]): boolean =>
  reason === hold.reason &&
  (check === undefined || check === hold.check) &&
  // Stryker disable next-line ConditionalExpression: the first question is for the type only, no time is the newest
  (asOf === undefined || hold.asOf === undefined || msOrNewest(hold.asOf) <= msOrNewest(asOf));

/** How many operators must approve whom AWS identifies; 0: one of them need not be. */
export function identifiedOperators(reason: HoldReason, twoPerson: readonly HoldReason[]): 0 | 1 | 2 {
  if (twoPerson.includes(reason)) return 2;
  return reason === 'held-protected' ? 1 : 0;
}

const isEnough = (approvals: readonly Approval[], needed: 0 | 1 | 2): boolean =>
  new Set(approvals.map(({ userId }) => userId).filter((id) => id !== UNIDENTIFIED)).size >= needed;
