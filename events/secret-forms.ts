/**
 * The forms of secrets, as exact as their issuers publish them: a name must never be taken for one. Each search takes
 * time linear in the length of the text.
 */

/** One form. Only `start` is searched for; what it matches is bounded, or ends a run of characters. */
interface Form {
  /** What every secret of this form has: texts without it are soon done. */
  readonly hint: string;
  readonly start: RegExp;
  /** Where in the text the secret begins; undefined: a match that is no secret. */
  readonly begins: (match: RegExpExecArray) => number | undefined;
  /** How the secret goes on behind the match. */
  readonly rest: RegExp;
  /** Lines that only meet may read like it, so it is not searched for across line breaks. */
  readonly oneLine?: true;
}

/** The rest of a token; also escapes, since a secret may be encoded half way through. */
const REST = /[\w\\%.+/=~-]*/y;
const KEY_LABEL = '[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----';

/**
 * Words in camel case or capitals, around at most one short number. One in a thousand random texts of 20 characters
 * reads like it.
 */
const WORD = '(?:[a-z]*(?:[A-Z][a-z]{2,})*[A-Z]?|[A-Z]*)';
const WORDS = new RegExp(`^${WORD}(?:\\d{1,4}${WORD})?$`);
export const isWords = (text: string): boolean => text.split(/[-_.~+/=]/).every((word) => WORDS.test(word));

const always = ({ index }: RegExpExecArray): number => index;
/** Group 1 is what must be random. */
const unlessName = ({ index, 1: token = '' }: RegExpExecArray): number | undefined =>
  isWords(token) ? undefined : index;

const BESIDE = /[A-Za-z0-9]/;
/** A secret that touches other characters, such as its own key id or the bytes of a wrong alignment, must be random. */
function beginsKeySecret(match: RegExpExecArray): number | undefined {
  const { input, index } = match;
  const touches = BESIDE.test(input.charAt(index - 1)) || BESIDE.test(input.charAt(index + match[0].length));
  return touches ? unlessName(match) : index;
}

/** Headers in one run of characters that are decoded; names hold none or one. */
const MAX_HEADERS = 8;

/** A compact JWS or JWE begins with a JSON object in base64url. (RFC 7515 §7.1) */
function beginsJose({ 0: run, index }: RegExpExecArray): number | undefined {
  let at = run.indexOf('eyJ');
  for (let tried = 0; at !== -1; tried++) {
    if (tried === MAX_HEADERS || isJsonObject(run.slice(at))) return index + at;
    at = run.indexOf('eyJ', at + 1);
  }
  return undefined;
}

/** `{"alg":"x"}` in base64url. */
const MIN_HEADER = 15;

function isJsonObject(base64url: string): boolean {
  if (base64url.length < MIN_HEADER || base64url.length % 4 === 1) return false;
  const header = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return header.endsWith('}') && isJson(header);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const FORMS: readonly Form[] = [
  // CoreWeave: the secret of an access key, and an API token. (API reference, key formats; token length unpublished)
  { hint: 'cwo', start: /cwo([A-Za-z0-9]{40})/g, begins: beginsKeySecret, rest: /[A-Za-z0-9]*/y },
  { hint: 'CW-SECRET-', start: /CW-SECRET-(?=([\w-]{16,80}))/g, begins: unlessName, rest: REST },
  { hint: 'eyJ', start: /(?<![\w-])[\w-]+(?=\.[\w-]*\.)/g, begins: beginsJose, rest: REST },
  // GitHub, Slack, GitLab.
  { hint: 'gh', start: /gh[opsur]_([A-Za-z0-9]{36})/g, begins: unlessName, rest: REST },
  { hint: 'github_pat_', start: /github_pat_([A-Za-z0-9]{22})/g, begins: unlessName, rest: REST },
  { hint: 'xox', start: /xox[a-z]-(?=([A-Za-z0-9-]{20,80}))/g, begins: unlessName, rest: REST },
  { hint: 'glpat-', start: /glpat-(?=([\w-]{20,80}))/g, begins: unlessName, rest: REST },
  { hint: 'earer', start: /[Bb]earer\s{1,16}(?=([\w.~+/-]{20,80}))/g, begins: unlessName, rest: REST, oneLine: true },
  // Private keys (RFC 7468 and OpenPGP); one that is cut off goes on to the end.
  {
    hint: '-----BEGIN ',
    start: new RegExp(`-----BEGIN ${KEY_LABEL}`, 'g'),
    begins: always,
    rest: new RegExp(String.raw`[\s\S]*?(?:-----END ${KEY_LABEL}|$)`, 'y'),
  },
  // Credentials in a URL (RFC 3986 §3.2.1), but neither the principal `role/https://issuer:subject@host` nor the image
  // `docker://name:tag@sha256:digest`.
  {
    hint: '://',
    start: /(?<=(?<!role\/https?):\/\/)[^\s/?#:@"'<>\\]*:[^\s/?#"'<>\\]+@(?!sha\d{3}:)/g,
    begins: always,
    rest: /(?:)/y,
    oneLine: true,
  },
];

const ACROSS_LINES = FORMS.filter(({ oneLine }) => oneLine === undefined);

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The first secret of a form at or behind `from`. */
function find(text: string, { start, begins, rest }: Form, from: number): Span | undefined {
  start.lastIndex = from;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const begin = begins(match);
    if (begin === undefined) {
      start.lastIndex = match.index + 1;
      continue;
    }
    rest.lastIndex = start.lastIndex;
    rest.exec(text);
    return { start: begin, end: Math.max(rest.lastIndex, start.lastIndex) };
  }
  return undefined;
}

/** Whether a secret stands in the text as it is. */
export const showsSecret = (text: string): boolean => shows(text, FORMS);

/** The same, of a text whose lines were joined. */
export const showsSecretAcrossLines = (text: string): boolean => shows(text, ACROSS_LINES);

const shows = (text: string, forms: readonly Form[]): boolean =>
  forms.some((form) => text.includes(form.hint) && find(text, form, 0) !== undefined);

/** The text with `mask` in place of each secret that stands in it as it is. */
export const maskSecrets = (text: string, mask: string): string =>
  FORMS.reduce((masked, form) => maskForm(masked, form, mask), text);

function maskForm(text: string, form: Form, mask: string): string {
  if (!text.includes(form.hint)) return text;
  const shown: string[] = [];
  let from = 0;
  for (let span = find(text, form, 0); span !== undefined; span = find(text, form, from)) {
    shown.push(text.slice(from, span.start), mask);
    from = span.end;
  }
  return from === 0 ? text : shown.join('') + text.slice(from);
}
