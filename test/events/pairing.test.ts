/** Which ids leaked with their secret: cases in a notation of lines, and properties for everything else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccessKeyId, accessKeyId } from '../../events/ids.ts';
import { type CredentialToken, type Pairing, pairUp } from '../../events/pairing.ts';

const idOf = (number: number): AccessKeyId => accessKeyId.parse(`CW${String(number).padStart(14, '0')}`);
const secretOf = (number: number): string => `secret ${number}`;

/** `i1` and `s1` are an id and a secret; `i1@3` stands on line 3. */
function tokenOf(text: string): CredentialToken {
  const [, kind, number = '', line] = /^([is])(\d+)(?:@(\d+))?$/.exec(text) ?? [];
  const at = line === undefined ? undefined : Number(line);
  return kind === 'i'
    ? { kind: 'id', value: idOf(Number(number)), line: at }
    : { kind: 'secret', value: secretOf(Number(number)), line: at };
}

/** Findings are parted by blanks, what one finding held by `+`. */
const findingsOf = (text: string): readonly (readonly CredentialToken[])[] =>
  text.split(' ').map((finding) => finding.split('+').map(tokenOf));

/** `paired/held/loose` of distinct ids and secrets. */
const gist = (findings: readonly (readonly CredentialToken[])[], { pairs, loose }: Pairing): string => {
  const ids = new Set(findings.flat().flatMap((token) => (token.kind === 'id' ? [token.value] : [])));
  return `${pairs.size}/${ids.size - pairs.size}/${loose}`;
};
const paired = (text: string): string => {
  const findings = findingsOf(text);
  return gist(findings, pairUp(findings));
};
const pairsIn = (text: string): readonly AccessKeyId[] => [...pairUp(findingsOf(text)).pairs].toSorted();

describe('pairUp: paired/held/loose', () => {
  it.each([
    ['nothing but an id', 'i1@1', '0/1/0'],
    ['nothing but a secret', 's1@1', '0/0/1'],
    ['one finding with an id and a secret', 'i1+s1', '1/0/0'],
    ['one finding with an id and a secret, lines apart', 'i1@1+s1@90', '1/0/0'],
    ['one finding with an id and a secret, beside other ids', 'i1@1+s1@1 i2@1 i3@2', '1/2/0'],
    ['one finding with two ids and a secret', 'i1@1+i2@1+s1@1', '0/2/0'],
    ['one finding with an id and two secrets, without lines', 'i1+s1+s2', '0/1/1'],
    ['one finding with an id and a secret, another secret beside it', 'i1@1+s1@1 s2@2', '1/0/1'],
    ['a line', 'i1@3 s1@3', '1/0/0'],
    ['the same twice, by two rules', 'i1@3 s1@3 s1@3 i1@3', '1/0/0'],
    ['neighboring lines', 'i1@3 s1@4', '1/0/0'],
    ['neighboring lines, the secret first', 's1@3 i1@4', '1/0/0'],
    ['five lines', 'i1@3 s1@8', '1/0/0'],
    ['six lines', 'i1@3 s1@9', '0/1/1'],
    ['lines 3 and 900', 'i1@3 s1@900', '0/1/1'],
    ['a line with one secret more', 'i1@3 s1@3 s2@3', '1/0/1'],
    ['a line with one id more', 'i1@3 i2@3 s1@3', '0/2/0'],
    ['a line of JSON with four pairs', 'i1@1 s1@1 i2@1 s2@1 i3@1 s3@1 i4@1 s4@1', '4/0/0'],
    ['a line of JSON with a secret lost', 'i1@1 s1@1 i2@1 s2@1 i3@1 s3@1 i4@1', '0/4/0'],
    ['a pair on one line, an id two lines below', 'i1@1 s1@1 i2@3', '1/1/0'],
    ['an id one line below a pair', 'i1@1 s1@2 i2@3', '0/2/0'],
    ['a secret in two places, beside two ids', 'i1@1 s1@1 i2@9 s1@9', '0/2/0'],
    ['an id in two places, beside two secrets', 'i1@1 s1@1 i1@9 s2@9', '1/0/1'],
    ['three ids, then their secrets', 'i1@1 i2@2 i3@3 s1@5 s2@6 s3@7', '3/0/0'],
    ['three ids, then their secrets, without a gap', 'i1@1 i2@2 i3@3 s1@4 s2@5 s3@6', '3/0/0'],
    ['three ids, then two secrets', 'i1@1 i2@2 i3@3 s1@5 s2@6', '0/3/0'],
    ['three ids, then two secrets, without a gap', 'i1@1 i2@2 i3@3 s1@4 s2@5', '0/3/0'],
    ['two ids, then one secret', 'i1@1 i2@2 s1@3', '1/1/0'],
    ['two ids, then two secrets in reverse', 'i1@1 i2@2 s2@3 s1@4', '2/0/0'],
    ['profiles with a line between, the last secret lost', 'i1@2 s1@4 i2@7 s2@9 i3@15', '2/1/0'],
    ['profiles in blocks, the last secret lost', 'i1@2 s1@3 i2@6 s2@7 i3@10', '2/1/0'],
    ['profiles in blocks, secret first, the last lost', 's1@1 i1@2 s2@3 i2@4 i3@6', '2/1/0'],
    ['profiles of id, region and secret, the middle secret lost', 'i1@2 s1@4 i2@6 i3@10 s3@12', '2/1/0'],
    ['a detector of two patterns: each id with each secret', 'i1@1+s1@1 i1@1+s2@1 i2@1+s1@1 i2@1+s2@1', '2/0/0'],
    ['a detector of two patterns: two ids, one secret', 'i1@1+s1@1 i2@1+s1@1', '0/2/0'],
    ['a detector of two patterns without lines', 'i1+s1 i1+s2 i2+s1 i2+s2', '0/2/0'],
    ['no lines: one id, one secret', 'i1 s1', '1/0/0'],
    ['no lines: one id, one secret, each twice', 'i1 s1 i1 s1', '1/0/0'],
    ['no lines: one id, two secrets', 'i1 s1 s2', '0/1/1'],
    ['no lines: two of each', 'i1 s1 i2 s2', '0/2/0'],
    ['a line for the id alone', 'i1@7 s1', '1/0/0'],
    ['a line for the secret alone', 'i1 s1@7', '1/0/0'],
    ['a pair on a line, and an id without', 'i1@7 s1@7 i2', '1/1/0'],
    ['a pair in one finding, and one without lines', 'i1+s1 i2 s2', '1/1/0'],
  ])('%s', (_name, text, expected) => {
    expect(paired(text)).toBe(expected);
  });

  it('names the ids, and the secrets that may be loose', () => {
    expect(pairUp(findingsOf('i1@1 s1@1 s2@1 i2@9 s3@30'))).toStrictEqual({
      pairs: new Set([idOf(1)]),
      open: new Set(['secret 1', 'secret 2', 'secret 3']),
      loose: 2,
    });
  });
});

