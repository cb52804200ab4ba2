export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A value to be written as JSON: as in JSON.stringify, an undefined member is left out. */
export type JsonInput =
  | string
  | number
  | boolean
  | null
  | readonly JsonInput[]
  | { readonly [key: string]: JsonInput | undefined };

/** What JSON.stringify writes unescaped and is not printable ASCII: DEL, C1, U+2028/9, bidi, U+FFFE/F. */
const BEYOND_ASCII = /[\x7f-\uffff]/g;

/**
 * JSON in the characters U+0020 to U+007E, so its length is also its size in bytes. Astral characters become two
 * escaped surrogates (RFC 8259 §7). Values nested deeper than about 10,000 levels overflow the stack of JSON.stringify.
 */
export const asciiJson = (value: JsonInput): string => JSON.stringify(value).replace(BEYOND_ASCII, escapeUnit);

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Canonical JSON: keys sorted by UTF-16 code units, no white space, scalars as ECMAScript writes them (RFC 8785 §3.2).
 * Recursive: for values of bounded depth.
 */
export function canonicalJson(value: JsonInput): string {
  if (value === null || typeof value !== 'object') return scalarText(value);
  // Hot path, once per audit record: appending to a string is faster than mapping and joining lists.
  let text = '';
  if (isList(value)) {
    for (const member of value) text += (text === '' ? '' : ',') + canonicalJson(member);
    return `[${text}]`;
  }
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${scalarText(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

const isList = (value: JsonInput): value is readonly JsonInput[] => Array.isArray(value);

/** Characters that JSON may have to escape: quote, backslash, and all but printable ASCII. */
const SPECIAL = /[^ !#-[\]-~]/;
const scalarText = (value: string | number | boolean | null): string =>
  // Stryker disable next-line ConditionalExpression,StringLiteral: a shortcut, JSON.stringify writes such a text alike
  typeof value === 'string' && !SPECIAL.test(value) ? `"${value}"` : JSON.stringify(value);
