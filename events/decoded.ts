/**
 * What a text would say to a reader who undoes its encodings. Only good for a search: views are approximate (all levels
 * of escaping are undone at once, bytes stand as Latin-1, NULs of UTF-16 are dropped) and may be nonsense.
 */

/** Rounds of unescaping, for text that was escaped and percent-encoded in turn. */
const ROUNDS = 4;

const CONTROL: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** `\uXXXX`, `\xXX` and `\c` behind any number of backslashes. */
const ESCAPE = /\\+(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g;
/** Escapes that can part a token in two; not `\"` and the like, which end one. The look-behind: a run is tried once. */
const PARTING = /(?<!\\)\\+(?:u[0-9a-fA-F]{4}|\/)/g;
const PERCENT = /%([0-9a-fA-F]{2})/g;
/** What mail and chat put inside a token: a line break, also a soft one (RFC 2045 §6.7), and characters without width. */
const WRAPPING = /=?\r?\n[ \t]*|\p{Cf}/gu;
/** Runs of 15 bytes or more: no token is shorter. */
const BASE64 = /[A-Za-z0-9+/_-]{20,}/g;
const HEX = /[0-9a-fA-F]{30,}/g;

/**
 * Takes a text; returns the texts that appear when JSON escapes and percent-encoding are undone, round by round, also
 * one without the escapes that part a token. Text without encodings has no views.
 */
export function unescapedViews(text: string): string[] {
  const joined = text.replace(PARTING, '');
  const views = joined === text ? [] : [joined];
  let view = text;
  for (let round = 0; round < ROUNDS; round++) {
    const next = percentDecoded(escapesUndone(view));
    if (next === view) break;
    views.push(next);
    view = next;
  }
  return views;
}

/** Takes a text; returns it without what wraps or parts its tokens unseen. */
export const unwrapped = (text: string): string => text.replace(WRAPPING, '');

/**
 * Takes a text; returns one text per alignment of its base64 (RFC 4648, both alphabets, line breaks allowed) and hex
 * runs, each with the decoded bytes of all runs. No runs, no views.
 */
export function unpackedViews(text: string): string[] {
  const joined = text.replace(/\s/g, '');
  const base64 = joined.match(BASE64) ?? [];
  const hex = joined.match(HEX) ?? [];
  return [
    ...[0, 1, 2, 3].map((skip) => base64.map((run) => base64Decoded(run.slice(skip)))),
    ...[0, 1].map((skip) => hex.map((run) => hexDecoded(run.slice(skip)))),
  ]
    .filter((runs) => runs.length > 0)
    .map((runs) => runs.join('\n').replaceAll('\0', ''));
}

const escapesUndone = (text: string): string =>
  text.replace(ESCAPE, (_all, code: string) => (code.length > 1 ? byteOrUnit(code.slice(1)) : (CONTROL[code] ?? code)));

const percentDecoded = (text: string): string => text.replace(PERCENT, (_all, code: string) => byteOrUnit(code));

const byteOrUnit = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));

function base64Decoded(run: string): string {
  const standard = run.replaceAll('-', '+').replaceAll('_', '/');
  // A single character left over holds no byte, and atob refuses it.
  return atob(standard.length % 4 === 1 ? standard.slice(0, -1) : standard);
}

/** A single digit left over holds no byte. */
const hexDecoded = (run: string): string => run.replace(/..?/g, (code) => (code.length > 1 ? byteOrUnit(code) : ''));
