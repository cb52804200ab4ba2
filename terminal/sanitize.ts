/** The one way from any text to a terminal: nothing in an event may move the cursor, ring, or turn what is read around. */

/** Controls, formats (bidi, zero width), private and unassigned characters, lone surrogates, and any space but U+0020. */
const UNSHOWN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** Takes any text; returns it on one line, with what cannot be seen spelt out (`\u001b`). */
export const shown = (text: string): string => text.replace(UNSHOWN, spelt);

function spelt(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Takes a sender's own text; returns it as one word of a POSIX shell, for a command that is to be pasted (POSIX.1-2024, XCU 2.2.2). */
export const shellWord = (text: string): string =>
  /^[\w@%+:,./=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Two columns each: Hangul, CJK, kana, full-width forms, emoji (Unicode East Asian Width, roughly). */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Takes a shown text; returns how many columns of a terminal it takes. */
export const widthOf = (text: string): number =>
  /^[\x20-\x7e]*$/.test(text)
    ? text.length
    : [...text].reduce((sum, each) => sum + (WIDE.test(each) ? 2 : /\p{M}/u.test(each) ? 0 : 1), 0);

/** Takes a shown text and columns; returns it with its end left out, if it is wider. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let head = '';
  for (const each of text) {
    if (widthOf(head + each) > columns - 1) break;
    head += each;
  }
  return `${head}…`;
}

/** Takes a shown text and columns; returns it on lines of whole words. One that is wider by itself stays whole, so that it can be copied. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
