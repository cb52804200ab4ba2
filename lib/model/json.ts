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
export const asciiJson = (value: JsonInput): string => inAscii(JSON.stringify(value));

/** The same JSON text in these characters. */
export const inAscii = (json: string): string => json.replace(BEYOND_ASCII, escapeUnit);

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Canonical JSON: keys sorted by UTF-16 code units, no white space, scalars as ECMAScript writes them (RFC 8785 §3.2).
 * Recursive: for values of bounded depth. A value whose keys stand in that order takes a third of the time.
 */
export function canonicalJson(value: JsonInput): string {
  if (value === null || typeof value !== 'object' || isInOrder(value)) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`];
    });
  return `{${members.join(',')}}`;
}

/** The same value with all keys in the canonical order. */
export const inOrder = (value: JsonInput): JsonInput => JSON.parse(canonicalJson(value));

type Collection = Extract<JsonInput, object>;

/** Whether JSON.stringify writes all keys in the canonical order. */
function isInOrder(value: Collection): boolean {
  if (isList(value)) return value.every(hasOrder);
  let before = '';
  for (const key in value) {
    if (key < before || !hasOrder(value[key])) return false;
    before = key;
  }
  return true;
}

const hasOrder = (value: JsonInput | undefined): boolean =>
  value === null || typeof value !== 'object' || isInOrder(value);

const isList = (value: Collection): value is readonly JsonInput[] => Array.isArray(value);
