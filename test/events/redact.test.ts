/** What `redact` shows of a text, also of a hostile one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsSecret, redact } from '../../events/secrets.ts';
import { keyLeak } from '../support/event-factory.ts';
import { ENCODINGS, HARMLESS, SECRETS } from './planted-secrets.ts';

const kinds = Object.entries(SECRETS);
const encodings = Object.entries(ENCODINGS);
const alphanumeric = 'aB3xYz9Q'.repeat(8);
const RUNS = { numRuns: 500, seed: 20261123 };

describe('redact', () => {
  test.each(kinds)('cuts out a %s and leaves the rest', (kind, secret) => {
    const expected = kind === 'URL with credentials' ? 'https://[redacted]git.internal' : '[redacted]';
    expect(redact(`{"a":"${secret}","b":["${secret}"]}`)).toStrictEqual({
      kind: 'text',
      text: `{"a":"${expected}","b":["${expected}"]}`,
      redacted: true,
    });
  });

  test.each(HARMLESS)('leaves %j as it is', (text) => {
    expect(redact(text)).toStrictEqual({ kind: 'text', text, redacted: false });
  });

  test('leaves an event without secrets as it is, also in two envelopes', () => {
    const text = JSON.stringify({ Type: '', Message: JSON.stringify({ 'detail-type': '', detail: keyLeak() }) });
    expect(redact(text)).toStrictEqual({ kind: 'text', text, redacted: false });
  });

  test.each(encodings)('withholds a text with a secret in %s', (_encoding, encode) => {
    const shown = kinds
      .map(([, secret]) => redact(`{"plain":"cwo${alphanumeric}","packed":"${encode(secret)}"}`))
      .filter((redaction) => redaction.kind !== 'withheld');
    expect(shown).toStrictEqual([]);
  });

  test('withholds a text whose secret is parted by an escape', () => {
    expect(redact(`{"key":"cwo\\/${alphanumeric}"}`)).toStrictEqual({ kind: 'withheld' });
    expect(redact(`{"key":"cw\\u200bo${alphanumeric}"}`)).toStrictEqual({ kind: 'withheld' });
  });

  test('withholds a text whose secret is wrapped, even where another is cut out', () => {
    const text = `cwo${alphanumeric.slice(0, 12)}\n${alphanumeric.slice(12, 40)}`;
    expect(redact(text)).toStrictEqual({ kind: 'withheld' });
    expect(redact(`cwo${alphanumeric}\n${text}`)).toStrictEqual({ kind: 'withheld' });
    expect(redact(`A=cwo${alphanumeric}\nB=1`)).toStrictEqual({
      kind: 'text',
      text: 'A=[redacted]\nB=1',
      redacted: true,
    });
  });

  test.each([
    ['escapes', '\\u00$&'],
    ['percent-encoding', '%$&'],
  ])(
    'cuts out a token that goes on in %s to its end, and withholds a text with a key secret that does',
    (_name, as) => {
      const rest = `${Buffer.from('Zz9').toString('hex').replace(/../g, as)}Zz9`;
      expect(redact(`"ghp_${alphanumeric.slice(0, 36)}${rest}"`)).toMatchObject({
        text: '"[redacted]"',
        redacted: true,
      });
      expect(redact(`cwo${alphanumeric.slice(0, 34)}${rest}`)).toStrictEqual({ kind: 'withheld' });
    },
  );

  test('withholds a text whose packed secret reads like another one in a part of it', () => {
    const token = `eyJhbGciOiJIUzI1NiJ9.${alphanumeric}.`;
    expect(redact(`${Buffer.from(token).toString('base64')}cwo${alphanumeric.slice(0, 40)}`)).toStrictEqual({
      kind: 'withheld',
    });
  });

  test('leaves what follows a key secret', () => {
    expect(redact(`/a/cwo${alphanumeric.slice(0, 40)}/b.env`)).toMatchObject({ text: '/a/[redacted]/b.env' });
  });

  test('cuts out a private key that is cut off down to the end', () => {
    const head = ['-----BEGIN RSA', 'PRIVATE', 'KEY-----'].join(' ');
    expect(redact(`a ${head}\n${alphanumeric}\n`)).toStrictEqual({
      kind: 'text',
      text: 'a [redacted]',
      redacted: true,
    });
  });
});

describe('hostile text of 256 KiB', () => {
  const repeated = [
    ...['a', '=', '%', '%25', '%61', 'eyJ.', 'eyJ', 'eyJa', 'eyJa.', 'a.', '\\', '\\u', '\\u0041', '\\"', '\\/', 'cwo'],
    ...[
      `cwo${'a'.repeat(19)}-`,
      'CW-SECRET',
      '://',
      '://a:b',
      ':',
      'Bearer ',
      `Bearer${' '.repeat(17)}`,
      ' ',
      '-',
      '-----BEGIN ',
    ],
    ...[
      '4f',
      'ghp_',
      'xoxb-',
      'github_pat_',
      '_',
      'role/https://',
      'QUJDREVGR0hJSktM',
      '\\u0041%41QUJDREVG 4142434445464748 ',
    ],
  ];

  test.each(repeated)('is done with repeats of %j in linear time', (unit) => {
    const text = unit.repeat(Math.ceil((256 * 1024) / unit.length));
    const started = process.threadCpuUsage();
    redact(text);
    // A quadratic pattern takes minutes, a linear one some tens of milliseconds.
    expect(process.threadCpuUsage(started).user / 1_000).toBeLessThan(2_000);
  });
});

describe('a redacted text', () => {
  const rests = fc.string({ unit: fc.constantFrom(...'abcXYZ019'), minLength: 40, maxLength: 60 });
  const around = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.json({ maxDepth: 1 }));

  test('holds no secret any more, and stays as it is when redacted again', () => {
    fc.assert(
      fc.property(around, rests, around, (before, rest, after) => {
        const redaction = redact(`${before}cwo${rest}${after}`);
        if (redaction.kind === 'withheld') return;
        expect(redaction.redacted).toBe(true);
        expect(holdsSecret(redaction.text)).toBe(false);
        expect(redaction.text).not.toContain(rest);
        expect(redact(redaction.text)).toStrictEqual({ kind: 'text', text: redaction.text, redacted: false });
      }),
      RUNS,
    );
  });

  test('is the text itself when there is no secret', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(redact(text)).toStrictEqual({ kind: 'text', text, redacted: false });
      }),
      RUNS,
    );
  });
});
