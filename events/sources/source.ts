/** What every sender's source is: a request as it arrived, the proof that it is genuine, and what it means to us. */
import type { CanonicalEvent } from '../canonical.ts';
import type { RefusalReason } from '../refusal.ts';
import type { Directory, DirectoryUser, Lookup } from './scim-directory.ts';

/** A request, its body byte for byte. A header that came twice is one text with a comma, as HTTP APIs hand it over. */
export interface WebRequest {
  readonly method: string;
  /** Below the source's own path: empty, or beginning with `/`. */
  readonly path: string;
  /** The query as it was sent, without `?`; absent: none. */
  readonly query?: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Proofs with the source's secrets, any of those that are active, in constant time. The source itself never holds a
 * secret.
 */
export interface Proofs {
  /** Whether `signature` is the HMAC-SHA256 of `message` under one of the secrets. */
  hmacSha256(message: Uint8Array, signature: Uint8Array): boolean;
  /** Whether `signature` is the HMAC of the message under `keyPrefix` (default: none) and one of the secrets. */
  hmac(mac: Mac, signature: Uint8Array): boolean;
  /** Whether `text` is one of the secrets. */
  secret(text: string): boolean;
}

export interface Mac {
  readonly algorithm: 'sha256' | 'sha512';
  readonly message: Uint8Array;
  readonly keyPrefix?: string;
}

/** How a source's secrets are written: as they are used (`text`), or as base64 that may begin with `whsec_`. */
export type SecretEncoding = 'text' | 'base64';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; absent: no body. */
  readonly body?: unknown;
}

/** A report, or a part of one, that should have been an event and is none: a person must look at it. */
export interface Unusable {
  readonly reason: RefusalReason;
  /** A fixed sentence, never data of the sender. */
  readonly detail: string;
  /** Whom or what it is about, if that can be read: the same text for each report about the same person. */
  readonly about: string;
  /** JSON of the sender's identifiers that a person needs to act by hand, without secrets. */
  readonly text: string;
  /** Something was masked in `text`, or all of it was withheld. */
  readonly redacted: boolean;
}

/** What is to be kept of users. `required`: the answer depends on it. */
export interface Save {
  readonly users: readonly DirectoryUser[];
  readonly required: boolean;
}

/**
 * What a genuine request means. `reply`, if absent, is 202 for events, 200 for what is ignored; whatever its status, it
 * is sent only once events and `unusable` parts were accepted by their queues. `why` is a fixed word or sentence, never
 * data of the sender. Of the parts of a request that are no events, `passedOver` says why of those that are nothing to
 * us.
 */
export type Reading =
  | {
      readonly kind: 'events';
      readonly events: readonly [CanonicalEvent, ...CanonicalEvent[]];
      readonly passedOver?: readonly string[];
      readonly unusable?: readonly Unusable[];
      readonly save?: Save;
      readonly reply?: Reply;
    }
  | { readonly kind: 'ignored'; readonly why: string; readonly save?: Save; readonly reply?: Reply }
  | { readonly kind: 'refused'; readonly why: string; readonly reply: Reply; readonly unusable?: readonly Unusable[] };

export interface Source {
  /** Its path and the name of its secrets: `github`. */
  readonly name: string;
  /** Absent: `text`. */
  readonly secretEncoding?: SecretEncoding;
  /** `WWW-Authenticate` of a 401. (RFC 9110 §11.6.1) */
  readonly challenge?: string;
  /**
   * The reply to a request that needs no proof because it tells nothing, such as the test of a connection. It leaves no
   * record: anyone may send it.
   */
  readonly handshake?: (request: WebRequest) => Reply | undefined;
  /** Takes a request, the proofs and now (epoch ms); returns whether the sender is who it says. Never throws. */
  isGenuine(request: WebRequest, proofs: Proofs, now: number): boolean;
  /** Of a source that keeps a directory: what `read` needs to know of its users. Absent: nothing. Never throws. */
  lookups?(request: WebRequest): readonly Lookup[];
  /**
   * Takes a genuine request, now (epoch ms) and what its lookups found; returns what it means, without any secret that
   * was in it. Never throws.
   */
  read(request: WebRequest, now: number, directory?: Directory): Reading;
}

/** A request that is not genuine; `why` is a fixed sentence. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly why: string;
  readonly reply: Reply;
}

/** A genuine request and what it means, or why it is none. */
export type Opened = { readonly kind: 'genuine'; readonly reading: Reading } | Rejected;

/** A source whose requests are signed with keys that the sender publishes. */
export interface SignedSource {
  /** Its path, and the name of its secrets if it has any. */
  readonly name: string;
  /** Of a sender that proves by a secret, too, who it is: asked first. */
  readonly header?: Pick<Source, 'isGenuine'> & { readonly rejected: Rejected };
  /** Takes a request and now (epoch ms). Rejects if the keys cannot be loaded. */
  open(request: WebRequest, now: number): Promise<Opened>;
}
