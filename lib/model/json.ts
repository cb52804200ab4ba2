/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** JSON to be written: a member that is undefined is none, as for JSON.stringify. */
export type Sparse =
  | string
  | number
  | boolean
  | null
  | readonly Sparse[]
  | { readonly [key: string]: Sparse | undefined };
/** Everything that JSON.stringify leaves raw and that is not printable ASCII: DEL, C1, U+2028/9, bidi, U+FFFE/F. */
const BEYOND_ASCII = /[\x7f-\uffff]/g;
/**
 * Takes a JSON value (ours, of bounded depth: JSON.stringify overflows the stack at about 10,000 levels) and returns
 * it as JSON of the characters U+0020 to U+007E, so that its length is also its size in bytes. Astral characters become
 * two escaped surrogates (RFC 8259 §7).
 */
export const asciiJson = (value: Sparse): string => JSON.stringify(value).replace(BEYOND_ASCII, escapeUnit);
const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
/**
 * Takes a JSON value of bounded depth; returns its canonical text: keys sorted by UTF-16 code units, no white space,
 * numbers and strings as ECMAScript writes them (RFC 8785 §3.2). Keys whose value is undefined are not JSON and left out.
 */
export function canonicalJson(value: Sparse): string {
  if (value === null || typeof value !== 'object') return written(value);
  // Every audit record comes by here: a text that grows takes less time than lists that are mapped and joined.
  let text = '';
  if (isList(value)) {
    for (const member of value) text += (text === '' ? '' : ',') + canonicalJson(member);
    return `[${text}]`;
  }
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${written(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

const isList = (value: Sparse): value is readonly Sparse[] => Array.isArray(value);
/** All but printable ASCII, and quote and backslash: what JSON may not write as it is. */
const SPECIAL = /[^ !#-[\]-~]/;
const written = (value: string | number | boolean | null): string =>
  // Stryker disable next-line ConditionalExpression,StringLiteral: a shortcut, JSON.stringify writes such a text alike
  typeof value === 'string' && !SPECIAL.test(value) ? `"${value}"` : JSON.stringify(value);
