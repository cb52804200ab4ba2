/** JSON in printable ASCII on one line: what SQS accepts, what no terminal or line splitter can misread. */
import type { Sparse } from '../model/json.ts';

/** Everything that JSON.stringify leaves raw and that is not printable ASCII: DEL, C1, U+2028/9, bidi, U+FFFE/F. */
const BEYOND_ASCII = /[\x7f-\uffff]/g;

/**
 * Takes a JSON value (ours, of bounded depth: JSON.stringify overflows the stack at about 10,000 levels) and returns
 * it as JSON of the characters U+0020 to U+007E, so that its length is also its size in bytes. Astral characters become
 * two escaped surrogates (RFC 8259 §7).
 */
export const asciiJson = (value: Sparse): string => JSON.stringify(value).replace(BEYOND_ASCII, escapeUnit);

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