describe('pairUp: fewer secrets than ids near each other', () => {
  const idFirst = 'i8@20 s8@21 i9@30 s9@31';
  const secretFirst = 's8@20 i8@21 s9@30 i9@31';

  it('takes the id on the side where all other pairs of the file have theirs', () => {
    expect(pairsIn(`i1@1 s1@2 i2@3 ${idFirst}`)).toEqual([idOf(1), idOf(8), idOf(9)]);
    expect(pairsIn(`i1@1 s1@2 i2@3 ${secretFirst}`)).toEqual([idOf(2), idOf(8), idOf(9)]);
  });

  it('holds all of them where the others are not ordered alike, or tell no order', () => {
    expect(pairsIn('i1@1 s1@2 i2@3 i8@20 s8@21 s9@30 i9@31')).toEqual([idOf(8), idOf(9)]);
    expect(pairsIn('i1@1 s1@2 i2@3 i8@20 s8@20')).toEqual([idOf(8)]);
    expect(pairsIn(`i1@1 s1@2 i2@3 i5@40 i6@41 s5@43 s6@44 ${idFirst}`)).toEqual([5, 6, 8, 9].map(idOf));
    expect(pairsIn('i1@1 s1@2 i2@3 i5@40 i6@41 s5@43 s6@44')).toEqual([5, 6].map(idOf));
    expect(pairsIn('i1@1 s1@2 i2@3 i8@20 i8@25 s8@21')).toEqual([idOf(8)]);
  });

  it('learns no order from pairs on one line', () => {
    expect(pairsIn(`i1@1 s1@2 i2@3 i7@60 s7@60 ${idFirst}`)).toEqual([1, 7, 8, 9].map(idOf));
  });

  it('takes no id from more than five lines away', () => {
    expect(paired('i1@4 s1@7 s2@10 i3@12 i4@14 i8@120 s8@121 i9@130 s9@131')).toBe('3/2/1');
  });

  it('releases a secret whose own id is missing', () => {
    expect(paired(`s1@1 i1@2 i2@2 ${idFirst}`)).toBe('2/2/1');
  });

  it('holds ids that stand on one line, and those that two secrets claim', () => {
    expect(pairsIn(`i1@1 i2@1 i3@2 s1@3 ${idFirst}`)).toEqual([3, 8, 9].map(idOf));
    expect(pairsIn(`i1@1 i2@1 s1@2 i3@3 ${idFirst}`)).toEqual([8, 9].map(idOf));
    expect(pairsIn(`i1@1 i2@2 i3@3 s1@4 s2@5 ${idFirst}`)).toEqual([8, 9].map(idOf));
  });
});

