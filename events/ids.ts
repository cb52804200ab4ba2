/**
 * Branded identifiers and their only constructors. Key IDs and principals are different types, because confusing them
 * would revoke the wrong keys. Identifiers are byte-exact: never trimmed, lower-cased or repaired.
 */
import { textOf } from './schema.ts';

declare const brand: unique symbol;
interface Branded<Name extends string> {
  readonly [brand]: Name;
}

/** Upper-case characters after `CW`; the true length is not published. (API reference, key and principal formats) */
const ACCESS_KEY_ID = /^CW[A-Z0-9]{10,30}$/;
export const ACCESS_KEY_ID_EXPECTED = 'expected an access key id: CW and 10 to 30 capital letters or digits';

/** Printable ASCII without spaces and `*`; the prefix alone is not a principal. */
const PRINCIPAL_NAME = /^(?!.{513})(?:coreweave|saml|role)\/[\x21-\x29\x2b-\x7e]+$/;
export const PRINCIPAL_NAME_EXPECTED =
  'expected coreweave/…, saml/… or role/… in at most 512 printable ASCII characters without spaces and *';

/** The id of an access key (`CW…`), never its secret. */
export type AccessKeyId = string & Branded<'AccessKeyId'>;
export const accessKeyId = textOf((text): text is AccessKeyId => ACCESS_KEY_ID.test(text), ACCESS_KEY_ID_EXPECTED);

/** The owner of access keys, as the API spells it. */
export type PrincipalName = string & Branded<'PrincipalName'>;
export const principalName = textOf(
  (text): text is PrincipalName => PRINCIPAL_NAME.test(text),
  PRINCIPAL_NAME_EXPECTED,
);
