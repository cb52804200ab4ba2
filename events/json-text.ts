/**
 * From text to a JSON value, once the text is known to be harmless: not too long, not too deep, and without duplicate
 * keys (JSON.parse keeps the last one, other readers the first: two readers could see two targets in one event).
 */
import { type Refusal, refusal } from './refusal.ts';
import { fieldsOf } from './shapes.ts';

/** Most bytes of a text, as UTF-8, unless the caller allows more. */
export const MAX_TEXT_BYTES = 256 * 1024;

/** Most arrays and objects inside one another. JSON.stringify and others overflow the stack at some thousands. */
export const MAX_TEXT_DEPTH = 32;

export interface JsonText {
  readonly kind: 'json';
  readonly value: unknown;
}

/** As JSON.parse calls it; the last argument has the text of a number. (ECMA-262 §25.5.1) */
export type Reviver = (key: string, value: unknown, ...context: readonly unknown[]) => unknown;

/** Integers beyond 2^53 as text, with the digits that stand there: a rounded id would name another person. */
export const exactInteger: Reviver = (_key, value, context) => {
  const { source } = fieldsOf(context);
  const isRounded = Number.isInteger(value) && !Number.isSafeInteger(value);
  return isRounded && typeof source === 'string' && /^-?\d+$/.test(source) ? source : value;
};

/** Some tools put it before JSON, and a reader may ignore it. (RFC 8259 §8.1) */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The value of a JSON text (RFC 8259), with or without a byte order mark. Refused as `oversize` over `maxBytes` of
 * UTF-8, and as `unreadable` when it is no JSON, nested deeper than MAX_TEXT_DEPTH, or holds an object with
 * the same key twice.
 */
export function readJson(text: string, maxBytes: number = MAX_TEXT_BYTES, reviver?: Reviver): JsonText | Refusal {
  if (isLonger(text, maxBytes)) {
    return refusal('oversize', `expected at most ${maxBytes} bytes`);
  }
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
  try {
    const fault = structureFault(json);
    return fault === undefined ? { kind: 'json', value: JSON.parse(json, reviver) } : refusal('unreadable', fault);
  } catch {
    // The parser's own message quotes the text.
    return refusal('unreadable', NOT_JSON);
  }
}

/** A UTF-16 unit has up to three bytes in UTF-8. */
const isLonger = (text: string, bytes: number): boolean =>
  text.length > bytes || (3 * text.length > bytes && new TextEncoder().encode(text).length > bytes);

const NOT_JSON = 'expected JSON';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * What is wrong with the nesting or the keys, or undefined. Malformed text may pass: JSON.parse is the judge of that,
 * here also of each key with an escape, which it throws on.
 */
function structureFault(text: string): string | undefined {
  /** For each open container the keys seen so far, or undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  /** Whether a string is the first since an opening bracket or a comma, and so, inside an object, a key. */
  // Stryker disable next-line BooleanLiteral: outside all objects no string is a key
  let mayBeKey = false;
  // Stryker disable next-line EqualityOperator: behind the end there is no unit, so nothing is done there
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      const end = closingQuote(text, at);
      if (end === -1) return NOT_JSON;
      const keys = mayBeKey ? open.at(-1) : undefined;
      if (keys !== undefined) {
        const key = keyOf(text.slice(at + 1, end));
        if (keys.has(key)) return 'expected each key of an object once';
        keys.add(key);
        mayBeKey = false;
      }
      at = end;
    } else if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) {
      if (open.length === MAX_TEXT_DEPTH) return `expected at most ${MAX_TEXT_DEPTH} levels of nesting`;
      open.push(unit === OPEN_OBJECT ? new Set() : undefined);
      mayBeKey = true;
    } else if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) {
      open.pop();
    } else if (unit === COMMA) {
      mayBeKey = true;
    }
  }
  return undefined;
}

/** Of the text between its quotes. */
const keyOf = (text: string): string => (text.includes('\\') ? String(JSON.parse(`"${text}"`)) : text);

/** The index of the quote that ends the string that begins at `start`, or -1. */
function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before `at`; before -1 there is none. */
function isEscaped(text: string, at: number): boolean {
  let isOdd = false;
  for (let before = at - 1; text.charCodeAt(before) === BACKSLASH; before--) isOdd = !isOdd;
  return isOdd;
}