describe('pairUp: long files', () => {
  const PAIRS = 2_500;
  const LOST = [77, 1_900];
  const file = (idLine: (at: number) => number, secretLine: (at: number) => number, lost = LOST) =>
    Array.from({ length: PAIRS }, (_, at) => [
      tokenOf(`i${at}@${idLine(at)}`),
      ...(lost.includes(at) ? [] : [tokenOf(`s${at}@${secretLine(at)}`)]),
    ]).flatMap((tokens) => tokens.map((token) => [token]));

  it.each([
    ['a table', (at: number) => at + 1, (at: number) => at + 1],
    ['lines in turn', (at: number) => 2 * at + 1, (at: number) => 2 * at + 2],
    ['blocks', (at: number) => 4 * at + 1, (at: number) => 4 * at + 2],
    ['blocks with a line between', (at: number) => 4 * at + 1, (at: number) => 4 * at + 3],
    ['blocks, secret first', (at: number) => 4 * at + 2, (at: number) => 4 * at + 1],
  ])('%s: two lost secrets of 2,500 hold two ids', (_name, idLine, secretLine) => {
    const findings = file(idLine, secretLine);
    const { pairs, loose } = pairUp(findings);
    expect([pairs.size, loose]).toEqual([PAIRS - 2, 0]);
    expect(LOST.some((at) => pairs.has(idOf(at)))).toBe(false);
  });

  it('a lost id of 2,500 leaves its secret loose', () => {
    const findings = file(
      (at) => 2 * at + 1,
      (at) => 2 * at + 2,
      [],
    ).filter(([token]) => token?.value !== idOf(77));
    expect(gist(findings, pairUp(findings))).toBe(`${PAIRS - 1}/0/1`);
  });

  it('lists longer than the window pair where they meet, unless a secret is lost', () => {
    const list = (secrets: number) => [
      ...Array.from({ length: 10 }, (_, at) => [tokenOf(`i${at}@${at + 1}`)]),
      ...Array.from({ length: secrets }, (_, at) => [tokenOf(`s${at}@${at + 11}`)]),
    ];
    expect(gist(list(10), pairUp(list(10)))).toBe('5/5/5');
    expect(gist(list(9), pairUp(list(9)))).toBe('0/10/4');
  });
});

describe('pairUp: whatever the findings', () => {
  const token = fc
    .record({
      kind: fc.constantFrom('i', 's'),
      number: fc.integer({ min: 1, max: 6 }),
      line: fc.option(fc.integer({ min: 1, max: 14 }), { freq: 6 }),
    })
    .map(({ kind, number, line }) => tokenOf(`${kind}${number}${line === null ? '' : `@${line}`}`));
  const findings = fc.array(fc.array(token, { minLength: 1, maxLength: 2 }), { maxLength: 12 });
  const valuesOf = (all: readonly (readonly CredentialToken[])[], kind: CredentialToken['kind']): ReadonlySet<string> =>
    new Set(all.flat().flatMap((each) => (each.kind === kind ? [each.value] : [])));

  it('never has more pairs than secrets, and accounts for all others', () => {
    fc.assert(
      fc.property(findings, (all) => {
        const { pairs, open, loose } = pairUp(all);
        const secrets = valuesOf(all, 'secret');
        expect(pairs.size + loose).toBeLessThanOrEqual(secrets.size);
        expect(loose).toBeLessThanOrEqual(open.size);
        expect([...pairs].filter((id) => !valuesOf(all, 'id').has(id))).toEqual([]);
        expect([...open].filter((secret) => !secrets.has(secret))).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  it('does not depend on the order of findings, or of what a finding held', () => {
    const shuffled = findings.chain((all) =>
      fc
        .tuple(fc.shuffledSubarray([...all], { minLength: all.length }), fc.constant(all), fc.boolean())
        .map(([mixed, original, turns]) => [original, turns ? mixed.map((each) => each.toReversed()) : mixed] as const),
    );
    const sorted = ({ pairs, open, loose }: Pairing) => [[...pairs].toSorted(), [...open].toSorted(), loose];
    fc.assert(
      fc.property(shuffled, ([all, mixed]) => {
        expect(sorted(pairUp(mixed))).toEqual(sorted(pairUp(all)));
      }),
      { numRuns: 3_000 },
    );
    // Values on several lines, in lists that begin on one line.
    const repeated = findingsOf('s2@1 i4+i1@6 s1@5 s1@1+s1 i4@11 i1@11');
    expect(sorted(pairUp(repeated.toReversed()))).toEqual(sorted(pairUp(repeated)));
  });

  it('pairs an id only with a secret in its finding, within five lines, or alone with it in a place', () => {
    fc.assert(
      fc.property(findings, (all) => {
        const ids = valuesOf(all, 'id').size;
        const secrets = valuesOf(all, 'secret').size;
        for (const id of pairUp(all).pairs) {
          const seen = all.flatMap((each) => each.filter(({ value }) => value === id).map((own) => ({ own, each })));
          const near = seen.some(({ own, each }) =>
            [...each, ...all.flat().filter(({ line }) => within(5, own.line, line))].some(
              ({ kind }) => kind === 'secret',
            ),
          );
          expect(near || (ids === 1 && secrets === 1)).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

const within = (most: number, one: number | undefined, other: number | undefined): boolean =>
  one !== undefined && other !== undefined && Math.abs(one - other) <= most;
