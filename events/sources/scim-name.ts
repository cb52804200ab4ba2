/**
 * Ids of SCIM users. An id is the first userName in base64url, so that a DELETE names the user even without a store. If
 * the name had another user before, the new id has a suffix, so that a late DELETE of the old id does not affect this
 * user. (RFC 7643 §3.1: an id is opaque, stable and unique)
 */
import { targetIdentity } from '../fields.ts';
import { foldName } from '../names.ts';
import { bytesOfBase64 } from './bytes.ts';

/** Longest userName in UTF-8 bytes. An e-mail address has at most 254. (RFC 5321 §4.5.3.1) */
const MAX_BYTES = 256;

export const NAME_EXPECTED = `expected userName: 1 to ${MAX_BYTES} bytes of printable characters, no secret`;

/** `userName` is byte-exact. */
export interface Person {
  readonly userName: string;
  readonly id: string;
}

/**
 * Returns the id of the first user with this name. Undefined: not a string of 1 to 256 bytes, contains a control
 * character, or is a secret.
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

/** `<name>` for the first user of a name, `<name>.<epoch ms>` for later ones. */
const ID = /^([\w-]{2,344})(?:\.([1-9]\d{0,14}))?$/;

/** The person with the first name of the id. Undefined: not an id of this endpoint. */
export function personById(id: string): Person | undefined {
  const [, base = ''] = ID.exec(id) ?? [];
  if (base === '' || base.length % 4 === 1) return undefined;
  const bytes = bytesOfBase64(base.replaceAll('-', '+').replaceAll('_', '/'));
  // Invalid UTF-8 decodes to another text, so the id differs.
  const person = personOf(new TextDecoder().decode(bytes));
  return person?.id === base ? { ...person, id } : undefined;
}

const timeOf = (id: string): string | undefined => ID.exec(id)?.[2];

/** True if both ids have the same time, or none, and the same name, regardless of case. */
export const isSameId = (one: string, other: string): boolean =>
  timeOf(one) === timeOf(other) && isSameName(firstNameOf(one), firstNameOf(other));

/** The id of a later user of a name, created at `now` (epoch ms). A count would have to know all earlier users. */
export const laterId = ({ id }: Person, now: number): string => `${id}.${now}`;

/** The name in an id. Empty: not an id of this endpoint. */
export const firstNameOf = (id: string): string => personById(id)?.userName ?? '';

/** userName is case-insensitive. (RFC 7643 §4.1.1) */
export const isSameName = (one: string, other: string): boolean => foldName(one) === foldName(other);
