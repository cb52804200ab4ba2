/**
 * A security event token as it arrives: a JWS in compact form, of which nothing is believed before its signature is
 * verified. (RFC 7515 §7.1, RFC 8417, RFC 8935 §2)
 */
import { readJson } from '../json-text.ts';
import { isRecord } from '../shapes.ts';
import { bytesOfBase64 } from '../sources/bytes.ts';
import type { WebRequest } from '../sources/source.ts';
import type { Algorithm, Issuer } from './issuer.ts';

/** Most characters of a token; events have some hundred. */
const MAX_TOKEN_LENGTH = 65_536;

/** The codes of RFC 8935 §2.4. */
export type SetError =
  | 'authentication_failed'
  | 'invalid_audience'
  | 'invalid_issuer'
  | 'invalid_key'
  | 'invalid_request';

export interface SetFault {
  readonly kind: 'fault';
  readonly err: SetError;
  /** A fixed sentence. */
  readonly description: string;
}
export const fault = (err: SetError, description: string): SetFault => ({ kind: 'fault', err, description });

export interface SecurityEventToken {
  readonly kind: 'token';
  readonly text: string;
  readonly algorithm: Algorithm;
  readonly namesKey: boolean;
  readonly claims: Readonly<Record<string, unknown>>;
}

const MEDIA_TYPE = /^application\/secevent\+jwt[ \t]*(?:;|$)/i;
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
/** `application/` may be left out. (RFC 8417 §2.3, RFC 7515 §4.1.9) */
const TYPE = /^(?:application\/)?secevent\+jwt$/i;
/** They change what is signed or must be understood; such a token needs neither. (RFC 7515 §4.1.11, RFC 7797) */
const REFUSED_HEADERS = ['crit', 'b64'];

/** The token of a request if it is one of this issuer, whose signature is still to be verified. */
export function tokenOf({ headers, body }: WebRequest, { issuer, algorithms }: Issuer): SecurityEventToken | SetFault {
  if (!MEDIA_TYPE.test(headers['content-type'] ?? '')) {
    return fault('invalid_request', 'expected the content type application/secevent+jwt');
  }
  if (body.length > MAX_TOKEN_LENGTH) {
    return fault('invalid_request', `expected at most ${MAX_TOKEN_LENGTH} bytes`);
  }
  const text = new TextDecoder().decode(body);
  const [, ...parts] = COMPACT.exec(text) ?? [];
  const [header, claims, signature] = parts.map(bytesOfPart);
  if (header === undefined || claims === undefined || signature === undefined) {
    return fault('invalid_request', 'expected a signed token in compact form');
  }
  const signed = signatureIn(objectIn(header), algorithms);
  if (signed.kind === 'fault') return signed;
  const found = objectIn(claims);
  if (found === undefined) return fault('invalid_request', 'expected a JSON object with each claim once');
  if (found.iss !== issuer) return fault('invalid_issuer', 'expected the issuer of this endpoint');
  return { ...signed, kind: 'token', text, claims: found };
}

function signatureIn(
  header: Readonly<Record<string, unknown>> | undefined,
  algorithms: readonly Algorithm[],
): (Pick<SecurityEventToken, 'algorithm' | 'namesKey'> & { readonly kind: 'signature' }) | SetFault {
  if (header === undefined) return fault('invalid_request', 'expected a header that is a JSON object');
  const algorithm = algorithms.find((each) => each === header.alg);
  if (algorithm === undefined) return fault('invalid_key', 'expected an algorithm that the issuer is configured with');
  if (typeof header.typ !== 'string' || !TYPE.test(header.typ)) {
    return fault('invalid_request', 'expected the type secevent+jwt');
  }
  if (REFUSED_HEADERS.some((name) => Object.hasOwn(header, name))) {
    return fault('invalid_request', 'expected neither crit nor b64 in the header');
  }
  if (header.kid !== undefined && typeof header.kid !== 'string') {
    return fault('invalid_key', 'expected a key id that is text');
  }
  return { kind: 'signature', algorithm, namesKey: header.kid !== undefined };
}

/** Of one encoding only: unused bits that are set would give a token that has the same signature, but another text. */
function bytesOfPart(text: string): Uint8Array | undefined {
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
  if (base64.length % 4 === 1) return undefined;
  const bytes = bytesOfBase64(base64);
  return base64UrlOf(bytes) === text ? bytes : undefined;
}

const base64UrlOf = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** Each key once, so that no two readers see two tokens in one. */
function objectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const json = readJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), MAX_TOKEN_LENGTH);
    return json.kind === 'json' && isRecord(json.value) ? json.value : undefined;
  } catch {
    return undefined;
  }
}
