/** What the configuration says of an issuer of security event tokens. `lib/io/config/ssf-issuers.ts` checks it. */
import type { IdentityKind } from '../data.ts';

/** Signatures with a published key. An HMAC, or none, is no choice. (RFC 7518 §3.1, RFC 8037 §3.1) */
export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The formats of subjects that name a person. (RFC 9493 §3.2) */
export const SUBJECT_FORMATS = ['email', 'iss_sub', 'opaque', 'account'] as const;
export type SubjectFormat = (typeof SUBJECT_FORMATS)[number];

/** What a revoked session means: nothing, an offboarding that is held if there are keys, or an offboarding. */
export const SESSION_REVOKED = ['ignore', 'hold', 'offboarded'] as const;

export interface Issuer {
  /** The claim `iss`, byte by byte. */
  readonly issuer: string;
  /** The claim `aud`, or one of it, byte by byte. */
  readonly audience: string;
  readonly algorithms: readonly Algorithm[];
  readonly sessionRevoked: (typeof SESSION_REVOKED)[number];
  readonly subjects: Readonly<Record<SubjectFormat, IdentityKind>>;
  /** Whose `iss_sub` subjects are meant. */
  readonly subjectIssuers: readonly string[];
  /** The principal of a compromised credential: a name with one placeholder, such as `saml/{email}`. */
  readonly principal?: string;
}
