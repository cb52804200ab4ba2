/**
 * 1,000 secrets in every encoding, put where senders put names: none comes out. All are masked by themselves; of the
 * readers each reads one in `PLANTED_SHARE` (1: all, which takes minutes).
 */
import { describe, expect, it } from 'vitest';
import { holdsSecret, redact } from '../../../events/secrets.ts';
import { ENCODINGS, manySecrets } from '../planted-secrets.ts';
import { ID_READERS, inParts, READERS, type Reader } from './readers.ts';

const SECRETS = manySecrets(100);
const ENCODED = { plain: (secret: string) => secret, ...ENCODINGS };

interface Planted {
  readonly secret: string;
  /** The same, encoded. */
  readonly text: string;
}
const planted = (encode: (secret: string) => string): readonly Planted[] =>
  SECRETS.map((secret) => ({ secret, text: encode(secret) }));
const ALL = Object.values(ENCODED).flatMap(planted);

const LENGTH = 12;
const piecesOf = (text: string): readonly string[] => {
  const shown = JSON.stringify(text).slice(1, -1);
  return Array.from({ length: Math.max(0, shown.length - LENGTH + 1) }, (_, at) => shown.slice(at, at + LENGTH));
};
/** Of a URL with credentials, the host may be shown. How keys and byte arrays begin and end is no secret. */
const confidential = (text: string): string =>
  text.replace(/(?<=^https.*)@.*|-----[A-Z ]*(?:-----)?|^\{"type":"Buffer","data":\[/g, '');

/** Of texts that were put in, those that come out in part or encoded. */
function leaksOf(batch: readonly Planted[], shown: string): readonly string[] {
  const traces = new Set(batch.flatMap(({ secret, text }) => [secret, text].map(confidential).flatMap(piecesOf)));
  const pieces = Array.from({ length: Math.max(0, shown.length - LENGTH + 1) }, (_, at) =>
    shown.slice(at, at + LENGTH),
  );
  return pieces.filter((piece) => traces.has(piece));
}

/** No divisor or multiple of the number of kinds, so that each reader reads every kind. */
const SHARE = Number(process.env.PLANTED_SHARE ?? 37);

it('are 1,000 secrets in more than 20 encodings', () => {
  expect([new Set(SECRETS).size, Object.keys(ENCODED).length]).toEqual([1_000, 41]);
});

it.each(Object.entries(ENCODED))('%s: is recognized, and never shown beside other text', (_encoding, encode) => {
  const seen = planted(encode).filter((each) => {
    const shown = redact(`see ${each.text} and more`);
    return shown.kind === 'text' && (!shown.redacted || leaksOf([each], JSON.stringify(shown.text)).length > 0);
  });
  expect(seen.map(({ text }) => text)).toEqual([]);
});

const ALL_READERS = { ...READERS, ...ID_READERS };

describe.each(Object.entries(ALL_READERS))('%s', (name, read: Reader) => {
  it('shows no secret in any encoding', () => {
    const offset = Object.keys(ALL_READERS).indexOf(name) % SHARE;
    const leaks = inParts(
      ALL.filter((_each, at) => at % SHARE === offset),
      200,
    ).flatMap((batch) => {
      const { shown } = read(batch.map(({ text }) => text));
      const json = JSON.stringify(shown);
      return [...leaksOf(batch, json), ...(holdsSecret(json) ? ['a secret that can be decoded'] : [])];
    });
    expect(leaks.slice(0, 10)).toEqual([]);
  });
});
