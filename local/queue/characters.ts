/**
 * Hides characters beyond the Basic Multilingual Plane from fauxqs, which refuses them. SQS takes them (SQS API
 * reference, SendMessage). A hidden text is longer, so fauxqs refuses a body of such characters from about 350 KB on.
 */

/** The escape character, and what stands for itself after it. Both are in the private use area. */
const ESCAPE = '\uf8ff';
const ITSELF = '\uf8fe';
/** Surrogates D800 to DFFF become E000 to E7FF, which fauxqs takes. */
const SHIFT = 0x800;

const shifted = (character: string, by: number): string => String.fromCharCode(character.charCodeAt(0) + by);

/** The text without surrogates; `showCharacters` undoes it. */
export const hideCharacters = (text: string): string =>
  text.replace(/[\ud800-\udfff\uf8ff]/g, (character) =>
    character === ESCAPE ? ESCAPE + ITSELF : ESCAPE + shifted(character, SHIFT),
  );

/** The text that `hideCharacters` was given. */
export const showCharacters = (text: string): string =>
  text.replace(/\uf8ff(.)/gs, (_, character: string) => (character === ITSELF ? ESCAPE : shifted(character, -SHIFT)));
