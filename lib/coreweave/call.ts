/** Key ids, at most 100 of them, and all of them by count and SHA-256 (of the sorted ids, one a line). */
export interface KeyList {
  readonly count: number;
  readonly sha256: string;
  readonly ids: readonly string[];
}

/** The call that an intent announces or an outcome reports. `latencyMs` and `status` only of an answer. */
export interface AuditedCall {
  readonly call: 'revoke-key' | 'revoke-principal';
  /** Tries in this delivery, from 1. */
  readonly attempt: number;
  readonly status?: number;
  readonly latencyMs?: number;
  readonly fault?: string;
}
