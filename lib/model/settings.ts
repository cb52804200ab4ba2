/** The settings of pipelines and decisions: `lib/io/config/read.ts` reads them from the environment at cold start. */
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';
import type { HoldReason } from './reasons.ts';
import type { SenderSettings } from './sender.ts';

/** Which queue an event travels on. */
export type Lane = 'urgent' | 'bulk';

/** A key or principal that no event may revoke without approval. `until` in epoch ms; absent: no end. */
export interface Protection {
  readonly target: { readonly accessKeyId: AccessKeyId } | { readonly principalName: PrincipalName };
  readonly owner: string;
  readonly reason: string;
  readonly until?: number;
}

/** Distinct principals that may be revoked in a fixed window. */
export interface Limits {
  readonly sourcePer10Minutes: number;
  readonly sourcePerDay: number;
  readonly totalPer10Minutes: number;
  readonly totalPerDay: number;
}

/** Distinct leaked keys of one sender that may be revoked in a fixed window. */
export interface KeyLimitSettings {
  readonly senderKeysPer10Minutes: number | 'off';
  readonly senderKeysPerDay: number | 'off';
}

export interface Settings {
  readonly mode: 'enforce' | 'dry-run';
  /** In dry run: also send each event to the dead-letter queue as `held-dry-run`. */
  readonly dryRunKeep: boolean;
  /** For a leak that was reported with the key id only, without its secret. */
  readonly keyIdOnly: 'hold' | 'revoke';
  /** For a leaked key whose owner stays unreadable although some principal is protected. */
  readonly ownerUnknown: 'hold' | 'revoke';
  /** Read back after each accepted revocation. */
  readonly verify: boolean;
  /** Concurrent calls of the API, and connections to it. */
  readonly apiConcurrency: number;
  readonly apiTimeoutMs: number;
  readonly retryHorizonMs: number;
  readonly staleAfterMs: number;
  readonly protections: readonly Protection[];
  readonly selfPrincipal?: PrincipalName;
  /** The `orgUid` that the API shall name as the token's. */
  readonly organization?: string;
  readonly principalTemplates: readonly string[];
  readonly limits: Limits;
  readonly keyLimits: KeyLimitSettings;
  /** Distinct principals whose keys reconciliation revokes in a day. */
  readonly reconcileLimit: number;
  readonly senders: SenderSettings;
  /** Holds that two operators must approve, whom AWS identifies. */
  readonly twoPersonApproval: readonly HoldReason[];
  /** SHA-256 (hex) of the settings that safety checks depend on. Audit records have it, so a change is visible. */
  readonly configHash: string;
  /** The function's name and version, for audit records. */
  readonly handler: string;
  /** Host of the API, for audit records. */
  readonly apiHost: string;
}
