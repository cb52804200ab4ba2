/**
 * Branded identifiers and their only constructors. Key IDs and principals are different types, because confusing them
 * would revoke the wrong keys. Identifiers are byte-exact: never trimmed, lower-cased or repaired.
 */
import * as z from 'zod/mini';

/** Upper-case characters after `CW`; the true length is not published. (API reference, key and principal formats) */
const ACCESS_KEY_ID = /^CW[A-Z0-9]{10,30}$/;
export const ACCESS_KEY_ID_EXPECTED = 'expected an access key id: CW and 10 to 30 capital letters or digits';

/** Printable ASCII without spaces and `*`; the prefix alone is not a principal. */
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
