/** What stands in one place belongs together, what has no place stands alone, and each place has a name of its own. */
import { describe, expect, it } from 'vitest';
import { keysIn, placesOf, type Sighting, unnamedAt, unnamedId } from '../../../events/sources/places.ts';

const ID = 'CW1GK5MZG572P7H2';
const OTHER_ID = 'CW8YO5GYBLEO3FX7';
const NAME = 'CWSECRETACCESSKEY';
const SECRET = `cwo${'aB3xYz9QmN7kLp2R'.repeat(3).slice(0, 40)}`;
const OTHER_SECRET = `cwo${'Q9zYx3BaR2pLk7Nm'.repeat(3).slice(0, 40)}`;
const TOKEN = `CW-SECRET-${'aB3x'.repeat(8)}`;

const sighting = (text: string, of: Partial<Sighting> & { readonly line?: number } = {}): Sighting => {
  const { line, ...rest } = of;
  return {
    place: 'p',
    parts: [{ text, line }],
    url: 'u',
    detector: 'rule',
    fingerprint: 'print',
    source: 's',
    ...rest,
  };
};
const places = (...sightings: readonly Sighting[]) => placesOf(sightings, (number) => `finding ${number}`);
const leaks = (...sightings: readonly Sighting[]) => {
  const all = places(...sightings);
  return [
    ...keysIn(all).map(({ accessKeyId, confidence, trace: { url } }) => `${accessKeyId} ${confidence} at ${url}`),
    ...all.flatMap(unnamedAt).map(({ provider, ref }) => `${provider} at ${ref}`),
  ];
};

describe('placesOf', () => {
  it('judges together what is in one place', () => {
    const trace = { source: 's', url: 'u', detector: 'rule', fingerprint: 'print' };
    const second = { ...trace, url: 'u2' };
    expect(
      places(sighting(ID, { line: 1 }), sighting(SECRET, { line: 2 }), sighting(OTHER_ID, { line: 9, url: 'u2' })),
    ).toStrictEqual([
      {
        name: 'u',
        alias: 'finding 1',
        trace,
        found: { accessKeyIds: [ID, OTHER_ID], pairs: [ID], secrets: 1, loose: 0, words: [], apiTokens: 0 },
        entries: [
          { accessKeyIds: [ID], claimed: 0, open: 0, apiTokens: 0 },
          { accessKeyIds: [], claimed: 1, open: 0, apiTokens: 0 },
          { accessKeyIds: [OTHER_ID], claimed: 0, open: 0, apiTokens: 0 },
        ],
        keys: new Map([
          [ID, trace],
          [OTHER_ID, second],
        ]),
      },
    ]);
  });

  it('pairs nothing across places, however alike their names', () => {
    const [one, other] = [`${'x'.repeat(600)}a${'y'.repeat(600)}`, `${'x'.repeat(600)}b${'y'.repeat(600)}`];
    expect(leaks(sighting(ID, { place: one, url: one }), sighting(SECRET, { place: other, url: other }))).toEqual([
      `${ID} key-id-only at ${'x'.repeat(200)}...${'y'.repeat(197)}`,
      'coreweave-secret at finding 2',
    ]);
  });

  it('lets what has no place stand alone', () => {
    expect(leaks(sighting(ID, { place: undefined }), sighting(SECRET, { place: undefined, url: '' }))).toEqual([
      `${ID} key-id-only at u`,
      'coreweave-secret at finding 2',
    ]);
  });

  it('gives no two places the same name', () => {
    expect(places(...['a', 'b', 'c'].map((place) => sighting(ID, { place }))).map(({ name }) => name)).toEqual([
      'u',
      'finding 2',
      'finding 3',
    ]);
  });

  it('does not read over the end of a text into the next', () => {
    const halves = [ID.slice(0, 8), ID.slice(8)];
    expect(leaks(sighting('', { parts: halves.map((text) => ({ text })) }))).toEqual([]);
    expect(leaks(...halves.map((half) => sighting(half)))).toEqual([]);
  });

  it('takes the lines of a text from where it begins', () => {
    const text = `${ID}\n\n\n\n\n\n\n\n${SECRET}\n${OTHER_ID}`;
    expect(leaks(sighting(text, { line: 40 }), sighting(OTHER_SECRET, { line: 41 }))).toEqual([
      `${ID} pair at u`,
      `${OTHER_ID} pair at u`,
    ]);
  });

  it('of a finding that stands alone pairs by the lines of its text', () => {
    expect(leaks(sighting(`${ID} ${SECRET}\n${OTHER_ID} ${OTHER_SECRET}`))).toHaveLength(2);
    expect(leaks(sighting(`${ID} ${SECRET} ${OTHER_SECRET}`))).toEqual([`${ID} pair at u`, 'coreweave-secret at u']);
  });
});

describe('keysIn', () => {
  const pair = (place: string) => sighting(`${ID} ${SECRET}`, { place, url: place });
  const alone = (place: string) => sighting(ID, { place, url: place });

  it.each([
    ['the first pair', [pair('u'), pair('v')], `${ID} pair at u`],
    ['the pair before an id', [pair('u'), alone('v')], `${ID} pair at u`],
    ['the pair behind an id', [alone('v'), pair('u'), pair('w')], `${ID} pair at u`],
    ['the first id', [alone('u'), alone('v')], `${ID} key-id-only at u`],
  ])('of a key in many places has %s', (_name, sightings, expected) => {
    expect(leaks(...sightings)).toEqual([expected]);
  });
});

describe('unnamedAt', () => {
  it('tells of secrets first, then of tokens, at the finding with the secret', () => {
    expect(leaks(sighting(TOKEN, { url: 'u1' }), sighting(SECRET, { url: 'u2' }))).toEqual([
      'coreweave-secret at u2',
      'coreweave-api-token at u2',
    ]);
  });

  it('names what stands beside the secret in the form of an id', () => {
    const words = Array.from({ length: 4 }, (_, at) => `${NAME}${'ABCD'[at]}`);
    expect(leaks(sighting(`${NAME}: ${SECRET}`))).toEqual([`coreweave-secret at u; beside ${NAME}`]);
    expect(leaks(sighting([...words, SECRET, TOKEN].join(' ')))).toEqual([
      `coreweave-secret at u; beside ${NAME}A, ${NAME}B, ${NAME}C`,
      'coreweave-api-token at u',
    ]);
  });
});

describe('unnamedId', () => {
  it('is made of the name, unless that would look like a secret there', () => {
    const idOf = (provider: string, place: string) => `${provider}/${place}`;
    const [leak] = places(sighting(SECRET)).flatMap(unnamedAt);
    const hidden = Buffer.from('://u:pw@').toString('base64').replaceAll('=', '');
    const [other] = places(sighting(SECRET, { url: hidden })).flatMap(unnamedAt);
    if (leak === undefined || other === undefined) throw new Error('expected something without an id');
    expect(unnamedId(leak, idOf)).toBe('coreweave-secret/u');
    expect(other.place.name).toBe(hidden);
    expect(unnamedId(other, idOf)).toBe('coreweave-secret/finding 1');
  });
});
