/**
 * Branded identifiers and their only constructors. Mixing up a key id and a principal is the worst bug that this
 * product could have, so the two are different types. Identifiers are byte-exact: never trimmed, lower-cased, repaired.
 */
import * as z from 'zod/mini';

/**
 * Upper-case letters and digits after `CW`; the true length is unpublished (API reference, key and principal formats).
 */
const ACCESS_KEY_ID = /^CW[A-Z0-9]{10,30}$/;
export const ACCESS_KEY_ID_EXPECTED = 'expected an access key id: CW and 10 to 30 capital letters or digits';

/** Printable ASCII without spaces and `*`; the prefix alone names nobody. */
const PRINCIPAL_NAME = /^(?!.{513})(?:coreweave|saml|role)\/[\x21-\x29\x2b-\x7e]+$/;
export const PRINCIPAL_NAME_EXPECTED =
  'expected coreweave/…, saml/… or role/… in at most 512 printable ASCII characters without spaces and *';

/** The id of an access key (`CW…`), never its secret. */
export const accessKeyId = z
  .string(ACCESS_KEY_ID_EXPECTED)
  .check(z.regex(ACCESS_KEY_ID, ACCESS_KEY_ID_EXPECTED))
  .brand<'AccessKeyId'>();
export type AccessKeyId = z.infer<typeof accessKeyId>;

/** The owner of access keys, as the API spells it. */
export const principalName = z
  .string(PRINCIPAL_NAME_EXPECTED)
  .check(z.regex(PRINCIPAL_NAME, PRINCIPAL_NAME_EXPECTED))
  .brand<'PrincipalName'>();
export type PrincipalName = z.infer<typeof principalName>;
