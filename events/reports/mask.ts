/** Secrets that a scanner or a person has masked, so that they identify no key. */

const STROKES = String.raw`\*{3}|[•●∙■▪█▓▒░]{3}|#{4}|[xX]{8}`;
const WORDS = 'redacted|masked|hidden|filtered|removed|censored|sanitized|obfuscated';
/** `REDACTED`, `[REDACTED:3f9a]`, `<hidden>`. */
const WORD = String.raw`(?:[[<({]\s*(?:${WORDS})\b[^\])>}]{0,80}[\])>}]|(?<!\w)(?:${WORDS})(?!\w))`;
const STROKE = new RegExp(STROKES);
const ANYWHERE = new RegExp(`${STROKES}|${WORD}`, 'i');
const BRACKETED = new RegExp(WORD, 'gi');
/** A text that is nothing but a mask, or has one at its end or in its middle: `CWAB...`, `CWAB…WXYZ`. */
const WHOLE = new RegExp(String.raw`${STROKES}|^\S*${WORD}\S*$|(?:\.{3}|…)$|\w(?:\.{3}|…)\w{1,8}$`, 'i');

/** Whether a text that should be a secret is masked. */
export const isMask = (text: string): boolean => WHOLE.test(text);

/** Whether something in a line of source is masked. */
export const holdsMask = (text: string): boolean => ANYWHERE.test(text);

/** The text without what is masked: what is left of an id must not be taken for another id. */
export const withoutMasks = (text: string): string =>
  text.replace(BRACKETED, '***').replace(/\S+/g, (run) => (STROKE.test(run) ? ' ' : run));
