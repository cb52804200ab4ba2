/**
 * People by id, also without a store: the id of a user is its first userName in base64url, so that a DELETE, which
 * carries nothing else, still says who leaves. A name that is used again after its user was deleted gets a suffix, so
 * that a late DELETE of the old id does not concern the successor. (RFC 7643 §3.1: an id is opaque, stable and unique)
 */
import { targetIdentity } from '../fields.ts';
import { foldName } from '../names.ts';
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
 * The person whom a value names as a userName, with the id of the first user of that name. Undefined: it is no text of
 * 1 to 256 bytes, holds a control character, or is a secret.
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

/** `<name>`, or `<name>.<number>` from the second user of the name on. */
const ID = /^([\w-]{2,344})(?:\.([2-9]|[1-9]\d{1,3}))?$/;

/** The person of an id, under the first name that they had; undefined if it is not an id that was ever given out. */
export function personById(id: string): Person | undefined {
  const [, base = ''] = ID.exec(id) ?? [];
  if (base === '' || base.length % 4 === 1) return undefined;
  const bytes = bytesOfBase64(base.replaceAll('-', '+').replaceAll('_', '/'));
  // What is no UTF-8 is decoded to something else, whose id is another.
  const person = personOf(new TextDecoder().decode(bytes));
  return person?.id === base ? { ...person, id } : undefined;
}

const numberOf = (id: string): number => Number(ID.exec(id)?.[2] ?? 1);

/** Whether two ids stand for one user: the same name, whatever its letter case, and the same number. */
export const isSameId = (one: string, other: string): boolean =>
  numberOf(one) === numberOf(other) && isSameName(firstNameOf(one), firstNameOf(other));

/** The id of the next user of a name, whose user so far had the id `taken`. */
export const nextId = ({ id }: Person, taken: string): string => `${id}.${numberOf(taken) + 1}`;

/** The name in an id; empty: it is none that was given out. */
export const firstNameOf = (id: string): string => personById(id)?.userName ?? '';

/** Names of users are compared without letter case. (RFC 7643 §4.1.1) */
export const isSameName = (one: string, other: string): boolean => foldName(one) === foldName(other);
