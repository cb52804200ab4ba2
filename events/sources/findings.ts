/** CoreWeave credentials in one place: key ids, and which leaked with their secret. Secrets are only counted. */
import type { AccessKeyId } from '../ids.ts';
import { type CredentialToken, pairUp } from '../pairing.ts';
import { percentEncoded } from '../printable.ts';
import { holdsSecret } from '../secrets.ts';
import { type Candidates, candidatesIn, isName } from './candidates.ts';

export interface Findings {
  /** Without duplicates, in text order. */
  readonly accessKeyIds: readonly AccessKeyId[];
  /** Ids that leaked with their secret. */
  readonly pairs: readonly AccessKeyId[];
  /** Distinct secrets of access keys. */
  readonly secrets: number;
  /** Secrets that match no id in the place. */
  readonly loose: number;
  /** With a loose secret: texts in the form of an id, but without a digit. An operator decides. */
  readonly words: readonly AccessKeyId[];
  /** Distinct API tokens. */
  readonly apiTokens: number;
}

/** Providers of references that no lookup can turn into a key. `ref` is the place of the leak. */
export const SECRET_WITHOUT_ID = 'coreweave-secret';
export const API_TOKEN = 'coreweave-api-token';
export const GITGUARDIAN_INCIDENT = 'gitguardian';

/** A match of a scanner. `line`: first line, if the scanner reports it. */
export interface Part {
  readonly text: string;
  readonly line?: number | undefined;
}

/** The content of one finding. `tokens` contains secrets. */
export interface Clue extends Pick<Candidates, 'words' | 'doubtful' | 'apiTokens'> {
  readonly tokens: readonly CredentialToken[];
}

/** Reads the matches of one finding line by line. Alone in its place, only distances within the finding count. */
export function clueOf(parts: readonly Part[], isAlone: boolean): Clue {
  const lines = parts.flatMap(({ text, line = isAlone ? 1 : undefined }) =>
    text
      .split('\n')
      .map((each, at) => ({ found: candidatesIn(each), line: line === undefined ? undefined : line + at })),
  );
  const all = <Value>(of: (found: Candidates) => Iterable<Value>): Set<Value> =>
    new Set(lines.flatMap(({ found }) => [...of(found)]));
  return {
    tokens: lines.flatMap(({ found, line }) => [
      ...[...found.ids].map((value) => ({ kind: 'id', value, line }) as const),
      ...[...found.secrets].map((value) => ({ kind: 'secret', value, line }) as const),
    ]),
    words: all(({ words }) => words),
    doubtful: all(({ doubtful }) => doubtful),
    apiTokens: all(({ apiTokens }) => apiTokens),
  };
}

export interface Judgement {
  readonly findings: Findings;
  /** Secrets that may have no id. They stay in `events/`. */
  readonly open: ReadonlySet<string>;
}

/** Evaluates all findings of one place together. */
export function judge(clues: readonly Clue[]): Judgement {
  const tokens = clues.flatMap((clue) => clue.tokens);
  const { pairs, open, loose } = pairUp(clues.map((clue) => clue.tokens));
  const doubtful = new Set(clues.flatMap((clue) => [...clue.doubtful]));
  const words = new Set(clues.flatMap((clue) => [...clue.words]));
  const ids = new Set(tokens.flatMap((token) => (token.kind === 'id' ? [token.value] : [])));
  const secrets = new Set(tokens.flatMap((token) => (token.kind === 'secret' ? [token.value] : [])));
  const hasLoose = loose + doubtful.size > 0;
  return {
    findings: {
      accessKeyIds: [...ids, ...[...words].filter((word) => !hasLoose && !isName(word))],
      pairs: [...ids].filter((id) => pairs.has(id)),
      secrets: secrets.size + doubtful.size,
      loose: loose + doubtful.size,
      words: hasLoose ? [...words] : [],
      apiTokens: new Set(clues.flatMap((clue) => [...clue.apiTokens])).size,
    },
    open: new Set([...open, ...doubtful]),
  };
}

/** The content of one match. An id and a secret in the same match are a pair. */
export const findingsIn = (text: string): Findings => judge([clueOf([{ text }], true)]).findings;

/** Lines of context before and after a leak. */
const AROUND = 5;
/** True if a line can contain a credential without decoding. */
const CANDIDATE = /CW[A-Z0-9]{10}|cwo[A-Za-z0-9]{20}|CW-SECRET-/;

/**
 * Credentials near the lines of a leak (from 1), or in the whole text. The whole text decides which are pairs.
 * Encodings are decoded only near the leak.
 */
export function findingsNear(text: string, lines?: { readonly first: number; readonly last: number }): Findings {
  const isNear = (line: number): boolean =>
    lines === undefined || (line >= lines.first - AROUND && line <= lines.last + AROUND);
  const all = text.split('\n').flatMap((each, at) => {
    const line = at + 1;
    return isNear(line) || CANDIDATE.test(each) ? [{ line, clue: clueOf([{ text: each, line }], false) }] : [];
  });
  const near = all.filter(({ line }) => isNear(line)).map(({ clue }) => clue);
  const { findings, open } = judge(all.map(({ clue }) => clue));
  const own = judge(near).findings;
  const seen = new Set<string>(
    near.flatMap(({ tokens, doubtful }) => [...tokens.map(({ value }) => value), ...doubtful]),
  );
  const loose = [...open].filter((secret) => seen.has(secret)).length;
  const pairs = findings.pairs.filter((id) => seen.has(id));
  return { ...own, pairs, loose, words: loose > 0 ? [...new Set(near.flatMap(({ words }) => [...words]))] : [] };
}

/** Providers of references to credentials that no call can revoke. These become dead letters. */
export const unnamedIn = ({ loose, apiTokens }: Findings): readonly string[] => [
  ...(loose > 0 ? [SECRET_WITHOUT_ID] : []),
  ...(apiTokens > 0 ? [API_TOKEN] : []),
];

/**
 * The sender's name of a place, as printable ASCII of at most 400 characters. Undefined: empty, or contains a secret.
 * For display only: places are compared by their full names.
 */
export function placeText(place: string): string | undefined {
  if (place === '' || holdsSecret(place)) return undefined;
  const text = percentEncoded(place);
  return text.length <= 400 ? text : `${text.slice(0, 200)}...${text.slice(-197)}`;
}
