/** What the API for measurements (children/api-main.ts) is told and tells. */

export interface Rate {
  /** Calls per second that it lets through for long, and at once after a rest. */
  readonly perSecond: number;
  readonly burst: number;
}

export interface ApiOptions {
  /** How long each answer takes at least (0 ms). */
  readonly latencyMs?: number;
  /** Calls beyond it get a 429 with `Retry-After: 1`. */
  readonly rate?: Rate;
  /** Paths of PEM files; absent: plain HTTP. */
  readonly tls?: { readonly keyFile: string; readonly certFile: string };
}

export interface ApiReport {
  /** Connections opened since the last report, and the most that were open at once. */
  readonly opened: number;
  readonly mostOpen: number;
  /** Each call in the order of the answers: what it was, and when it was answered (ms on the clock that all processes share). */
  readonly calls: readonly (readonly [kind: 'revoke' | 'read' | 'refused', at: number])[];
  /** Distinct keys whose revocation was accepted. */
  readonly revoked: number;
}
