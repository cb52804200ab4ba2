/** What a place comes to: its ids, which of them leaked with their secret, and what is left for a person. */
import { describe, expect, it } from 'vitest';
import { type Findings, findingsIn, findingsNear, placeText, unnamedIn } from '../../../events/sources/findings.ts';

const A = 'CW1GK5MZG572P7H2';
const B = 'CW8YO5GYBLEO3FX7';
const WORD = 'CWQWRTZPSDFGHJLX';
const NAME = 'CWSECRETACCESSKEY';
const SECRET = `cwo${'aB3xYz9QmN7kLp2R'.repeat(3).slice(0, 40)}`;
const OTHER_SECRET = `cwo${'Q9zYx3BaR2pLk7Nm'.repeat(3).slice(0, 40)}`;
const PLACEHOLDER = `cwo${'x'.repeat(40)}`;
const TOKEN = `CW-SECRET-${'aB3x'.repeat(8)}`;

const NOTHING = { accessKeyIds: [], pairs: [], secrets: 0, loose: 0, words: [], apiTokens: 0 };

describe('findingsIn', () => {
  it.each<[string, Partial<Record<keyof Findings, unknown>>]>([
    ['', {}],
    [A, { accessKeyIds: [A] }],
    [`${A}:${SECRET}`, { accessKeyIds: [A], pairs: [A], secrets: 1 }],
    [`${A}\n\n\n\n\n\n\n\n${SECRET}`, { accessKeyIds: [A], pairs: [A], secrets: 1 }],
    [`${A} ${SECRET} ${SECRET}`, { accessKeyIds: [A], pairs: [A], secrets: 1 }],
    [`${A} ${B} ${SECRET}`, { accessKeyIds: [A, B], secrets: 1 }],
    [`${A} ${B} ${SECRET} ${OTHER_SECRET}`, { accessKeyIds: [A, B], pairs: [A, B], secrets: 2 }],
    [`${A} ${SECRET} ${OTHER_SECRET}`, { accessKeyIds: [A], pairs: [A], secrets: 2, loose: 1 }],
    [SECRET, { secrets: 1, loose: 1 }],
    [`${A}:${PLACEHOLDER}`, { accessKeyIds: [A], secrets: 1, loose: 1 }],
    [TOKEN, { apiTokens: 1 }],
    [`${TOKEN} ${TOKEN}1`, { apiTokens: 2 }],
    [WORD, { accessKeyIds: [WORD] }],
    [NAME, {}],
    [`${WORD}:${SECRET}`, { secrets: 1, loose: 1, words: [WORD] }],
    [`${NAME}: ${SECRET}`, { secrets: 1, loose: 1, words: [NAME] }],
    [`${NAME} ${A} ${SECRET}`, { accessKeyIds: [A], pairs: [A], secrets: 1 }],
    [`${WORD} ${A} ${SECRET}`, { accessKeyIds: [A, WORD], pairs: [A], secrets: 1 }],
  ])('%j', (text, found) => expect(findingsIn(text)).toStrictEqual({ ...NOTHING, ...found }));
});

describe('findingsNear', () => {
  const filler = Array.from({ length: 9 }, (_, at) => `line ${at}`);
  const at = (line: number) => ({ first: line, last: line });

  it('pairs by lines, not by the whole text', () => {
    const apart = [A, ...filler, SECRET].join('\n');
    expect(findingsNear(apart)).toStrictEqual({ ...NOTHING, accessKeyIds: [A], secrets: 1, loose: 1 });
    expect(findingsNear([A, ...filler.slice(5), SECRET].join('\n'))).toMatchObject({ pairs: [A], loose: 0 });
  });

  it('tells only of what is at most five lines away', () => {
    const text = [A, SECRET, ...filler, B, OTHER_SECRET].join('\n');
    expect(findingsNear(text, at(2))).toStrictEqual({ ...NOTHING, accessKeyIds: [A], pairs: [A], secrets: 1 });
    expect(findingsNear(text, at(12))).toStrictEqual({ ...NOTHING, accessKeyIds: [B], pairs: [B], secrets: 1 });
    expect(findingsNear(text, at(7))).toMatchObject({ accessKeyIds: [B], secrets: 1 });
    expect(findingsNear(text, { first: 2, last: 12 })).toMatchObject({ accessKeyIds: [A, B], secrets: 2 });
  });

  it('lets the whole text decide what is a pair', () => {
    const lines = Array.from({ length: 30 }, (_, n) => [
      `CW${String(n).padStart(14, '0')}`,
      `${SECRET.slice(0, -2)}${10 + n}`,
    ]);
    const found = findingsNear(lines.flat().join('\n'), at(20));
    expect(found).toMatchObject({ loose: 0, pairs: found.accessKeyIds });
    expect(found.accessKeyIds).toHaveLength(6);
  });

  it('counts a secret as loose only where it stands', () => {
    const text = [SECRET, ...filler, A, OTHER_SECRET].join('\n');
    expect(findingsNear(text, at(1))).toMatchObject({ loose: 1, pairs: [] });
    expect(findingsNear(text, at(11))).toMatchObject({ loose: 0, pairs: [A] });
  });

  it('undoes encodings', () => {
    const encoded = [A, SECRET].map((text) => Buffer.from(text).toString('base64')).join('\n');
    expect(findingsNear(encoded, at(1))).toMatchObject({ pairs: [A] });
  });

  it('names words beside a loose secret', () => {
    expect(findingsNear(`${NAME} =\n${SECRET}`, at(2))).toMatchObject({ loose: 1, words: [NAME] });
  });
});

describe('unnamedIn', () => {
  it.each([
    [`${A} ${SECRET}`, []],
    [SECRET, ['coreweave-secret']],
    [TOKEN, ['coreweave-api-token']],
    [`${TOKEN} ${SECRET}`, ['coreweave-secret', 'coreweave-api-token']],
    [`${A} ${B} ${SECRET}`, []],
  ])('of case %# is %j', (text, expected) => expect(unnamedIn(findingsIn(text))).toEqual(expected));
});

describe('placeText', () => {
  it.each([
    ['', undefined],
    [`a/${SECRET}`, undefined],
    ['a/b.env', 'a/b.env'],
    ['é\u{1f511}\ud800', '%C3%A9%F0%9F%94%91%EF%BF%BD'],
    ['a'.repeat(400), 'a'.repeat(400)],
    [`${'a'.repeat(300)}${'b'.repeat(101)}`, `${'a'.repeat(200)}...${'a'.repeat(96)}${'b'.repeat(101)}`],
  ])('case %#', (place, expected) => expect(placeText(place)).toBe(expected));
});
