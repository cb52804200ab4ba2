/** Forged security event tokens, against the endpoint and an issuer that publishes its keys: none is accepted. */
import { createHmac, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { WebRequest } from '../../../events/sources/source.ts';
import { AUDIENCE, claimsOf, EVENT_S, ecKey, type Idp, part, push, RISC, rsaKey, signed } from '../../support/idp.ts';
import { seededChance } from '../../support/seeded-chance.ts';
import { openSsf } from './ssf.ts';

const KEY = ecKey('key');
const RSA = rsaKey('rsa');
const FORGER = { ...ecKey('key') };
const ALGORITHMS = ['ES256', 'RS256'];

interface Forging {
  readonly idp: Idp;
  /** A genuine token: all that a forger may have seen. */
  readonly genuine: string;
  readonly claims: (changes?: object) => object;
}
type Forge = (given: Forging) => string | WebRequest;

const hmacSigned = (secret: string | Buffer, claims: object, alg = 'HS256'): string => {
  const input = `${part({ alg, kid: 'rsa', typ: 'secevent+jwt' })}.${part(claims)}`;
  const hash = alg === 'HS512' ? 'sha512' : 'sha256';
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
};
const publicPem = (): string =>
  createPublicKey({ key: RSA.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
const unsigned = (claims: object, header: object): string =>
  `${part({ typ: 'secevent+jwt', ...header })}.${part(claims)}.`;
const [headerOf, claimsPartOf, signatureOf] = [0, 1, 2].map((at) => (token: string) => token.split('.')[at] ?? '') as [
  (token: string) => string,
  (token: string) => string,
  (token: string) => string,
];
const forged =
  (header: object): Forge =>
  ({ claims }) =>
    signed(FORGER, claims({}), header);
const byIssuer =
  (changes: object, header: object = {}): Forge =>
  ({ claims }) =>
    signed(KEY, claims(changes), header);

/** Who made it, the answer, and the token. Tokens with the issuer's own signature are for another use, or malformed. */
const FORGERIES: readonly (readonly [name: string, err: string, forge: Forge])[] = [
  ['alg none', 'invalid_request', ({ claims }) => unsigned(claims(), { alg: 'none' })],
  ['alg none, with a signature', 'invalid_key', ({ claims }) => `${unsigned(claims(), { alg: 'none' })}AAAA`],
  ['alg nOnE', 'invalid_key', ({ claims }) => `${unsigned(claims(), { alg: 'nOnE' })}AAAA`],
  ['no alg', 'invalid_key', ({ claims }) => `${unsigned(claims(), {})}AAAA`],
  ['alg as a list', 'invalid_key', forged({ alg: ['ES256'] })],
  ['HS256 with the public key', 'invalid_key', ({ claims }) => hmacSigned(publicPem(), claims())],
  ['HS256 with the modulus', 'invalid_key', ({ claims }) => hmacSigned(String(RSA.jwk.n), claims())],
  ['HS512 with the JWK', 'invalid_key', ({ claims }) => hmacSigned(JSON.stringify(RSA.jwk), claims(), 'HS512')],
  ['HS256 with no secret', 'invalid_key', ({ claims }) => hmacSigned('', claims())],
  ['an HMAC that says RS256', 'authentication_failed', ({ claims }) => hmacSigned(publicPem(), claims(), 'RS256')],
  ['ES256 that says RS256', 'authentication_failed', forged({ alg: 'RS256', kid: 'rsa' })],
  ['PS256, which is not configured', 'invalid_key', ({ claims }) => signed({ ...RSA, alg: 'PS256' }, claims())],
  ['another key under a known id', 'authentication_failed', forged({})],
  ['a key in the header', 'authentication_failed', forged({ jwk: FORGER.jwk })],
  [
    'a key set elsewhere',
    'authentication_failed',
    ({ idp, claims }) => signed(FORGER, claims(), { jku: `${idp.issuer}/forged` }),
  ],
  [
    'a certificate elsewhere',
    'authentication_failed',
    ({ idp, claims }) => signed(FORGER, claims(), { x5u: `${idp.issuer}/forged` }),
  ],
  ['a certificate in the header', 'authentication_failed', forged({ x5c: ['AAAA'], x5t: 'AAAA' })],
  ['an unknown key id', '429', forged({ kid: 'other' })],
  ['a path as key id', '429', forged({ kid: '../../dev/null' })],
  ['a URL as key id', '429', ({ idp, claims }) => signed(FORGER, claims(), { kid: `${idp.issuer}/forged` })],
  ['SQL as key id', '429', forged({ kid: "x' UNION SELECT 'key" })],
  ['a key id of the prototype', '429', forged({ kid: '__proto__' })],
  ['a key id that is an object', 'invalid_key', forged({ kid: { key: 1 } })],
  ['no key id', '429', forged({ kid: undefined })],
  ['crit', 'invalid_request', byIssuer({}, { crit: ['exp'], exp: 1 })],
  ['b64 false', 'invalid_request', byIssuer({}, { b64: false, crit: ['b64'] })],
  ['another type', 'invalid_request', byIssuer({}, { typ: 'JWT' })],
  ['an access token', 'invalid_request', byIssuer({}, { typ: 'at+jwt' })],
  ['no type', 'invalid_request', byIssuer({}, { typ: undefined })],
  [
    'a header with a key twice',
    'invalid_request',
    ({ claims }) => signed(KEY, claims(), '{"alg":"ES256","alg":"ES256","kid":"key","typ":"secevent+jwt"}'),
  ],
  ['another issuer', 'invalid_issuer', byIssuer({ iss: 'https://other.example' })],
  ['the issuer with a slash', 'invalid_issuer', ({ idp, claims }) => signed(KEY, claims({ iss: `${idp.issuer}/` }))],
  ['the issuer in a list', 'invalid_issuer', ({ idp, claims }) => signed(KEY, claims({ iss: [idp.issuer] }))],
  ['no issuer', 'invalid_issuer', byIssuer({ iss: undefined })],
  ['another audience', 'invalid_audience', byIssuer({ aud: 'https://other.example' })],
  ['an audience that begins alike', 'invalid_audience', byIssuer({ aud: `${AUDIENCE}.evil.example` })],
  ['other audiences', 'invalid_audience', byIssuer({ aud: ['a', [AUDIENCE]] })],
  ['no audience', 'invalid_audience', byIssuer({ aud: undefined })],
  [
    'claims with a key twice',
    'invalid_request',
    ({ idp }) => signed(KEY, JSON.stringify(claimsOf(idp.issuer)).replace('{', '{"aud":"x",')),
  ],
  ['claims that are a list', 'invalid_request', ({ claims }) => signed(KEY, [claims()])],
  ['claims that are a token', 'invalid_request', ({ genuine }) => signed(FORGER, genuine)],
  [
    'an unsigned token inside',
    'authentication_failed',
    ({ claims }) => signed(FORGER, { ...claims(), set: unsigned(claims(), { alg: 'none' }) }),
  ],
  ['an iat in the future', 'invalid_request', byIssuer({ iat: EVENT_S + 301 })],
  ['an iat far in the future', 'invalid_request', byIssuer({ iat: 1e300 })],
  ['an iat that is text', 'invalid_request', byIssuer({ iat: String(EVENT_S) })],
  ['no iat', 'invalid_request', byIssuer({ iat: undefined })],
  ['no jti', 'invalid_request', byIssuer({ jti: undefined })],
  ['a jti that is a number', 'invalid_request', byIssuer({ jti: 1 })],
  ['no events', 'invalid_request', byIssuer({ events: undefined })],
  ['events without one', 'invalid_request', byIssuer({ events: {} })],
  ['events in a list', 'invalid_request', byIssuer({ events: [`${RISC}account-disabled`] })],
  ['an event that is no object', 'invalid_request', byIssuer({ events: { [`${RISC}account-disabled`]: true } })],
  [
    'other claims under a genuine signature',
    'authentication_failed',
    ({ genuine, claims }) => [headerOf(genuine), part(claims({ jti: 'other' })), signatureOf(genuine)].join('.'),
  ],
  [
    'another header over a genuine signature',
    'authentication_failed',
    ({ genuine }) =>
      [part({ typ: 'secevent+jwt', kid: 'key', alg: 'ES256' }), claimsPartOf(genuine), signatureOf(genuine)].join('.'),
  ],
  [
    'a signature of zeros',
    'authentication_failed',
    ({ genuine }) => [headerOf(genuine), claimsPartOf(genuine), Buffer.alloc(64).toString('base64url')].join('.'),
  ],
  ['two tokens', 'invalid_request', ({ genuine }) => `${genuine}.${genuine}`],
  ['two tokens in two lines', 'invalid_request', ({ genuine }) => `${genuine}\n${genuine}`],
  ['a token with padding', 'invalid_request', ({ genuine }) => `${genuine}==`],
  [
    'a token in JSON form',
    'invalid_request',
    ({ genuine }) =>
      JSON.stringify({ protected: headerOf(genuine), payload: claimsPartOf(genuine), signature: signatureOf(genuine) }),
  ],
  ['an encrypted token', 'invalid_request', ({ genuine }) => `${genuine}.AAAA.AAAA`],
  ['a huge token', 'invalid_request', byIssuer({ padding: 'x'.repeat(70_000) })],
  ['nothing', 'invalid_request', () => ''],
  [
    'the content type of JSON',
    'invalid_request',
    ({ genuine }) => push(genuine, { headers: { 'content-type': 'application/json' } }),
  ],
  ['no content type', 'invalid_request', ({ genuine }) => push(genuine, { headers: {} })],
];

/** What the endpoint did: the code of its answer, or the status if that is none of RFC 8935. */
const codeOf = (reply: { readonly status: number; readonly body?: unknown }): string => {
  const err: unknown = Reflect.get(Object(reply.body), 'err');
  return reply.status === 400 && typeof err === 'string' ? err : String(reply.status);
};

describe('forged security event tokens', () => {
  it.each(FORGERIES)('%s: %s', async (_, err, forge) => {
    const { idp, deliver, outside } = await openSsf([KEY.jwk, RSA.jwk], { algorithms: ALGORITHMS });
    idp.answers.set('/forged', { body: { keys: [FORGER.jwk] } });
    const claims = (changes: object = {}) => claimsOf(idp.issuer, changes);
    const genuine = signed(KEY, claims());
    const reply = await deliver(forge({ idp, genuine, claims }));
    expect(codeOf(reply)).toBe(err);
    if (reply.status === 400) {
      expect(reply.headers).toEqual({ 'content-language': 'en-US' });
      expect(reply.body).toEqual({ err, description: expect.any(String) });
    }
    expect(outside.sent).toEqual([]);
    expect(idp.requests).not.toContain('/forged');
    expect(codeOf(await deliver(genuine))).toBe('202');
  });

  it('are more than 40', () => expect(FORGERIES.length).toBeGreaterThanOrEqual(40));

  it('made of 2,000 genuine ones by one change are refused', async () => {
    const { idp, deliver, outside } = await openSsf([KEY.jwk]);
    const chance = seededChance(7);
    const codes: Record<string, number> = {};
    const many = Array.from({ length: 2_000 }, (_, at) => {
      const genuine = signed(KEY, claimsOf(idp.issuer, { jti: `set-${at}` }));
      return mutated(genuine, (most) => Math.floor(chance.fraction() * most), at);
    });
    for (const token of many) {
      const code = codeOf(await deliver(token));
      codes[code] = (codes[code] ?? 0) + 1;
    }
    expect(Object.keys(codes)).not.toContain('202');
    expect(Object.values(codes).reduce((sum, count) => sum + count, 0)).toBe(2_000);
    expect(codes.authentication_failed).toBeGreaterThan(400);
    expect(outside.sent).toEqual([]);
    expect(idp.requests.length).toBeLessThanOrEqual(2);
  });
});

const readPart = (text: string): string => Buffer.from(text, 'base64url').toString();
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** One change to a token: a character, one less, one more, two that change places, or a part of it. */
function mutated(token: string, upTo: (most: number) => number, way: number): string {
  const at = upTo(token.length);
  const other = ALPHABET[upTo(ALPHABET.length)] ?? 'A';
  const ways = [
    `${token.slice(0, at)}${token[at] === other ? '~' : other}${token.slice(at + 1)}`,
    `${token.slice(0, at)}${token.slice(at + 1)}`,
    `${token.slice(0, at)}${other}${token.slice(at)}`,
    token.slice(0, at),
    [headerOf(token), part({ iss: 'x', jti: at }), signatureOf(token)].join('.'),
    [headerOf(token), part(readPart(claimsPartOf(token)).replace('user@', `u${other}@`)), signatureOf(token)].join('.'),
    // The last character of the signature has bits that no reader needs.
    `${token.slice(0, -1)}${ALPHABET[(ALPHABET.indexOf(token.at(-1) ?? 'A') + 1) % ALPHABET.length]}`,
  ];
  return ways[way % ways.length] ?? '';
}
