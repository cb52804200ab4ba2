/** The failures of adapters. */

/** What adapters reject with: a stable code, and at most the name that the other side gave its error. */
export type AdapterErrorCode =
  | 'token-malformed'
  | 'token-unavailable'
  | 'keys-unavailable'
  | 'queue-refused'
  | 'queue-unavailable'
  | 'ledger-refused'
  | 'ledger-unavailable'
  | 'schedules-refused'
  | 'schedules-unavailable'
  | 'logs-unavailable'
  | 'stack-unavailable'
  | 'role-unavailable'
  | 'audit-too-long'
  | 'audit-unavailable';

/**
 * Never has a `cause`: errors of SDKs and streams may quote requests. `detail` is a name, a code or a fixed sentence.
 */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly code: AdapterErrorCode;
  readonly detail: string;

  constructor(code: AdapterErrorCode, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}
