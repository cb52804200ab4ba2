/**
 * Whether `part` stands in `text`, in linear time. `String.includes` takes time in proportion to the product of both
 * lengths for texts that repeat themselves. (Knuth, Morris and Pratt 1977)
 */
export function contains(text: string, part: string): boolean {
  // So short a text costs less than the table.
  if (part.length <= SHORT || part.length > text.length) return text.includes(part);
  const back = fallbacks(part);
  let matched = 0;
  for (let at = 0; at < text.length; at++) {
    matched = extended(part, back, matched, text.charCodeAt(at));
    if (matched === part.length) return true;
  }
  return false;
}

const SHORT = 256;

/** For each length that matched, the longest shorter one that still does. */
function fallbacks(part: string): Uint32Array {
  const back = new Uint32Array(part.length + 1);
  for (let at = 1, matched = 0; at < part.length; at++) {
    matched = extended(part, back, matched, part.charCodeAt(at));
    back[at + 1] = matched;
  }
  return back;
}

/** How much of `part` matches once `unit` has come behind `matched` units of it. */
function extended(part: string, back: Uint32Array, matched: number, unit: number): number {
  let length = matched;
  while (length > 0 && part.charCodeAt(length) !== unit) length = back[length] ?? 0;
  return part.charCodeAt(length) === unit ? length + 1 : 0;
}
