import { describe, expect, test } from 'vitest';
import { holdsSecret, looksSecret } from '../../events/secrets.ts';
import { ENCODINGS, HARMLESS, SECRETS } from './planted-secrets.ts';

const kinds = Object.entries(SECRETS);
const encodings = Object.entries(ENCODINGS);
const letters = 'aB3xYz9Q'.repeat(8);

describe('looksSecret', () => {
  test.each(kinds)('sees a %s alone and inside other text', (_kind, secret) => {
    expect(looksSecret(secret)).toBe(true);
    expect(looksSecret(`x${secret}`)).toBe(true);
    expect(looksSecret(`{"key":"${secret}","more":1}`)).toBe(true);
  });

  test.each(HARMLESS)('sees none in %j', (text) => {
    expect([looksSecret(text), holdsSecret(text)]).toStrictEqual([false, false]);
  });

  test('takes 20 letters after cwo for a secret, not 19', () => {
    expect(looksSecret(`cwo${letters.slice(0, 20)}`)).toBe(true);
    expect(looksSecret(`cwo${letters.slice(0, 19)}`)).toBe(false);
  });
});

describe('holdsSecret', () => {
  test.each(encodings)('sees every secret in %s', (_encoding, encode) => {
    const unseen = kinds.filter(
      ([, secret]) => !holdsSecret(encode(secret)) || !holdsSecret(`{"key":"${encode(secret)}","more":1}`),
    );
    expect(unseen).toStrictEqual([]);
  });

  const WRAPPINGS: readonly (readonly [name: string, wrapping: string])[] = [
    ['a line break', '\n'],
    ['a line break of Windows, and an indent', '\r\n \t '],
    ['a soft line break', '=\r\n'],
    ['line breaks', '\n\n'],
    ['a zero-width space', '\u200b'],
    ['a soft hyphen', '\u00ad'],
    ['both', '\n\ufeff'],
  ];
  test.each(WRAPPINGS)('sees a CoreWeave secret that is parted by %s', (_name, wrapping) => {
    for (const [start, end] of [
      ['cw', `o${letters.slice(0, 40)}`],
      [`cwo${letters.slice(0, 12)}`, letters.slice(12, 40)],
      ['CW-SE', `CRET-${letters}`],
    ]) {
      expect(holdsSecret(`a: ${start}${wrapping}${end}`)).toBe(true);
      expect(holdsSecret(JSON.stringify({ a: `${start}${wrapping}${end}` }))).toBe(true);
    }
  });

  test.each([
    ['cwo, and a sentence', 'cwo\nis how they begin, and letters follow'],
    ['a space', `cw o${letters}`],
    ['an equals sign alone', `cw=o${letters}`],
    ['a line break of old, alone', `cw\ro${letters}`],
    ['an indent', `cw \no${letters}`],
    ['lines that would be credentials', 'see https://git.example\nfrom:me@example.com'],
  ])('sees none parted by %s', (_name, text) => expect(holdsSecret(text)).toBe(false));

  test('looks through two layers of packing, not three, so that its work has a bound', () => {
    const pack = (text: string) => Buffer.from(text).toString('base64');
    const twice = pack(pack(`cwo${letters}`));
    expect([holdsSecret(twice), holdsSecret(pack(twice))]).toStrictEqual([true, false]);
  });
});
