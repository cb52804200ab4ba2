/** The endpoint of one issuer, `/ssf/<name>`: push delivery of security event tokens. (RFC 8935, SSF 1.0 §8) */
import { isRoot } from '../sources/reading.ts';
import type { Rejected, Reply, SignedSource, Source } from '../sources/source.ts';
import type { Issuer } from './issuer.ts';
import { errorReply, readSet } from './set.ts';
import { fault, type SecurityEventToken, type SetFault, tokenOf } from './token.ts';

/**
 * Whether the token is signed with a key that its issuer publishes. `unknown-key`: it publishes none of this id;
 * `too-soon`: the same, but the keys were loaded a short time before, and may have changed since.
 */
export type Signature = 'genuine' | 'wrong' | 'unknown-key' | 'unusable-key' | 'too-soon';

/** Rejects if the keys cannot be loaded. Never believes anything that the token says of a key, but its id. */
export type VerifySignature = (token: SecurityEventToken) => Promise<Signature>;

/** The path below the API, and the name of the secret. */
const ssfPath = (name: string): string => `ssf/${name}`;

export interface SsfSourceOptions {
  readonly issuer: Issuer;
  readonly verify: VerifySignature;
  /** Whether the transmitter sends a secret as `Authorization`, besides. (SSF 1.0, `authorization_header`) */
  readonly hasSecret: boolean;
}

export function ssfSource(name: string, { issuer, verify, hasSecret }: SsfSourceOptions): SignedSource {
  const expected = hasSecret ? { header: { isAuthentic: hasHeader, rejected: WRONG_HEADER } } : {};
  return {
    name: ssfPath(name),
    ...expected,
    async open(request, now) {
      if (!isRoot(request)) return rejected('expected a path of this source', { status: 404 });
      if (request.method !== 'POST') {
        return rejected('expected the method POST', { status: 405, headers: { allow: 'POST' } });
      }
      const token = tokenOf(request, issuer);
      if (token.kind === 'fault') return faulty(token);
      const signature = await verify(token);
      if (signature === 'too-soon') return TOO_SOON;
      if (signature !== 'genuine') return faulty(FAULTS[signature]);
      if (!isFor(issuer.audience, token)) return WRONG_AUDIENCE;
      return { kind: 'genuine', reading: readSet(name, issuer, token, now) };
    },
  };
}

const rejected = (why: string, reply: Reply): Rejected => ({ kind: 'rejected', why, reply });
const faulty = (each: SetFault): Rejected => rejected(`${each.err}: ${each.description}`, errorReply(each));

const FAULTS: Readonly<Record<Exclude<Signature, 'genuine' | 'too-soon'>, SetFault>> = {
  wrong: fault('authentication_failed', 'expected a valid signature'),
  'unknown-key': fault('invalid_key', 'expected a key that the issuer publishes'),
  'unusable-key': fault('invalid_key', 'expected a key that is long enough for its algorithm'),
};
/** A token for another receiver, who could send it to us. */
const WRONG_AUDIENCE = faulty(fault('invalid_audience', 'expected the audience of this endpoint'));
const WRONG_HEADER = faulty(fault('authentication_failed', 'expected a valid authorization header'));
/** The key may be new, so the transmitter must retry. Forged tokens must not overload the issuer. */
const TOO_SOON = rejected('too-soon: expected a known key', { status: 429, headers: { 'retry-after': '30' } });

function isFor(audience: string, { claims }: SecurityEventToken): boolean {
  const { aud } = claims;
  return aud === audience || (Array.isArray(aud) && aud.includes(audience));
}

const BEARER = /^Bearer /i;
/** The header is the secret, or has it after `Bearer`. */
const hasHeader: Source['isAuthentic'] = ({ headers: { authorization } }, proofs) =>
  authorization !== undefined && (proofs.secret(authorization) || proofs.secret(authorization.replace(BEARER, '')));
