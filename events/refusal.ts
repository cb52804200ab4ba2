/** Why a text or a value is not an event that we act on. The codes are part of the dead-letter contract. */
export type RefusalReason =
  | 'unreadable'
  | 'oversize'
  | 'unknown-type'
  | 'unknown-version'
  | 'invalid'
  | 'secret-like-target';

/** `detail` is a sentence with paths and what was expected, never data from the input. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly reason: RefusalReason;
  readonly detail: string;
  /** It is known to be nothing to us, and nobody has to look at it: no dead letter. */
  readonly ignored?: true;
}

/** Takes a stable code and a sentence; returns the refusal. */
export const refusal = (reason: RefusalReason, detail: string): Refusal => ({ kind: 'refusal', reason, detail });
