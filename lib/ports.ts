/** What pipelines need of the outside: types only. `lib/io` and `lib/coreweave` implement them, tests hand in fakes. */
import type { Json } from './model/json.ts';
import type { KeyListing, KeyState } from './model/key.ts';
import type { AttemptResult, RevocationCall } from './model/outcome.ts';
import type { Target } from './model/plan.ts';
import type { Lane } from './model/settings.ts';

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** SHA-256 of a text's UTF-8 bytes, in hex. */
export type Sha256 = (text: string) => string;

export interface Chance {
  /** A number in [0, 1). */
  fraction(): number;
  /** A UUID: of a record, a chain, a lease holder, a replay. */
  id(): string;
}

export interface RevocationOptions {
  /** From 1 in each delivery. */
  readonly attempt: number;
  /** Epoch ms at which the invocation ends: no slot is awaited, and no call runs, for longer. */
  readonly endsAt: number;
  /** Epoch ms at which the call itself must have ended, if that is earlier. */
  readonly mustEndBy?: number;
  /** Awaited just before the call: the intent record. If it rejects, nothing is called. */
  readonly beforeCall: (call: RevocationCall) => Promise<void>;
}

/**
 * The object storage whose credentials are revoked, with its rate limit and circuit breaker. `lib/coreweave` implements
 * it; a second provider would implement the same. No method rejects, except `revoke` as `beforeCall` does.
 */
export interface Credentials {
  /** Whether, as far as is known now, a revocation can start before `endsAt` (epoch ms). */
  canRevoke(endsAt: number): boolean;
  /** True while the circuit breaker is open. */
  isUnavailable(): boolean;
  /** Whether the API limits our rate but answers: what is late then is not in trouble. */
  isThrottledButServing(): boolean;
  /**
   * Seconds (0 to 900) after which a message that was not started should be retried. Each call reserves a slot for
   * another message.
   */
  retryDelayS(): number;
  /** Makes one call. Undefined: none was made (circuit breaker, rate limit or deadline). */
  revoke(target: Target, options: RevocationOptions): Promise<AttemptResult | undefined>;
  /** After a `verify-effect`: whether the read-back could be read. If not, the circuit breaker counts the call. */
  reportVerification(target: Target, readable: boolean): void;
  keyState(accessKeyId: string, endsAt: number): Promise<KeyState>;
  /**
   * Asks, with a call that reads no key, whether the API is up and accepts our token. If not, the circuit breaker
   * knows.
   */
  probe(target: Target, endsAt: number): Promise<'up' | 'throttled' | 'down'>;
  /** Undefined: the keys could not be listed before `endsAt`. */
  listKeys(endsAt: number): Promise<KeyListing | undefined>;
  /** The last listing of this instance, if it began at most `maxAgeMs` ago. */
  recentListing(maxAgeMs: number): KeyListing | undefined;
}

/** What operations measure beside audit records. */
export type Measurement =
  | { readonly kind: 'message-retried'; readonly lane: Lane; readonly waitedMs?: number }
  | { readonly kind: 'circuit-opened' }
  | { readonly kind: 'requests-unauthenticated' | 'requests-failed'; readonly count: number }
  /** `sender`: the name of its source. */
  | { readonly kind: 'token-verified'; readonly sender: string };

export interface Meter {
  add(measurement: Measurement): void;
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

/**
 * Conditional single-row operations, nothing else; all reads are consistent. Every method rejects when the table cannot
 * be reached.
 */
export interface Table {
  /** The row, or undefined when there is none or it has expired. */
  get(pk: string): Promise<Row | undefined>;
  /**
   * Writes the row if the stored one still has version `seen` (undefined: if there is none, or it has expired). False:
   * it had not, or an answer was lost and this very write was done; read again to tell.
   */
  put(row: Row, seen: number | undefined): Promise<boolean>;
  /** Deletes the row if it still has version `seen`. False: as in `put`. */
  remove(pk: string, seen: number): Promise<boolean>;
  /**
   * Adds `member` to the row's string set unless that would make it larger than `limit`; who is a member already is
   * always let in. False: over the limit.
   */
  admit(pk: string, member: string, limit: number, expiresAt: number): Promise<boolean>;
  /**
   * Raises the row's version by one unless it has reached `limit` (1 or more). False: it has. A new row starts at 1.
   */
  increment(pk: string, limit: number, expiresAt: number): Promise<boolean>;
  /** Lowers the row's version by one, at most once, also if it rejects. False: there is no row, or its version is 0. */
  decrement(pk: string): Promise<boolean>;
}

/** Consistent reads of many rows, for functions that read the ledger without writing it. */
export interface RowReader {
  /** The rows that exist, by key. Rejects if any row could not be read. */
  getAll(pks: readonly string[]): Promise<ReadonlyMap<string, Row>>;
}

/** A message for the dead-letter queue. */
export interface OutgoingMessage {
  /** Printable ASCII, within SQS' size limit. */
  readonly body: string;
  /** String message attributes in percent-encoded printable ASCII; empty ones are left out. */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * A message received from the dead-letter queue, invisible to others until its visibility timeout ends. Nothing in it
 * is trusted.
 */
export interface QueuedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** SQS' SenderId; of a message that SQS moved, of its first sender. */
  readonly senderId: string;
  /** Epoch ms at which it was sent; of a message that SQS moved, to its first queue. */
  readonly sentAt: number;
  readonly receiveCount: number;
}

/**
 * The dead-letter queue as an operator works through it. Every method rejects if the queue refuses or cannot be
 * reached.
 */
export interface DeadLetterQueue {
  /** Up to 10 messages, invisible to others for `seconds` (1 to 43,200). None: the queue need not be empty. */
  receive(seconds: number): Promise<readonly QueuedMessage[]>;
  /** Resolves once the message is deleted. */
  remove(receiptHandle: string): Promise<void>;
  /** Makes the message visible again after `seconds` (0 to 43,200). */
  release(receiptHandle: string, seconds: number): Promise<void>;
  /** About how many messages the queue holds. */
  depth(): Promise<{ readonly visible: number; readonly hidden: number }>;
}

/** One-time schedules that put a message on the bulk lane. */
export interface Schedules {
  /**
   * `at` in epoch ms, rounded up to the minute. `exists`: the name is taken, whatever stands under it. Rejects when it
   * could not be made.
   */
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
