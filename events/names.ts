/**
 * When two names are written differently and may be the same: directories, sign-in and key owners disagree on case
 * and on Unicode forms.
 */

/**
 * The name in a form that all spellings share which a reader could take for it: compatibility forms composed (NFKC),
 * and without case, also where one character becomes two (`ß`, `SS`). Never a name to act on. (Unicode Standard,
 * sections 3.13 and 5.18)
 */
export const foldName = (name: string): string =>
  name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');

/** Whether two names differ only in the case of ASCII characters, once composed (NFC). */
export const sameButForCase = (one: string, other: string): boolean => withoutCase(one) === withoutCase(other);

const withoutCase = (name: string): string =>
  name.normalize('NFC').replace(/[A-Z]/g, (capital) => capital.toLowerCase());
