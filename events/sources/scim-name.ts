/**
 * People by id, without a store: the id of a user is its userName in base64url, so that a DELETE, which carries nothing
 * else, still says who leaves. (RFC 7643 §3.1: an id is opaque, stable and unique)
 */
import { targetIdentity } from '../fields.ts';
import { bytesOfBase64 } from './bytes.ts';

/** Most bytes of a userName as UTF-8; an e-mail address has at most 254. (RFC 5321 §4.5.3.1) */
const MAX_BYTES = 256;

export const NAME_EXPECTED = `expected userName: 1 to ${MAX_BYTES} bytes of printable characters, no secret`;

/** A person, named byte-exactly as the sender's directory does. */
export interface Person {
  readonly userName: string;
  readonly id: string;
}

/**
 * Takes any value; returns the person whom it names as a userName, or undefined when it is no text of 1 to 256 bytes,
 * holds a control character, or is a secret.
 */
export function personOf(userName: unknown): Person | undefined {
  const parsed = targetIdentity.safeParse(userName);
  if (!parsed.success) return undefined;
  const bytes = new TextEncoder().encode(parsed.data);
  if (bytes.length > MAX_BYTES) return undefined;
  const id = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  return { userName: parsed.data, id };
}

/** Takes an id; returns the person, or undefined when it is not, to the letter, an id that we would have given out. */
export function personById(id: string): Person | undefined {
  if (!/^[\w-]{2,344}$/.test(id) || id.length % 4 === 1) return undefined;
  const bytes = bytesOfBase64(id.replaceAll('-', '+').replaceAll('_', '/'));
  // What is no UTF-8 is decoded to something else, whose id is another.
  const person = personOf(new TextDecoder().decode(bytes));
  return person?.id === id ? person : undefined;
}
