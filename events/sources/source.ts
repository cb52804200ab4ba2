/** A webhook source: the request, how it is authenticated, and the events that it contains. */
import type { CanonicalEvent } from '../canonical.ts';
import type { RefusalReason } from '../refusal.ts';
import type { Directory, DirectoryUser, Lookup } from './scim-directory.ts';

/** A request with its body byte for byte. API Gateway joins repeated headers with a comma. */
export interface WebRequest {
  readonly method: string;
  /** Below the path of the source: empty, or starts with `/`. */
  readonly path: string;
  /** The raw query string without `?`. Absent: none. */
  readonly query?: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Checks against the active secrets of the source, in constant time. The source itself never has a secret. */
export interface Proofs {
  /** True if `signature` is the HMAC-SHA256 of `message` under one of the secrets. */
  hmacSha256(message: Uint8Array, signature: Uint8Array): boolean;
  /** True if `signature` is the HMAC of the message. The key is `keyPrefix` (default: empty) followed by a secret. */
  hmac(mac: Mac, signature: Uint8Array): boolean;
  /** True if `text` is one of the secrets. */
  secret(text: string): boolean;
}

export interface Mac {
  readonly algorithm: 'sha256' | 'sha512';
  readonly message: Uint8Array;
  readonly keyPrefix?: string;
}

/** How secrets are stored: verbatim (`text`), or as base64 with an optional `whsec_` prefix. */
export type SecretEncoding = 'text' | 'base64';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; absent: no body. */
  readonly body?: unknown;
}

/** A report, or a part of one, that cannot become an event. An operator must review it. */
export interface Unusable {
  readonly reason: RefusalReason;
  /** A fixed sentence, never data of the sender. */
  readonly detail: string;
  /** The subject, if it can be read. Reports about the same person have the same text. */
  readonly about: string;
  /** JSON of the sender's identifiers, which an operator needs to act manually. Contains no secrets. */
  readonly text: string;
  /** True if part of `text` is masked, or all of it is withheld. */
  readonly redacted: boolean;
}

/** Users to store. `required`: the request fails if they cannot be stored. */
export interface Save {
  readonly users: readonly DirectoryUser[];
  readonly required: boolean;
}

/**
 * The content of an authenticated request. Default `reply`: 202 for events, 200 for ignored requests. It is sent only
 * after the queues have accepted all events and `unusable` parts. `why` and `ignoredReasons` are fixed sentences, never
 * data of the sender.
 */
export type Reading =
  | {
      readonly kind: 'events';
      readonly events: readonly [CanonicalEvent, ...CanonicalEvent[]];
      readonly ignoredReasons?: readonly string[];
      readonly unusable?: readonly Unusable[];
      readonly save?: Save;
      readonly reply?: Reply;
    }
  | { readonly kind: 'ignored'; readonly why: string; readonly save?: Save; readonly reply?: Reply }
  | { readonly kind: 'refused'; readonly why: string; readonly reply: Reply; readonly unusable?: readonly Unusable[] };

export interface Source {
  /** Its path and the name of its secrets, such as `github`. */
  readonly name: string;
  /** Absent: `text`. */
  readonly secretEncoding?: SecretEncoding;
  /** `WWW-Authenticate` of a 401. (RFC 9110 §11.6.1) */
  readonly challenge?: string;
  /** The reply to a request without authentication, such as a connection test. It is not audited. */
  readonly handshake?: (request: WebRequest) => Reply | undefined;
  /** Never throws. `now`: epoch ms. */
  isAuthentic(request: WebRequest, proofs: Proofs, now: number): boolean;
  /** The body without the secret in it that proves its sender. Absent: it holds none. Never throws. */
  withoutProof?(body: Uint8Array): string;
  /** The users that `read` needs from the directory. Never throws. */
  lookups?(request: WebRequest): readonly Lookup[];
  /** The content of an authenticated request, without its secrets. Never throws. `now`: epoch ms. */
  read(request: WebRequest, now: number, directory?: Directory): Reading;
}

/** A request that failed authentication; `why` is a fixed sentence. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly why: string;
  readonly reply: Reply;
}

/** The result of authenticating and reading a request. */
export type Opened = { readonly kind: 'genuine'; readonly reading: Reading } | Rejected;

/** A source whose requests are signed with keys that the sender publishes. */
export interface SignedSource {
  /** Its path. If it has secrets, they have the same name. */
  readonly name: string;
  /** For senders that also send a secret in a header. Checked first. */
  readonly header?: Pick<Source, 'isAuthentic'> & { readonly rejected: Rejected };
  /** Rejects if the keys cannot be loaded. `now`: epoch ms. */
  open(request: WebRequest, now: number): Promise<Opened>;
}
