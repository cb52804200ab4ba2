/** What one audit record reports: the entry of a step, and the delivery that the step belongs to. */

import type { KeyList } from '../model/key.ts';
import type { Outcome, RevocationCall } from '../model/outcome.ts';
import type { Target } from '../model/plan.ts';
import type { HoldReason, Reason } from '../model/reasons.ts';
import type { Operator, ReplayCode } from '../model/replay-codes.ts';
import type { Lane } from '../model/settings.ts';

/** The code of the note that an HTTPS event was put on its queue. */
export const EVENT_ACCEPTED = 'accepted';

/** What happened. `detail` and `name` are fixed words; `shared`: another event of the batch made the call. */
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
    }
  | { readonly phase: 'note'; readonly name: string; readonly detail?: string; readonly target?: Target }
  /** A sender's request, or a part of it, that did not get in. */
  | { readonly phase: 'refusal'; readonly detail: string }
  | {
      /** One letter of a replay: `intent` before anything is written or sent, then how it ended. */
      readonly phase: 'replay';
      readonly code: 'intent' | ReplayCode;
      readonly reason: Reason;
      readonly operationId: string;
      readonly operator: Operator;
      /** What the operator releases. */
      readonly releases?: HoldReason | 'replay-limit';
      /** The message that died. */
      readonly origin: string;
      readonly target?: Target;
    };

/** The delivery that the step belongs to, as SQS and Lambda tell it. */
export interface AuditedDelivery {
  readonly messageId: string;
  readonly receiveCount: number;
  /** Absent: it went on no lane. */
  readonly lane?: Lane;
  /** SQS' SenderId, or the source whose proof held and the address as API Gateway tells it: not to be forged; the event's `source` is a claim. */
  readonly senderId: string;
  readonly requestId: string;
  readonly replays: number;
  /** SHA-256 (hex) and bytes of the message body. */
  readonly sha256: string;
  readonly size: number;
}
