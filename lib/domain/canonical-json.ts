/** JSON in one canonical form, so that equal values have equal bytes and hashes (RFC 8785, JCS). */
import type { Sparse } from '../model/json.ts';

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
