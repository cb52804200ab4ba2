/** The text of SSF_ISSUERS: issuers of security event tokens by name. Strict objects: no misspelling gets lost. */
import * as z from 'zod/mini';
import { readByName } from '../../../events/by-name.ts';
import { IDENTITY_KINDS } from '../../../events/data.ts';
import { ALGORITHMS, type Issuer, SESSION_REVOKED } from '../../../events/ssf/issuer.ts';
import { isLoopback } from './parse.ts';

const MAX_ISSUERS = 10;

/** An issuer, and what it takes to ask it. */
export interface SsfIssuer extends Issuer {
  /** Where its keys are; undefined: its configuration says where, on its own origin. (SSF 1.0 §7.2) */
  readonly jwksUrl: string | undefined;
  /** Name or ARN of the secret that it sends as `Authorization`; undefined: none. */
  readonly secret: string | undefined;
}

export type ParsedIssuers =
  | { readonly kind: 'issuers'; readonly issuers: ReadonlyMap<string, SsfIssuer> }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

export function parseSsfIssuers(text: string): ParsedIssuers {
  const { entries, problems } = readByName(text, issuer, 'issuers', MAX_ISSUERS);
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'issuers', issuers: entries };
}

/** Whether a URL may be asked: https, or anything on this machine, as for every other endpoint. */
const isAskable = (url: URL): boolean =>
  /^https?:$/.test(url.protocol) &&
  (url.protocol === 'https:' || isLoopback(url)) &&
  url.username + url.password === '';

const mayBeAsked = (text: string, mayHaveQuery: boolean): boolean => {
  const url = URL.parse(text);
  if (url === null || text.length > 512 || /[\s#]/.test(text) || (text.includes('?') && !mayHaveQuery)) return false;
  return isAskable(url);
};

const ISSUER = 'expected the URL of the issuer, as in the claim iss: https, without query and fragment';
const JWKS = 'expected the URL of the keys: https, without user and fragment';
const AUDIENCE = 'expected the claim aud of the stream, text of 1 to 512 characters';
const SECRET = 'expected the name or ARN of a secret in AWS Secrets Manager';
const PRINCIPAL = 'expected a principal with one of {email}, {login} and {externalId}, such as saml/{email}';
const oneOf = (words: readonly string[]): string => `expected ${words.map((word) => `"${word}"`).join(' or ')}`;

const issuerUrl = z.string(ISSUER).check(z.refine((text) => mayBeAsked(text, false), { error: ISSUER }));
const identityKind = z.literal(IDENTITY_KINDS, oneOf(IDENTITY_KINDS));
const algorithm = z.literal(ALGORITHMS, oneOf(ALGORITHMS));

const issuer: z.ZodMiniType<SsfIssuer> = z.pipe(
  z.strictObject(
    {
      issuer: issuerUrl,
      jwksUrl: z.optional(z.string(JWKS).check(z.refine((text) => mayBeAsked(text, true), { error: JWKS }))),
      audience: z.string(AUDIENCE).check(z.minLength(1, AUDIENCE), z.maxLength(512, AUDIENCE)),
      algorithms: z._default(
        z.array(algorithm, 'expected a list of algorithms').check(z.minLength(1, 'expected at least one algorithm')),
        ['RS256'],
      ),
      sessionRevoked: z._default(z.literal(SESSION_REVOKED, oneOf(SESSION_REVOKED)), 'ignore'),
      subjects: z._default(
        z.strictObject(
          {
            email: z._default(identityKind, 'email'),
            iss_sub: z._default(identityKind, 'externalId'),
            opaque: z._default(identityKind, 'externalId'),
            account: z._default(identityKind, 'login'),
          },
          'expected an object with email, iss_sub, opaque or account',
        ),
        { email: 'email', iss_sub: 'externalId', opaque: 'externalId', account: 'login' },
      ),
      subjectIssuers: z.optional(
        z
          .array(z.string('expected text'), 'expected a list of texts')
          .check(z.minLength(1, 'expected at least one'), z.maxLength(10, 'expected at most 10')),
      ),
      principal: z.exactOptional(
        z
          .string(PRINCIPAL)
          .check(
            z.regex(/^(?:coreweave|saml)\/[^{}\s*]{0,200}\{(?:email|login|externalId)\}[^{}\s*]{0,200}$/, PRINCIPAL),
          ),
      ),
      secret: z.optional(z.string(SECRET).check(z.regex(/^[\x21-\x7e]{1,2048}$/, SECRET))),
    },
    'expected an object with issuer and audience',
  ),
  z.transform(({ subjectIssuers, jwksUrl, secret, ...rest }) => ({
    ...rest,
    jwksUrl,
    secret,
    subjectIssuers: subjectIssuers ?? [rest.issuer],
  })),
);
