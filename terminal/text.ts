/** Untrusted text for a terminal: escaped, measured in columns, truncated and wrapped. */

/**
 * Controls, formats (bidi, zero width), private and unassigned characters, lone surrogates, and any space but U+0020.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/**
 * Returns the text on one line, with every unsafe character as its escape (`\u001b`). Text of an event must not move
 * the cursor, ring the bell or reverse the direction of what is read.
 */
export const sanitizeForTerminal = (text: string): string => text.replace(UNSAFE, toEscape);

function toEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Two columns each: Hangul, CJK, kana, full-width forms, emoji (Unicode East Asian Width, roughly). */
const WIDE_BMP = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const WIDE_ASTRAL = /[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function columnsOf(character: string): number {
  if (WIDE_BMP.test(character) || WIDE_ASTRAL.test(character)) return 2;
  return /\p{M}/u.test(character) ? 0 : 1;
}

/** Terminal columns of a sanitized text. */
export const displayWidth = (text: string): number =>
  /^[\x20-\x7e]*$/.test(text) ? text.length : [...text].reduce((sum, each) => sum + columnsOf(each), 0);

/** Cuts a sanitized text that is wider than the columns, and marks the cut with `…`. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let head = '';
  for (const each of text) {
    if (displayWidth(head + each) > columns - 1) break;
    head += each;
  }
  return `${head}…`;
}

/** Truncates a sanitized text, then pads it with spaces to exactly the columns. */
export function fitColumns(text: string, columns: number): string {
  const fitted = truncate(text, columns);
  return fitted + ' '.repeat(Math.max(0, columns - displayWidth(fitted)));
}

/** Wraps a sanitized text at spaces. A word that is wider than the columns stays whole, so that it can be copied. */
export function wrapWords(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const fits = last !== undefined && displayWidth(last) + 1 + displayWidth(word) <= columns;
    if (fits) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
