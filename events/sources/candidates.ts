/**
 * Finds CoreWeave credentials in plain and encoded text. Secrets are compared and counted here and never leave
 * `events/`. (API reference, key formats)
 */
import { unescapedViews, unpackedViews } from '../decoded.ts';
import { type AccessKeyId, accessKeyId } from '../ids.ts';
import { isWords } from '../secret-forms.ts';

export interface Candidates {
  readonly ids: Set<AccessKeyId>;
  /** In the form of an id, but without a digit: usually the name of a variable. About 1 % of ids have no digit. */
  readonly words: Set<AccessKeyId>;
  readonly secrets: Set<string>;
  /** Similar to a secret, but of another length or not random. They do not count for pairs. */
  readonly doubtful: Set<string>;
  readonly apiTokens: Set<string>;
}

const API_TOKENS = /CW-SECRET-[A-Za-z0-9][\w.~+/=-]{7,}/g;
const KEY_ID = '(?<![A-Za-z0-9_])CW[A-Z0-9]{10,30}';
const KEY_ID_END = '(?![A-Za-z0-9_])';
const KEY_IDS = new RegExp(KEY_ID + KEY_ID_END, 'g');
/** `cwo` and 40 characters. A scanner that joins its matches puts the id right before or after the secret. */
const SECRETS = new RegExp(
  `cwo(?<=(?:(?<![A-Za-z0-9])|${KEY_ID})cwo)[A-Za-z0-9]{40}(?=CW[A-Z0-9]{10,30}${KEY_ID_END}|(?![A-Za-z0-9]))`,
  'g',
);
const DOUBTFUL = /(?<![A-Za-z0-9])cwo[A-Za-z0-9]{20,}/g;

/** Terminal color sequences. They end in `m`, directly before the colored text. (ECMA-48, SGR) */
const COLORS = /\[[0-9;]{1,10}m/g;
/** Escapes of JSON and source code, percent-encoding, and `=` in quoted-printable. */
const ESCAPED = /[\\%]|=3D/i;
/** Text that may be base64 or hex. */
const PACKED = /[A-Za-z0-9+/_-]{20,}/g;
const PRINTABLE = /^[\t\n\r -~]+$/;
/** Nested encodings that are decoded. */
const LAYERS = 2;

/** Bits per character. Fewer than 1 in 10^9 random alphanumeric texts of 40 characters has less. */
const LEAST_ENTROPY = 3;

/** Words in names of variables. About 1 in 1,000 random ids contains one. */
const NAME = new RegExp(
  [
    ...['ACCESS', 'SECRET', 'KEY', 'TOKEN', 'AUTH', 'CREDENTIAL', 'PASS', 'USER', 'CLIENT', 'NAME', 'TYPE', 'VALUE'],
    ...['CONFIG', 'OBJECT', 'STORAGE', 'BUCKET', 'REGION', 'ENDPOINT', 'HOST', 'PATH', 'FILE', 'LIST'],
  ].join('|'),
);

/** True if a candidate without a digit looks like the name of a variable. */
export const isName = (word: string): boolean => NAME.test(word);

/** Reads plain text, JSON escapes, percent-encoding, base64 and hex. */
export function candidatesIn(text: string): Candidates {
  const found: Candidates = {
    ids: new Set(),
    words: new Set(),
    secrets: new Set(),
    doubtful: new Set(),
    apiTokens: new Set(),
  };
  search(text, LAYERS, found);
  return found;
}

function search(text: string, layers: number, found: Candidates): void {
  const plain = text.replace(COLORS, ' ');
  const rest = take(plain, found);
  const unescaped = ESCAPED.test(plain) ? unescapedViews(plain).at(-1) : undefined;
  const left = unescaped === undefined ? rest : take(unescaped, found);
  if (layers === 0) return;
  for (const run of left.match(PACKED) ?? []) {
    for (const view of unpackedViews(run)) {
      if (PRINTABLE.test(view)) search(view, layers - 1, found);
      else if (/CW|cwo/.test(view)) take(view, found);
    }
  }
}

/**
 * Moves matches from the text to `found` and returns the rest. Secrets come before ids, so that no part of a secret
 * counts as an id. Each match is replaced by a space, so that the text around it does not join to a false id.
 */
function take(text: string, found: Candidates): string {
  const cut = (pattern: RegExp, from: string, keep: (match: string) => void): string =>
    from.replace(pattern, (match) => {
      keep(match);
      return ' ';
    });
  const withoutTokens = cut(API_TOKENS, text, (token) => {
    // `CW-SECRET-STORE` may be a repository in a path.
    const [name = ''] = token.slice('CW-SECRET-'.length).split(/[^\w-]/, 1);
    if (!isWords(name)) found.apiTokens.add(token);
  });
  const withoutSecrets = cut(SECRETS, withoutTokens, (secret) =>
    (isRandom(secret) ? found.secrets : found.doubtful).add(secret),
  );
  const withoutDoubt = cut(DOUBTFUL, withoutSecrets, (secret) => {
    if (isRandom(secret)) found.doubtful.add(secret);
  });
  return cut(KEY_IDS, withoutDoubt, (id) => (/\d/.test(id) ? found.ids : found.words).add(accessKeyId.parse(id)));
}

/** False for placeholders such as `cwoXXXX…` and for long identifiers. */
function isRandom(secret: string): boolean {
  const characters = [...secret.slice('cwo'.length)];
  const counts = Map.groupBy(characters, (character) => character);
  const shares = [...counts.values()].map(({ length }) => length / characters.length);
  const entropy = shares.reduce((sum, share) => sum - share * Math.log2(share), 0);
  return entropy >= LEAST_ENTROPY && /\d/.test(secret) && !climbs(characters);
}

/**
 * True for sequences such as `0123…abcd…`: more than half of the characters differ from the one before by at most 1.
 */
function climbs(characters: readonly string[]): boolean {
  const steps = characters.filter((character, at) => {
    const before = characters[at - 1];
    return before !== undefined && Math.abs(character.charCodeAt(0) - before.charCodeAt(0)) <= 1;
  });
  return steps.length > characters.length / 2;
}
