/** What a flow holds while it works: values from outer to inner, each living as long as its name says. */
import type { CanonicalEvent } from '../events/canonical.ts';
import type { AuditEntry } from './audit/entry.ts';
import type { AuditLog } from './audit/write.ts';
import { putOnRecord } from './audit/write.ts';
import type { Api } from './coreweave/api.ts';
import type { Caller } from './coreweave/client.ts';
import type { Inventory } from './coreweave/list-keys.ts';
import type { TargetResult } from './coreweave/result.ts';
import type { DeadLetters } from './dead-letters/dead-letter.ts';
import type { Alerts } from './model/alert.ts';
import type { Lane, Settings } from './model/settings.ts';
import type { Chance, Clock, LaneQueues, Log, Schedules, Sha256, Table } from './ports.ts';

/** All that the flows of a message need of the outside. */
export interface Ports {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly api: Api;
  readonly alerts: Alerts;
  readonly audit: AuditLog;
  readonly deadLetters: DeadLetters;
  readonly lanes: LaneQueues;
  readonly table: Table;
  readonly schedules: Schedules;
  readonly sha256: Sha256;
  readonly log: Log;
}

/** One Lambda environment: made at cold start. */
export interface Environment {
  readonly ports: Ports;
  readonly settings: Settings;
  readonly caller: Caller;
}

/** One batch. */
export interface Invocation {
  readonly requestId: string;
  /** Epoch ms at which nothing new is started and calls in flight end. */
  readonly endsAt: number;
  /** Revocations under way or finished in this batch, by target: equal targets share one. */
  readonly calls: Map<string, Promise<TargetResult>>;
  readonly inventory: Inventory;
}

/** One message, as SQS delivered it. */
export interface Delivery {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** SHA-256 (hex) and bytes of the body. */
  readonly sha256: string;
  readonly size: number;
  readonly lane: Lane;
  readonly receiveCount: number;
  /** Epoch ms. */
  readonly firstReceived: number;
  readonly senderId: string;
  /** From the replay's message attributes: how often it went round, and when it was first seen (RFC 3339, or empty). */
  readonly replays: number;
  readonly firstSeen: string;
}

/** Where a step happens. */
export interface Place {
  readonly environment: Environment;
  readonly invocation: Invocation;
  readonly delivery: Delivery;
}

/** One event of a message. */
export interface Work extends Place {
  readonly event: CanonicalEvent;
  /** It came round in its dead letter (a redrive by hand): a replay without approval. */
  readonly letter: boolean;
  /** Writes one audit record about the event; rejects when it could not be written. */
  readonly record: (entry: AuditEntry) => Promise<void>;
}

/** Takes where steps happen and the event that they are about (null: what was received was none); returns the writer of their audit records. */
export const recorder =
  ({ environment: { ports, settings }, invocation, delivery }: Place, event: CanonicalEvent | null): Work['record'] =>
  (entry) =>
    putOnRecord(ports, { entry, event, delivery: { ...delivery, requestId: invocation.requestId }, settings });

/** Milliseconds left for new work in this invocation; 0 when its end has come. */
export const budgetMs = ({ environment, invocation }: Place): number =>
  Math.max(0, invocation.endsAt - environment.ports.clock.now());
