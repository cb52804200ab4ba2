/** Secrets that a scanner or a person has masked: nothing can be revoked by what is left of them. */

/** `****`, `••••`, `████` in any text. */
const STROKES = /\*{3}|[•●∙■▪█]{3}/;
const WORD = String.raw`\[?(?:redacted|masked|hidden|filtered|removed)(?::[0-9a-f]{1,64})?\]?`;
const WHOLE = new RegExp(String.raw`^(?:${WORD}|<${WORD}>)$|(?:\.{3}|…)$|\w(?:\.{3}|…)\w{1,8}$`, 'i');

/** Whether a text that should be a secret is masked: `REDACTED`, `CWAB...`, `[REDACTED:3f9a]`, `CWAB****WXYZ`. */
export const isMask = (text: string): boolean => WHOLE.test(text) || STROKES.test(text);

/** Whether something in a line of source is masked. */
export const holdsMask = (text: string): boolean =>
  STROKES.test(text) || new RegExp(String.raw`(?<!\w)${WORD}(?!\w)`, 'i').test(text);

/** The text without what is masked: what is left of an id must not be taken for another id. */
export const withoutMasks = (text: string): string => text.replace(/\S*(?:\*{3}|[•●∙■▪█]{3})\S*/g, ' ');
