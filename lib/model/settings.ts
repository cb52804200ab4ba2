/** The settings that flows and decisions read. `lib/io/config/read.ts` makes them from the environment, once. */
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';

/** Which queue an event travels on. */
export type Lane = 'urgent' | 'bulk';

/** A key or principal that no event may revoke without an approval. `until` is in epoch ms; absent: for ever. */
export interface Protection {
  readonly target: { readonly accessKeyId: AccessKeyId } | { readonly principalName: PrincipalName };
  readonly owner: string;
  readonly reason: string;
  readonly until?: number;
}

/** How many distinct principals may be revoked in a fixed window. */
export interface Limits {
  readonly sourcePer10Minutes: number;
  readonly sourcePerDay: number;
  readonly totalPer10Minutes: number;
  readonly totalPerDay: number;
}

export interface Settings {
  readonly mode: 'enforce' | 'dry-run';
  /** In dry run: also keep each event as a dead letter `held-dry-run`. */
  readonly dryRunKeep: boolean;
  /** What is done about a leak of which the id alone was seen. */
  readonly keyIdOnly: 'hold' | 'revoke';
  /** Read back after each accepted revocation. */
  readonly verify: boolean;
  /** Calls of the API, and connections to it, at once. */
  readonly apiConcurrency: number;
  readonly apiTimeoutMs: number;
  readonly retryHorizonMs: number;
  readonly staleAfterMs: number;
  readonly protections: readonly Protection[];
  readonly selfPrincipal?: PrincipalName;
  readonly principalTemplates: readonly string[];
  readonly limits: Limits;
  /** SHA-256 (hex) of the settings that guards depend on: audit records name it, so that a silent edit shows. */
  readonly configHash: string;
  /** Who acts: the function's name and version, for the audit. */
  readonly handler: string;
  /** Host of the API, for the audit. */
  readonly apiHost: string;
}
