/**
 * What looks like a secret, and text without it. Every pattern takes time linear in the length of the text: no run of
 * characters is tried from more than one start. An access key id (`CW…` in capitals) is no secret: `cwo` goes by case.
 */
import { unescapedViews, unpackedViews, unwrapped } from './decoded.ts';

/** What stands for a secret that was cut out. */
export const REDACTED = '[redacted]';

/** `text` without secrets, or `withheld`: an encoded secret cannot be cut out exactly, so nothing may be shown. */
export type Redaction =
  | { readonly kind: 'text'; readonly text: string; readonly redacted: boolean }
  | { readonly kind: 'withheld' };

/** The rest of a token; also escapes, since a secret may be encoded half way through. */
const REST = String.raw`[\w\\%.+/=~-]*`;
const KEY_LABEL = '[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----';

/** What gives a secret away, and how it goes on from there. */
type Pattern = readonly [start: string, rest: string];

/** The secret of an access key, and an API token. (API reference, key formats) */
const COREWEAVE: readonly Pattern[] = [
  ['cwo[A-Za-z0-9]{20}', REST],
  [String.raw`(?:CW-SECRET|cw-secret)-[\w.~+/=-]`, REST],
];

const PATTERNS: readonly Pattern[] = [
  ...COREWEAVE,
  // JWT and other compact JOSE (RFC 7515). The look-ahead decides once per run of characters whether two dots follow.
  [String.raw`(?<![\w-])(?=[\w-]*\.[\w-]+\.)[\w-]*?eyJ[\w-]+\.[\w-]+\.`, REST],
  // GitHub, Slack, GitLab.
  ['gh[opsur]_[A-Za-z0-9]{16}', REST],
  [String.raw`github_pat_\w{16}`, REST],
  ['xox[a-z]-[A-Za-z0-9-]{10}', REST],
  [String.raw`glpat-[\w-]{16}`, REST],
  [String.raw`[Bb]earer\s{1,16}[\w.~+/-]{20}`, REST],
  // Private keys (RFC 7468 and OpenPGP); one that is cut off goes on to the end.
  [`-----BEGIN ${KEY_LABEL}`, String.raw`[\s\S]*?(?:-----END ${KEY_LABEL}|$)`],
  // Credentials in a URL (RFC 3986 §3.2.1), but not the principal `role/https://issuer:subject@host`.
  [String.raw`(?<=(?<!role/https?)://)[^\s/?#:@"'<>\\]*:[^\s/?#"'<>\\]+@`, ''],
];

const startOf = (patterns: readonly Pattern[]): RegExp => new RegExp(patterns.map(([start]) => start).join('|'));
const ANY_SECRET = startOf(PATTERNS);
const COREWEAVE_SECRET = startOf(COREWEAVE);
const WHOLE_SECRETS = new RegExp(PATTERNS.map(([start, rest]) => start + rest).join('|'), 'g');

/** How often packed bytes may hold packed bytes in turn. */
const LAYERS = 2;

/** Takes a text; returns whether something in it looks like a secret, as it stands. */
export const looksSecret = (text: string): boolean => ANY_SECRET.test(text);

/** The same, also when a line break or a character without width parts a CoreWeave secret. (Other patterns would find lines that only meet.) */
const showsSecret = (text: string): boolean => looksSecret(text) || COREWEAVE_SECRET.test(unwrapped(text));

/** Takes a text; returns whether a secret shows as it stands or decoded (JSON escapes, percent-encoding, base64, hex). */
export const holdsSecret = (text: string): boolean => showsSecret(text) || hidesSecret(text, LAYERS);

/**
 * Takes a text; returns it with each secret replaced by REDACTED, or `withheld` when a secret shows only once the text
 * is decoded. What is returned never holds a secret that `holdsSecret` can see.
 */
export function redact(text: string): Redaction {
  const shown = text.replace(WHOLE_SECRETS, REDACTED);
  return holdsSecret(shown) ? { kind: 'withheld' } : { kind: 'text', text: shown, redacted: shown !== text };
}

function hidesSecret(text: string, layers: number): boolean {
  const unescaped = unescapedViews(text);
  if (unescaped.some(showsSecret)) return true;
  if (layers === 0) return false;
  return unpackedViews(unescaped.at(-1) ?? text).some((view) => looksSecret(view) || hidesSecret(view, layers - 1));
}
