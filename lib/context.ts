/** What a pipeline carries while it works, from the longest-lived to the shortest. */
import type { CanonicalEvent } from '../events/canonical.ts';
import type { AuditEntry } from './audit/entry.ts';
import { type AuditLog, writeAuditRecord } from './audit/write.ts';
import type { DeadLetters } from './dead-letters/dead-letter.ts';
import { type Approval, coverageOf, type IsApproved, targetHashes } from './ledger/approval.ts';
import type { KeyLimits, KeyPlace } from './ledger/key-limits.ts';
import type { Alerts } from './model/alert.ts';
import type { Disposition } from './model/disposition.ts';
import type { KeyListing, KeyOwner } from './model/key.ts';
import type { TargetOutcome } from './model/outcome.ts';
import type { OtherPlan } from './model/plan.ts';
import type { OwnRole, Sender } from './model/sender.ts';
import type { Lane, Settings } from './model/settings.ts';
import type { Chance, Clock, Credentials, LaneQueues, Log, Meter, Schedules, Sha256, Table } from './ports.ts';

/** All that the revoke function needs of the outside. */
export interface Ports {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly alerts: Alerts;
  readonly audit: AuditLog;
  readonly deadLetters: DeadLetters;
  readonly lanes: LaneQueues;
  readonly table: Table;
  readonly schedules: Schedules;
  readonly sha256: Sha256;
  readonly log: Log;
  readonly meter: Meter;
}

/** One Lambda environment, created at cold start. */
export interface Runtime {
  readonly ports: Ports;
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly keyLimits: KeyLimits;
  /**
   * By message that was not finished yet: the positions of its events that are done, or have their dead letters.
   * Otherwise each delivery of a message that does not fit into an invocation would process all of them again, and none
   * would end it.
   */
  readonly doneParts: Map<string, Set<number>>;
  /** The pipelines of all events but a leaked key, which may be loaded first. Rejects like them. */
  readonly processPlan: (context: EventContext, plan: OtherPlan) => Promise<Disposition>;
}

/** One batch. */
export interface Invocation {
  readonly requestId: string;
  /** Epoch ms at which nothing new is started and calls in flight end. */
  readonly endsAt: number;
  /** Revocations of this batch by target, running or finished: equal targets share one. */
  readonly revocations: Map<string, Promise<TargetOutcome>>;
  readonly keys: SharedKeyListing;
  readonly owners: SharedOwners;
}

/** The owners of the keys that a batch is about, each read once however many events name the key. */
export interface SharedOwners {
  of(accessKeyId: string): Promise<KeyOwner>;
  /** What `of` found for the key; undefined: it was not asked. */
  known(accessKeyId: string): Promise<KeyOwner | undefined>;
}

/** The key listings that the events of a batch share. */
export interface SharedKeyListing {
  /**
   * The batch's first listing. Undefined: the keys could not be listed, or the circuit breaker is open; the next caller
   * tries again.
   */
  first(): Promise<KeyListing | undefined>;
  /** A listing that begins after this call; callers that wait at the same time share one. */
  fresh(): Promise<KeyListing | undefined>;
}

/** One message, as SQS delivered it. */
export interface Delivery {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** SHA-256 (hex) and bytes of the redacted body. */
  readonly sha256: string;
  readonly size: number;
  readonly lane: Lane;
  readonly receiveCount: number;
  /** Epoch ms; infinite if SQS does not say. */
  readonly firstReceived: number;
  /** Epoch ms by SQS' clock at which it was sent, before any delay of the queue; 0 if it does not say. */
  readonly sentAt: number;
  readonly senderId: string;
  /** Our own function that sent the message; undefined: another sender did. */
  readonly role: OwnRole | undefined;
  /**
   * Message attributes of our own functions, which are believed only from them: the sender of the event (as
   * Sender.id, or empty), how often it was replayed, and when it was first seen (RFC 3339, or empty).
   */
  readonly sentFor: string;
  readonly replays: number;
  readonly firstSeen: string;
  /** Ledger keys of approvals: pointers, which approve nothing by themselves. */
  readonly approvalKeys: readonly string[];
}

export interface RecordContext {
  readonly runtime: Runtime;
  readonly invocation: Invocation;
  readonly delivery: Delivery;
}

export interface EventContext extends RecordContext {
  readonly event: CanonicalEvent;
  readonly sender: Sender;
  /** The event arrived inside its dead letter (a redrive by hand). */
  readonly redriven: boolean;
  /** What was approved for this event, as the ledger has it. */
  readonly approvals: readonly Approval[];
  /** Writes one audit record about the event. Rejects if it cannot be written. */
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

/** The same context, for a run that uses these approvals. */
export const withApprovals = (context: EventContext, approvals: readonly Approval[]): EventContext => ({
  ...context,
  approvals,
  audit: auditor(context, context.event, context.sender.name, approvals),
});

/** Which holds are approved for these targets. */
export const approvedFor = (
  { runtime: { ports, settings }, approvals }: EventContext,
  targets: readonly string[],
): IsApproved =>
  approvals.length === 0
    ? () => false
    : coverageOf(approvals, targetHashes(ports, targets), settings.twoPersonApproval);

/** For whom the limits on keys count an event. An event of an unknown sender counts for its source. */
const countedSenderOf = ({ event, sender }: Pick<EventContext, 'event' | 'sender'>): string =>
  sender.id || event.source;

/** The key's place in the limits, for this run of the event. */
export const keyPlaceOf = (context: EventContext, accessKeyId: string): KeyPlace =>
  context.runtime.keyLimits.placeOf({
    sender: countedSenderOf(context),
    source: context.event.source,
    accessKeyId,
  });

/**
 * The writer of audit records about `event`; null: the message held no event. `sender`: as Sender.name. `approvals`:
 * those of the run.
 */
export const auditor = (
  { runtime: { ports, settings }, invocation, delivery }: RecordContext,
  event: CanonicalEvent | null,
  sender: string,
  approvals: readonly Approval[] = [],
): ((entry: AuditEntry) => Promise<void>) => {
  const { messageId, lane, receiveCount, senderId, replays } = delivery;
  const named = {
    messageId,
    lane,
    receiveCount,
    senderId,
    replays,
    sender,
    requestId: invocation.requestId,
    approvals,
  };
  return (entry) => {
    const { sha256, size } = delivery;
    return writeAuditRecord(ports, { entry, event, delivery: { ...named, sha256, size }, settings });
  };
};

/**
 * Epoch ms by the clock that is ahead: ours, or SQS' when the message was sent. A clock that is behind loses nothing.
 */
export const latestNow = ({ runtime, delivery }: RecordContext): number =>
  Math.max(runtime.ports.clock.now(), delivery.sentAt);

/**
 * The items of a message in the order in which a delivery starts them: a later one starts anywhere, so that what did
 * not fit into an invocation is not left out by each of them.
 */
export function inTurn<Item>({ runtime, delivery }: RecordContext, items: readonly Item[]): readonly Item[] {
  if (delivery.receiveCount === 1 || items.length < 2) return items;
  const start = Math.floor(runtime.ports.chance.fraction() * items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Milliseconds left for new work in this invocation. */
export const budgetMs = ({ runtime, invocation }: RecordContext): number =>
  Math.max(0, invocation.endsAt - runtime.ports.clock.now());
