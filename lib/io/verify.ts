/** Proofs that a request is genuine, with secrets that are held in a closure and compared in constant time. */
import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Proofs, SecretEncoding } from '../../events/sources/source.ts';
import { AdapterError } from './adapter-error.ts';

/**
 * Takes a source's active secrets (at least one; two while they are rotated) and how they are written. Surrounding white
 * space is trimmed. Returns the proofs: each secret is tried, whichever fits, so that the time tells nothing. Throws
 * AdapterError `token-malformed` when there is no secret, one is empty, or one is no base64 where that is expected.
 * (RFC 2104; Standard Webhooks, signing secrets)
 */
export function createProofs(secrets: readonly string[], encoding: SecretEncoding): Proofs {
  if (secrets.length === 0) throw malformed('expected at least one webhook secret');
  const keys = secrets.map((secret) => createSecretKey(bytesOf(secret.trim(), encoding)));
  const digests = secrets.map((secret) => digest(secret.trim()));
  return {
    hmacSha256(message, signature) {
      const given = Buffer.from(signature);
      return anyOf(keys, (key) => isSame(given, hmac(key, message)));
    },
    secret(text) {
      const given = digest(text);
      return anyOf(digests, (expected) => timingSafeEqual(given, expected));
    },
  };
}

const malformed = (detail: string): AdapterError => new AdapterError('token-malformed', detail);

function bytesOf(secret: string, encoding: SecretEncoding): Buffer {
  if (secret === '') throw malformed('expected no empty webhook secret');
  if (encoding === 'text') return Buffer.from(secret);
  const text = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret;
  const bytes = Buffer.from(text, 'base64');
  // Buffer skips what is no base64: a secret that was cut or mistyped would become another, shorter one.
  if (bytes.length === 0 || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw malformed('expected a webhook secret in base64, with or without whsec_ before it');
  }
  return bytes;
}

/** Asks all: leaving at the first that fits would tell which it was. */
const anyOf = <Item>(items: readonly Item[], fits: (item: Item) => boolean): boolean =>
  items.map((item) => fits(item)).includes(true);

/** Lengths are no secret: a signature of another length cannot be right. */
const isSame = (given: Buffer, expected: Buffer): boolean =>
  given.length === expected.length && timingSafeEqual(given, expected);

const hmac = (key: KeyObject, message: Uint8Array): Buffer => createHmac('sha256', key).update(message).digest();

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
