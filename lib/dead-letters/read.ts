/** A dead letter as a person works with it: what it is about, how old it is, and what a replay would send. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Raw } from './dead-letter.ts';
import type { Reason } from '../model/reasons.ts';
import type { Lane } from '../model/settings.ts';

/** What would be sent again: the event as it is written out, or the text byte for byte. `none`: nothing can be. */
export type Resend =
  | { readonly kind: 'event' | 'text'; readonly body: string }
  | { readonly kind: 'none'; readonly code: 'redacted' | 'truncated' | 'not-kept' };

/** Everything in it is from the body, where it has an envelope; nothing is from its attributes then. */
export interface Letter {
  /** Of the message on the dead-letter queue. */
  readonly messageId: string;
  /** `crashed` for a message that SQS itself moved, without an envelope. */
  readonly reason: Reason;
  /** Printable ASCII; empty when there is none. */
  readonly detail: string;
  /** Null: it holds none that we can read, or several. */
  readonly event: CanonicalEvent | null;
  /** What the event calls itself, also one that we cannot read; empty where it does not say. */
  readonly about: { readonly type: string; readonly id: string; readonly source: string };
  /** Where it would be sent. */
  readonly lane: Lane;
  /** Epoch ms. Of a message that SQS moved, all three are the time at which it was first sent, unless a replay said more. */
  readonly sentAt: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Deliveries before it died; of a message that SQS moved, unknown: 0. */
  readonly attempts: number;
  /** How often it was replayed. */
  readonly replays: number;
  readonly lastStatus: number | null;
  /** What was received, for the eye: secrets are cut out of it even where `resend` has the whole text. */
  readonly raw?: Raw;
  readonly resend: Resend;
  /** The message that died, as its audit records name it; empty when unknown. */
  readonly origin: string;
}

/** What it takes to open a letter: a message as it was received. */
export interface Received {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAt: number;
}
