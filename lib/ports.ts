/** What the flows need of the outside: types only. `lib/io` implements them for AWS and CoreWeave, tests hand in fakes. */
import type { Json } from './model/json.ts';
import type { Lane } from './model/settings.ts';

/** Epoch milliseconds, and a wait that the simulator can run in no time. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** SHA-256 of a text's UTF-8 bytes, in hex. */
export type Sha256 = (text: string) => string;

export interface Chance {
  /** A number in [0, 1). */
  fraction(): number;
  /** A unique id (UUID): of a record, a chain, a lease's holder, a replay. */
  id(): string;
}

export interface LaneQueues {
  /** Makes a received message visible again after `seconds` (0 to 43,200). */
  returnAfter(lane: Lane, receiptHandle: string, seconds: number): Promise<void>;
  /** Puts a message on a lane. `attributes` are string message attributes; `delaySeconds` 0 to 900. */
  send(
    lane: Lane,
    body: string,
    options: { readonly attributes?: Readonly<Record<string, string>>; readonly delaySeconds?: number },
  ): Promise<void>;
}

/** A row of the ledger table. Times in rows are epoch ms; `expiresAt` alone is in epoch seconds (DynamoDB TTL). */
export interface Row {
  readonly pk: string;
  /** Raised by one with each write; every write names the version that it saw. */
  readonly version: number;
  readonly expiresAt?: number;
  readonly data: { readonly [attribute: string]: Json };
}

/** Conditional single-row operations, nothing else; all reads are consistent. Every method rejects when the table cannot be reached. */
export interface Table {
  /** The row, or undefined when there is none or it has expired. */
  get(pk: string): Promise<Row | undefined>;
  /** Writes the row if the stored one still has version `seen` (undefined: if there is none, or it has expired). False: it had not, or an answer was lost and this very write was done; read again to tell. */
  put(row: Row, seen: number | undefined): Promise<boolean>;
  /** Deletes the row if it still has version `seen`. False: as of `put`. */
  remove(pk: string, seen: number): Promise<boolean>;
  /** Adds `member` to the row's string set unless that would make it larger than `limit`; who is a member already is always let in. False: over the limit. */
  admit(pk: string, member: string, limit: number, expiresAt: number): Promise<boolean>;
}

/** A message of the dead-letter queue, hidden from others until its visibility ends. Nothing in it is to be trusted. */
export interface ReceivedLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** Its string message attributes. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch ms at which it was sent to the queue; of a message that SQS moved, to its first queue. */
  readonly sentAt: number;
  readonly receiveCount: number;
}

/** The dead-letter queue as a person works through it. Every method rejects when the queue refuses or cannot be reached. */
export interface Inbox {
  /** Up to 10 messages, hidden for `seconds` (1 to 43,200). None: the queue showed none; it need not be empty. */
  receive(seconds: number): Promise<readonly ReceivedLetter[]>;
  /** Resolves when the message is gone for good. */
  remove(receiptHandle: string): Promise<void>;
  /** Shows the message to others again after `seconds` (0 to 43,200). */
  release(receiptHandle: string, seconds: number): Promise<void>;
  /** About how many messages the queue holds. */
  depth(): Promise<{ readonly visible: number; readonly hidden: number }>;
}

/** One-time schedules that put a message on the bulk lane. */
export interface Schedules {
  /** `at` in epoch ms, rounded up to the minute. `exists`: the name is taken, whatever stands under it. Rejects when it could not be made. */
  create(schedule: {
    readonly name: string;
    readonly at: number;
    readonly body: string;
  }): Promise<'created' | 'exists'>;
  /** `absent`: there is none, or it has fired. Rejects when it could not be removed. */
  remove(name: string): Promise<'removed' | 'absent'>;
}

/** Operational log: ids and codes only, never data of an event. */
export interface Log {
  info(code: string, fields?: LogFields): void;
  warn(code: string, fields?: LogFields): void;
  error(code: string, fields?: LogFields): void;
  /** Runs `work` with `fields` on each line that it logs, however deep. */
  within<T>(fields: LogFields, work: () => Promise<T>): Promise<T>;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
