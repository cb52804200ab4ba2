/** An issuer of security event tokens: its keys, its tokens, and a real server that publishes the keys. */
import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { WebRequest } from '../../events/sources/source.ts';
import { listenOnLoopback } from '../../local/listen.ts';
import { EVENT_MS } from './event-factory.ts';

export const AUDIENCE = 'https://revocation.example/ssf/idp';
export const EVENT_S = EVENT_MS / 1_000;

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  /** As the issuer publishes it. */
  readonly jwk: JsonWebKey & { readonly kid: string };
}

const published = (kid: string, alg: string, pair: { publicKey: KeyObject; privateKey: KeyObject }): SigningKey => ({
  kid,
  alg,
  privateKey: pair.privateKey,
  jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg },
});

export const ecKey = (kid: string): SigningKey =>
  published(kid, 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }));
export const edKey = (kid: string): SigningKey => published(kid, 'EdDSA', generateKeyPairSync('ed25519'));
export const rsaKey = (kid: string, alg = 'RS256', modulusLength = 2_048): SigningKey =>
  published(kid, alg, generateKeyPairSync('rsa', { modulusLength }));

const PSS = { padding: 6, saltLength: 32 } as const;
const SIGNERS: Readonly<Record<string, (data: Buffer, key: KeyObject) => Buffer>> = {
  ES256: (data, key) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (data, key) => sign(null, data, key),
  RS256: (data, key) => sign('sha256', data, key),
  PS256: (data, key) => sign('sha256', data, { key, ...PSS }),
};

/** JSON of a value, or a text as it is, in base64url. */
export const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

/** The claims of a token that says: the account of this person was disabled. */
export const claimsOf = (issuer: string, changes: object = {}): object => ({
  iss: issuer,
  aud: AUDIENCE,
  iat: EVENT_S,
  jti: 'set-1',
  sub_id: { format: 'email', email: 'user@example.com' },
  events: { [`${RISC}account-disabled`]: {} },
  ...changes,
});

/** Signs a header and claims: values, or texts that are JSON or are meant to be none. */
export function signed(key: SigningKey, claims: unknown, header: unknown = {}): string {
  const full =
    typeof header === 'string' ? header : { alg: key.alg, kid: key.kid, typ: 'secevent+jwt', ...Object(header) };
  const input = `${part(full)}.${part(claims)}`;
  const signer = SIGNERS[key.alg];
  if (signer === undefined) throw new Error('expected a known algorithm');
  return `${input}.${signer(Buffer.from(input), key.privateKey).toString('base64url')}`;
}

/** A push delivery. (RFC 8935 §2) */
export const push = (token: string | Uint8Array, changes: Partial<WebRequest> = {}): WebRequest => ({
  method: 'POST',
  path: '',
  headers: { 'content-type': 'application/secevent+jwt' },
  body: typeof token === 'string' ? new TextEncoder().encode(token) : token,
  ...changes,
});

/** Answers a request for a path, in place of the keys; `body` is JSON or text. */
export interface IdpAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Idp {
  /** Its URL is the claim `iss`. */
  readonly issuer: string;
  readonly jwksUrl: string;
  /** What it publishes now. */
  keys: readonly unknown[];
  /** By path; `hang` never answers. */
  readonly answers: Map<string, IdpAnswer | 'hang'>;
  /** Paths, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

export const JWKS_PATH = '/keys';

export async function startIdp(keys: readonly unknown[]): Promise<Idp> {
  const requests: string[] = [];
  const answers = new Map<string, IdpAnswer | 'hang'>();
  const idp = { keys, answers, requests };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const answer = answers.get(path) ?? (path === JWKS_PATH ? { body: { keys: idp.keys } } : { status: 404, body: '' });
    if (answer === 'hang') return;
    const { status = 200, headers = {}, body = '' } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  const { endpoint, close } = await listenOnLoopback(server);
  return Object.assign(idp, { issuer: endpoint, jwksUrl: `${endpoint}${JWKS_PATH}`, close });
}
