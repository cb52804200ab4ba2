/** What one audit record reports: one step of an event, and the delivery in which it happened. */
import type { JsonInput } from '../model/json.ts';
import type { KeyList } from '../model/key.ts';
import type { Outcome, RevocationCall } from '../model/outcome.ts';
import type { Target } from '../model/plan.ts';
import type { HoldReason, Reason } from '../model/reasons.ts';
import type { Operator, ReplayCode } from '../model/replay-codes.ts';
import type { Lane } from '../model/settings.ts';

/** Code of the note that an HTTPS event was enqueued. */
export const EVENT_ACCEPTED = 'accepted';

/** Of a genuine webhook request, for metrics alone: parts of it that ended alike, and whose they are. */
export interface Counted {
  /** Name of the source. */
  readonly sender: string;
  /** A fixed text. */
  readonly why: string;
  readonly times: number;
}

/** `detail` and `name` are fixed texts, never data of an event. `shared`: another event of the batch made the call. */
export type AuditEntry =
  | { readonly phase: 'intent'; readonly target: Target; readonly call: RevocationCall; readonly shared?: true }
  | {
      readonly phase: 'outcome';
      /** Absent: a duplicate of an event that names a person and no principal. */
      readonly target?: Target;
      readonly outcome: Outcome;
      readonly call?: RevocationCall;
      readonly shared?: true;
      readonly verifiedBy?: 'read-back' | 'listing' | 'api-answer';
      readonly before?: KeyList;
      readonly after?: KeyList;
      readonly late?: true;
    }
  | {
      readonly phase: 'dead-letter' | 'hold';
      readonly reason: Reason;
      readonly detail: string;
      readonly target?: Target;
      readonly counted?: Counted;
      /** Of a hold, as in Hold: no notice is made of it. */
      readonly repeated?: true;
    }
  | {
      readonly phase: 'note';
      readonly name: string;
      readonly detail?: string;
      readonly target?: Target;
      readonly counted?: Counted;
    }
  /** A webhook request, or a part of it, that was not accepted. */
  | { readonly phase: 'refusal'; readonly detail: string; readonly counted?: Counted }
  | {
      /** What a run of the reconciliation has found; it is about no event. */
      readonly phase: 'reconcile';
      readonly name: 'Reconciliation' | 'Attestation' | 'Self-check';
      readonly code: ReconcileCode;
      /** One sentence of counts and times. */
      readonly detail: string;
      readonly figures: ReconcileFigures;
    }
  | {
      /** One dead letter of a replay: `intent` before anything is written or sent, then the result. */
      readonly phase: 'replay';
      readonly code: 'intent' | ReplayCode;
      readonly reason: Reason;
      readonly operationId: string;
      readonly operator: Operator;
      /** What the operator approves. */
      readonly releases?: HoldReason | 'replay-limit';
      /** Id of the message that was dead-lettered. */
      readonly origin: string;
      readonly target?: Target;
    }
  | {
      /** A dead letter that an operator deletes without sending it: `intent` before, then the result. */
      readonly phase: 'discard';
      readonly code: 'intent' | 'discarded' | 'not-removed';
      readonly reason: Reason;
      readonly operationId: string;
      readonly operator: Operator;
      /** Text of the operator. */
      readonly why: string;
      /** Id of the message that was dead-lettered. */
      readonly origin: string;
      readonly target?: Target;
    };

/**
 * `none-standing`: no offboarded principal has a live key. `standing`: some have. `unproven`: it cannot be told.
 * `listing-failed`: the keys could not be listed. Of the self-check: `ok` or `findings`.
 */
export type ReconcileCode = 'none-standing' | 'standing' | 'unproven' | 'listing-failed' | 'ok' | 'findings';

export interface ReconcileFigures {
  /** Live keys of offboarded principals that are theirs alone. */
  readonly standingKeys: number;
  /** What an operator should look at. */
  readonly findings: number;
  /** Of an attestation: two listings were compared, not one alone. */
  readonly compared?: boolean;
  /** Counts, times (RFC 3339) and names, for the record. */
  readonly more: { readonly [name: string]: JsonInput };
}

export type OutcomeEntry = Extract<AuditEntry, { phase: 'outcome' }>;
export type ReplayEntry = Extract<AuditEntry, { phase: 'replay' }>;
export type DiscardEntry = Extract<AuditEntry, { phase: 'discard' }>;

/** An approval in the ledger. */
export interface UsedApproval {
  readonly key: string;
  readonly reason: HoldReason;
  /** The safety check; absent: all of the reason, or none. */
  readonly check?: string;
  /** `aws:userid`, as IAM binds it to the key. */
  readonly userId: string;
  /** ARN, or `claimed:<name>`, as the operator says. */
  readonly operator: string;
  readonly operationId: string;
}

/** The delivery, as reported by SQS and Lambda. */
export interface AuditedDelivery {
  readonly messageId: string;
  readonly receiveCount: number;
  /** Absent: it was on neither lane. */
  readonly lane?: Lane;
  /**
   * SQS' SenderId; of a webhook request, the source and the address that API Gateway saw. Unlike the event's `source`,
   * the sender cannot choose it.
   */
  readonly senderId: string;
  /** The authenticated sender of the event, as Sender.name; empty or absent: unknown. */
  readonly sender?: string;
  readonly requestId: string;
  readonly replays: number;
  /** What operators approved, and the run uses. */
  readonly approvals?: readonly UsedApproval[];
  /** SHA-256 (hex) and bytes of the redacted message body. */
  readonly sha256: string;
  readonly size: number;
}
