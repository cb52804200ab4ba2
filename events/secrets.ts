/**
 * Whether a text holds a secret, also encoded, and the text without it. An access key id (`CW…` in capitals) is no
 * secret: `cwo` goes by case. Compressed data is not looked into, and counts as a secret.
 */
import { isCompressed, legible, unescapedViews, unpackedBytes, unwrapped, visible } from './decoded.ts';
import { maskSecrets, showsSecret, showsSecretAcrossLines } from './secret-forms.ts';

/** What stands for a secret that was cut out. */
export const REDACTED = '[redacted]';

/** `text` without secrets, or `withheld`: an encoded secret cannot be cut out exactly, so nothing may be shown. */
export type Redaction =
  | { readonly kind: 'text'; readonly text: string; readonly redacted: boolean }
  | { readonly kind: 'withheld' };

/** How often packed bytes may hold packed bytes in turn. */
const LAYERS = 3;
/** Unpacked bytes that are searched, per character of the text: only nonsense made for it has more. */
const MAX_UNPACKED = 24;
const FREE_BYTES = 65_536;
/** What every secret has, and bytes of a wrong alignment hardly ever. */
const LEGIBLE = /[\t\n\r -~]{8}/;

/** Whether a secret shows in the text, plain or decoded. What is packed too often counts as one. */
export const holdsSecret = (text: string): boolean => hides(text, LAYERS, budgetOf(text));

const budgetOf = ({ length }: string): Budget => ({ left: MAX_UNPACKED * length + FREE_BYTES });
interface Budget {
  left: number;
}

/**
 * The text with each secret replaced by REDACTED, or `withheld` when a secret shows only once the text is decoded. What
 * is returned never holds a secret that `holdsSecret` can see.
 */
export function redact(text: string): Redaction {
  const shown = maskSecrets(text, REDACTED);
  const redacted = shown !== text;
  // What was cut out may have been a part of a packed secret: the rest of it must not be shown.
  const isWithheld = holdsSecret(shown) || (redacted && unpacksTo(text, LAYERS, budgetOf(text)));
  return isWithheld ? { kind: 'withheld' } : { kind: 'text', text: shown, redacted };
}

function hides(text: string, layers: number, budget: Budget): boolean {
  const unescaped = unescapedViews(text);
  if (shows(text) || unescaped.some(shows)) return true;
  if (layers === 0) return false;
  const last = unescaped.at(-1);
  return unpacksTo(text, layers, budget) || (last !== undefined && unpacksTo(last, layers, budget));
}

function shows(text: string): boolean {
  const seen = visible(text);
  if (showsSecret(seen)) return true;
  const joined = unwrapped(seen);
  return joined !== seen && showsSecretAcrossLines(joined);
}

function unpacksTo(text: string, layers: number, budget: Budget): boolean {
  for (const bytes of unpackedBytes(text)) {
    budget.left -= bytes.length;
    if (budget.left < 0 || isCompressed(bytes)) return true;
    const view = legible(bytes);
    if (LEGIBLE.test(view) && hides(view, layers - 1, budget)) return true;
  }
  return false;
}
