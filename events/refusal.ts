/** Why a text or a value is not a supported event. The codes are part of the dead-letter contract. */
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
  /** Known to be unrelated: acknowledged without a dead letter. */
  readonly ignored?: true;
}

export const refusal = (reason: RefusalReason, detail: string): Refusal => ({ kind: 'refusal', reason, detail });
