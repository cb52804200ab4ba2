/** How a request proves who sent it, as the configuration says. */
import { exactInteger } from '../json-text.ts';
import { bytesOfBase64, bytesOfHex, joined } from '../sources/bytes.ts';
import { jsonOf } from '../sources/reading.ts';
import type { Proofs, SecretEncoding, WebRequest } from '../sources/source.ts';
import { signedAt as standardSignedAt, standardWebhooks } from '../sources/standard-webhooks.ts';
import { scalarText, valueAt } from './pointer.ts';
import type { Handshake, InHeader, Proof } from './schema.ts';

type Hmac = Extract<Proof, { kind: 'hmac' }>;

/** `path`: as the sender sees it, without a stage. */
export interface SignedRequest {
  readonly request: WebRequest;
  readonly path: string;
}

/** `now` in epoch ms. */
export function hasValidProof(proof: Proof, { request, path }: SignedRequest, proofs: Proofs, now: number): boolean {
  switch (proof.kind) {
    case 'hmac':
      return isSigned(proof, { request, path }, proofs, now);
    case 'header':
      return isSecret(inHeader(proof, request.headers), proofs);
    case 'body': {
      const json = jsonOf(request.body, exactInteger);
      return json.kind === 'json' && isSecret(scalarText(valueAt(json.value, proof.at)), proofs);
    }
    case 'standard-webhooks':
      return standardWebhooks.isAuthentic(request, proofs, now);
  }
}

export const secretEncodingOf = (proof: Proof): SecretEncoding =>
  proof.kind === 'standard-webhooks' ? 'base64' : proof.kind === 'hmac' ? proof.secretEncoding : 'text';

/** As evidence of an event. */
export const proofName = (proof: Proof): string =>
  proof.kind === 'hmac' ? `hmac-${proof.algorithm}` : proof.kind === 'standard-webhooks' ? 'hmac-sha256' : proof.kind;

/** When the sender signed the request (epoch ms), if that is part of its proof. */
export function signedAt(proof: Proof, request: WebRequest): number | undefined {
  if (proof.kind === 'hmac') return proof.timestamp && signatureTime(proof.timestamp, request.headers)?.ms;
  return proof.kind === 'standard-webhooks' ? standardSignedAt(request) : undefined;
}

/** Whether the request is one that a vendor sends before it has a secret. */
export function isHandshake(handshakes: readonly Handshake[], { method, body }: WebRequest): boolean {
  if (handshakes.length === 0 || method !== 'POST' || body.length > MAX_HANDSHAKE_BYTES) return false;
  const text = new TextDecoder().decode(body).trim();
  return handshakes.some((handshake) =>
    'body' in handshake ? text === handshake.body : hasOnlyKeys(body, handshake.keys),
  );
}

const MAX_HANDSHAKE_BYTES = 1_024;

function hasOnlyKeys(body: Uint8Array, [first = '', ...others]: readonly string[]): boolean {
  const json = jsonOf(body);
  if (json.kind !== 'json' || typeof json.value !== 'object' || json.value === null) return false;
  const keys = Object.keys(json.value);
  return keys.includes(first) && keys.every((key) => key === first || others.includes(key));
}

const isSecret = (text: string | undefined, proofs: Proofs): boolean => text !== undefined && proofs.secret(text);

function isSigned(proof: Hmac, { request, path }: SignedRequest, proofs: Proofs, now: number): boolean {
  const time = proof.timestamp === undefined ? undefined : signatureTime(proof.timestamp, request.headers);
  if (proof.timestamp !== undefined) {
    if (time === undefined || Math.abs(now - time.ms) > proof.timestamp.toleranceSeconds * 1_000) return false;
  }
  const message = messageOf(proof.signed, { timestamp: time?.text ?? '', method: request.method, path }, request.body);
  const mac = { algorithm: proof.algorithm, message };
  return signaturesIn(proof, request).some((signature) => proofs.hmac(mac, signature));
}

const PLACEHOLDER = /\{(timestamp|method|path)\}/g;

function messageOf(template: string, texts: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const [before = '', after = ''] = template
    .split('{body}')
    .map((part) => part.replace(PLACEHOLDER, (_, name: string) => texts[name] ?? ''));
  const encoder = new TextEncoder();
  return joined(encoder.encode(before), body, encoder.encode(after));
}

const FIELD = /^ ?([a-z0-9_-]{1,32})=([\x21-\x7e]*)$/i;

/** The values of a field. None, if a part of the list is no field: what was meant is not known. */
function valuesOf(list: string, name: string): readonly string[] {
  const fields = list.split(',').map((part) => FIELD.exec(part));
  return fields.includes(null) ? [] : fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : []));
}

function allInHeader({ header, field, prefix = '' }: InHeader, headers: WebRequest['headers']): readonly string[] {
  const whole = headers[header];
  const texts = whole === undefined ? [] : field === undefined ? [whole] : valuesOf(whole, field);
  return texts.every((text) => text.startsWith(prefix)) ? texts.map((text) => text.slice(prefix.length)) : [];
}

/** A value that is there twice is refused: which was meant is not known. */
function inHeader(place: InHeader, headers: WebRequest['headers']): string | undefined {
  const [text, second] = allInHeader(place, headers);
  return second === undefined ? text : undefined;
}

/** The digits are signed as they stand: ten for seconds, thirteen for milliseconds. */
function signatureTime(
  place: NonNullable<Hmac['timestamp']>,
  headers: WebRequest['headers'],
): { readonly text: string; readonly ms: number } | undefined {
  const text = inHeader(place, headers);
  const form = place.unit === 's' ? /^[1-9]\d{9}$/ : /^[1-9]\d{12}$/;
  if (text === undefined || !form.test(text)) return undefined;
  return { text, ms: Number(text) * (place.unit === 's' ? 1_000 : 1) };
}

const BYTES = { sha256: 32, sha512: 64 } as const;

/** Each costs an HMAC over the body. Senders sign with the new secret and with those that they retire. */
const MAX_SIGNATURES = 8;

/** None, if there are too many, or if one of them is none. */
function signaturesIn(proof: Hmac, { headers }: WebRequest): readonly Uint8Array[] {
  const texts = allInHeader(proof, headers);
  const signatures = texts.flatMap((text) => signatureOf(proof, text) ?? []);
  return texts.length > MAX_SIGNATURES || signatures.length < texts.length ? [] : signatures;
}

/** Hex is written in either case, and base64url with and without padding. Otherwise a signature has one spelling. */
function signatureOf(proof: Hmac, text: string): Uint8Array | undefined {
  const bytes = BYTES[proof.algorithm];
  if (proof.encoding === 'hex')
    return /^[0-9a-f]+$/i.test(text) && text.length === bytes * 2 ? bytesOfHex(text) : undefined;
  const standard = proof.encoding === 'base64' ? text : standardBase64(text);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(standard) || standard.length !== Math.ceil(bytes / 3) * 4) return undefined;
  const decoded = bytesOfBase64(standard);
  return btoa(String.fromCharCode(...decoded)) === standard ? decoded : undefined;
}

function standardBase64(text: string): string {
  const bare = /[+/]/.test(text)
    ? ''
    : text
        .replace(/={1,2}$/, '')
        .replaceAll('-', '+')
        .replaceAll('_', '/');
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}
