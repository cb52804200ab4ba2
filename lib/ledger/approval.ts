/**
 * Approvals of held events: one ledger item per event, reason and operator, apart from the event's row. Operators may
 * put only keys that end in their own `aws:userid`, and the revoke functions none. `approvals.ts` reads and writes
 * them.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { foldName } from '../../events/names.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import { type HoldReason, isHoldReason } from '../model/reasons.ts';
import type { Sha256 } from '../ports.ts';

/** How long a run may begin with an approval. */
export const APPROVAL_VALID_MS = 24 * 3_600_000;

/** In place of `aws:userid`, if AWS does not say who approves. No id of AWS is written so. */
export const UNIDENTIFIED = 'unidentified';

/** What a run keeps of an approval: in its event's row, and in its audit records. */
export interface Approval {
  readonly key: string;
  readonly reason: HoldReason;
  /** `aws:userid` of the operator, or UNIDENTIFIED. (IAM user guide, global condition keys) */
  readonly userId: string;
  /** `targetHashes` of what the operator saw. */
  readonly targets: readonly string[];
  /** ARN, or `claimed:<name>`. */
  readonly operator: string;
  readonly operationId: string;
}

/** The item in the ledger. Times in RFC 3339. */
export interface ApprovalItem extends Approval {
  readonly eventHash: string;
  /** Not hashed. */
  readonly targets: readonly string[];
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
}

/** Undefined: the item approves nothing about this event, or no longer. */
export function approvalIn(
  ports: Hashing,
  data: { readonly [attribute: string]: Json },
  { key, prefix, eventHash: hash, now }: ApprovalFacts,
): Approval | undefined {
  const { reason, userId, operator, operationId, targets, validUntil } = data;
  if (!isHoldReason(reason) || typeof userId !== 'string' || !isUserId(userId)) return undefined;
  if (typeof operator !== 'string' || typeof operationId !== 'string' || !isTextList(targets)) return undefined;
  if (key !== `${prefix}${reason}#${userId}`) return undefined;
  const isExpired = !(typeof validUntil === 'string' && Date.parse(validUntil) > now);
  if (hash !== undefined && (data.eventHash !== hash || isExpired)) return undefined;
  return { key, reason, userId, operator, operationId, targets: targetHashes(ports, targets) };
}

const isTextList = (list: unknown): list is readonly string[] =>
  Array.isArray(list) && list.every((text) => typeof text === 'string');

/** An alert may lead to several keys, each held and approved by itself. `before`: the item so far. */
export function joinApprovals(
  before: { readonly [attribute: string]: Json } | undefined,
  item: Omit<ApprovalItem, 'key'>,
  now: number,
): { readonly [attribute: string]: Json } {
  const { eventHash: hash, targets, validUntil } = before ?? {};
  if (hash !== item.eventHash || !isTextList(targets) || typeof validUntil !== 'string') return { ...item };
  if (!(Date.parse(validUntil) > now)) return { ...item };
  return { ...item, targets: [...new Set([...targets, ...item.targets])], validUntil };
}

/** Whether a row's value is an approval that a claim copied. */
export function isApproval(value: unknown): value is Approval {
  if (typeof value !== 'object' || value === null) return false;
  const { key, reason, userId, targets, operator, operationId }: Partial<Approval> = value;
  const texts = [key, userId, operator, operationId];
  return isHoldReason(reason) && isTextList(targets) && texts.every((text) => typeof text === 'string');
}

/** Those of `more` replace older ones of the same key. */
export const mergeApprovals = (approvals: readonly Approval[], more: readonly Approval[]): readonly Approval[] => [
  ...new Map([...approvals, ...more].map((approval) => [approval.key, approval])).values(),
];

/** Holds of an event as it was sent, before anything is looked up for it: its hash binds them. */
const WITHOUT_TARGETS: ReadonlySet<HoldReason> = new Set<HoldReason>(['held-unknown-sender', 'held-conflict']);

/**
 * The reasons that are approved for all of these targets (`targetHashes`). `twoPerson`: the reasons that two persons
 * must approve, TWO_PERSON_APPROVAL.
 */
export function approvedReasons(
  approvals: readonly Approval[],
  targets: readonly string[],
  twoPerson: readonly HoldReason[],
): readonly HoldReason[] {
  const covers = (seen: readonly string[]): boolean =>
    targets.length > 0 && targets.every((each) => seen.includes(each));
  const covering = approvals.filter((each) => WITHOUT_TARGETS.has(each.reason) || covers(each.targets));
  return [...Map.groupBy(covering, ({ reason }) => reason)]
    .filter(([reason, each]) => isEnough(each, identifiedOperators(reason, twoPerson)))
    .map(([reason]) => reason);
}

/** How many operators must approve whom AWS identifies; 0: one of them need not be. */
export function identifiedOperators(reason: HoldReason, twoPerson: readonly HoldReason[]): 0 | 1 | 2 {
  if (twoPerson.includes(reason)) return 2;
  return reason === 'held-protected' ? 1 : 0;
}

const isEnough = (approvals: readonly Approval[], needed: 0 | 1 | 2): boolean =>
  needed === 0 || new Set(approvals.map(({ userId }) => userId).filter((id) => id !== UNIDENTIFIED)).size >= needed;
