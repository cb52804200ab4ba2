/** Secrets in every encoding, in every place of a message: none is shown in anything that the functions write. */
import { describe, expect, it } from 'vitest';
import { redact } from '../../../events/secrets.ts';
import { ENCODINGS } from '../../events/planted-secrets.ts';
import { deliverBatches } from '../../support/batches.ts';
import { EVENT_TIME, KEY_ID, keyLeak, offboarded } from '../../support/event-factory.ts';
import { seededChance } from '../../support/seeded-chance.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const chance = seededChance(20_261_129);
const random = (length: number): string =>
  Array.from({ length }, () => ALPHABET.charAt(Math.floor(chance.fraction() * ALPHABET.length))).join('');

const FORMS: readonly (() => string)[] = [
  () => `cwo${random(40)}`,
  () => `cwo${random(40)}`,
  () => `CW-SECRET-${random(32)}`,
  () => `ghp_${random(36)}`,
  () => `glpat-${random(26)}`,
  () => [Buffer.from('{"alg":"HS256"}').toString('base64url'), random(40), random(43)].join('.'),
  () => `https://${random(8)}:${random(12)}@`,
];
const SECRETS: readonly string[] = Array.from({ length: 1_000 }, (_, at) => FORMS[at % FORMS.length]?.() ?? '');

const escaped = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const LENGTH = 16;
const piecesOf = (text: string): readonly string[] =>
  Array.from({ length: Math.max(0, text.length - LENGTH + 1) }, (_, at) => text.slice(at, at + LENGTH));

/** Texts of which any 16 characters in a row are written, as JSON shows them. One pass, however many the texts are. */
function shownIn(written: string, texts: readonly string[]): readonly string[] {
  const textOf = new Map(texts.flatMap((text) => piecesOf(escaped(text)).map((piece) => [piece, text] as const)));
  return [...new Set(piecesOf(written).flatMap((piece) => textOf.get(piece) ?? []))];
}

describe.each(Object.entries(ENCODINGS))('1,000 secrets as %s', (_encoding, encode) => {
  it('are never shown in a redacted text', () => {
    const shown = SECRETS.filter((secret) => {
      const text = JSON.stringify({ before: 'a text', at: encode(secret), after: 1 });
      const redaction = redact(text);
      return redaction.kind === 'text' && shownIn(escaped(redaction.text), [encode(secret)]).length > 0;
    });
    expect(shown).toEqual([]);
  });
});

describe.each(Object.entries(ENCODINGS).map((entry, at) => [...entry, at] as const))(
  'secrets as %s in messages',
  (_encoding, encode, offset) => {
    it('are shown in no dead letter, record, log line or message', async () => {
      const encoded = SECRETS.filter((_secret, at) => at % 30 === offset % 30).map(encode);
      const batches = encoded.map((text) => [
        [
          keyLeak({ id: text, source: `//x/${text}`, data: { accessKeyId: KEY_ID, evidence: { url: text } } }),
          keyLeak({ data: { reference: { provider: 'github', ref: `acme/${text}/7` } } }),
          keyLeak({ data: { accessKeyId: text } }),
          offboarded({ data: { identity: { login: text } }, time: text }),
          { ...keyLeak(), [text]: text, data: { [text]: text } },
          { type: text, time: EVENT_TIME },
        ],
        `{"cut":"off","at":"${text}`,
      ]);
      const { outside } = await deliverBatches(batches);
      const { audit, deadLetters, sent, log, measured, returned } = outside;
      const written = JSON.stringify({ audit, deadLetters, sent, log, measured, returned }).replaceAll('\\\\', '\\');
      expect(deadLetters.length).toBeGreaterThan(encoded.length);
      expect(shownIn(written, encoded)).toEqual([]);
    });
  },
);
