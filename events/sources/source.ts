/** What every sender's source is: a request as it arrived, the proof that it is genuine, and what it means to us. */
import type { CanonicalEvent } from '../canonical.ts';

/** A request, its body byte for byte. A header that came twice is one text with a comma, as HTTP APIs hand it over. */
export interface WebRequest {
  readonly method: string;
  /** Below the source's own path: empty, or beginning with `/`. */
  readonly path: string;
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

/**
 * What a genuine request means. `reply`, if absent, is 202 for events, 200 for what is ignored; that of events,
 * whatever its status, is sent only once the events were accepted. `why` is a fixed word or sentence, never data of the
 * sender. Of the parts of a request that are no events, `passedOver` says why of those that are nothing to us, `faults`
 * of those that should have been events: these need a person.
 */
export type Reading =
  | {
      readonly kind: 'events';
      readonly events: readonly [CanonicalEvent, ...CanonicalEvent[]];
      readonly passedOver?: readonly string[];
      readonly faults?: readonly string[];
      readonly reply?: Reply;
    }
  | { readonly kind: 'ignored'; readonly why: string; readonly reply?: Reply }
  | { readonly kind: 'refused'; readonly why: string; readonly reply: Reply };

export interface Source {
  /** Its path and the name of its secrets: `github`. */
  readonly name: string;
  /** Absent: `text`. */
  readonly secretEncoding?: SecretEncoding;
  /**
   * The reply to a request that needs no proof because it tells nothing, such as the test of a connection. It leaves no
   * record: anyone may send it.
   */
  readonly handshake?: (request: WebRequest) => Reply | undefined;
  /** Takes a request, the proofs and now (epoch ms); returns whether the sender is who it says. Never throws. */
  isGenuine(request: WebRequest, proofs: Proofs, now: number): boolean;
  /**
   * Takes a genuine request and now (epoch ms); returns what it means, without any secret that was in it. Never throws.
   */
  read(request: WebRequest, now: number): Reading;
}
