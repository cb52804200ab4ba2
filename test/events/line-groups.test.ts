/** Pairs of nearest lines, against a plain search; and files with thousands of ids and secrets on a line. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessKeyId } from '../../events/ids.ts';
import {
  groupOf,
  groupsWithin,
  type IdNode,
  type Nearest,
  type Node,
  pairNearest,
  type SecretNode,
} from '../../events/line-groups.ts';

const idAt = (number: number, lines: readonly number[]): IdNode => ({
  kind: 'id',
  value: accessKeyId.parse(`CW${String(number).padStart(14, '0')}`),
  lines,
});
const secretAt = (number: number, lines: readonly number[]): SecretNode => ({
  kind: 'secret',
  value: `secret ${number}`,
  lines,
});

type Order = 'id-first' | 'secret-first';

/** The definition: each secret with each id on the nearest line of ids on its side, line by line. */
function searched(nodes: readonly Node[], order: Order, reach: number): Nearest {
  const { ids, secrets } = groupOf(nodes);
  const distance = (id: number, secret: number) => (order === 'id-first' ? secret - id : id - secret);
  const nearest = (secret: SecretNode): ReadonlySet<IdNode> => {
    const each = secret.lines.map((line) => {
      const near = ids.flatMap((id) => id.lines.map((at) => ({ id, far: distance(at, line) })));
      const least = Math.min(...near.flatMap(({ far }) => (far > 0 && far <= reach ? [far] : [])));
      return near.flatMap(({ id, far }) => (far === least ? [id] : []));
    });
    return new Set(each.flat());
  };
  const found = secrets.map((secret) => ({ secret, ids: nearest(secret) }));
  const isPair = (id: IdNode) => found.filter((each) => each.ids.has(id)).length === 1;
  return {
    pairs: found.flatMap(({ ids: own }) => (own.size === 1 ? [...own].filter(isPair) : [])),
    lone: found.flatMap(({ secret, ids: own }) => (own.size === 0 ? [secret] : [])),
  };
}

describe('pairNearest', () => {
  const lines = (offset: number) =>
    fc
      .uniqueArray(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 3 })
      .map((all) => all.map((half) => 2 * half + offset).toSorted((a, b) => a - b));
  const nodes = fc
    .tuple(fc.array(lines(0), { maxLength: 6 }), fc.array(lines(1), { maxLength: 6 }))
    .map(([ids, secrets]) => [
      ...ids.map((each, at) => idAt(at, each)),
      ...secrets.map((each, at) => secretAt(at, each)),
    ]);

  it('finds what a search of all ids for each secret finds', () => {
    fc.assert(
      fc.property(
        nodes,
        fc.constantFrom<Order>('id-first', 'secret-first'),
        fc.constantFrom(1, 5),
        (all, order, reach) => {
          expect(pairNearest(groupOf(all), order, reach)).toStrictEqual(searched(all, order, reach));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it.each<[string, readonly Node[], readonly number[], readonly number[]]>([
    ['an id for each of two secrets', [idAt(1, [1]), secretAt(1, [2]), idAt(2, [3]), secretAt(2, [4])], [1, 2], []],
    ['two ids on a line', [idAt(1, [1]), idAt(2, [1]), secretAt(1, [2])], [], []],
    ['two secrets for an id', [idAt(1, [1]), secretAt(1, [2]), secretAt(2, [3])], [], []],
    ['a secret with an id before each of its lines', [idAt(1, [1]), idAt(2, [3]), secretAt(1, [2, 4])], [], []],
    ['a secret twice behind one id', [idAt(1, [1, 3]), secretAt(1, [2, 4])], [1], []],
    ['a secret before its id', [secretAt(1, [1]), idAt(1, [2])], [], [1]],
    ['a secret six lines below', [idAt(1, [1]), secretAt(1, [7])], [], [1]],
  ])('of %s', (_name, all, pairs, lone) => {
    expect(pairNearest(groupOf(all), 'id-first', 5)).toStrictEqual({
      pairs: pairs.map((number) => expect.objectContaining({ value: idAt(number, []).value })),
      lone: lone.map((number) => expect.objectContaining({ value: secretAt(number, []).value })),
    });
  });
});

/** In a process of its own: what runs out of memory would end the test runner. */
const inLittleMemory = (script: string): string =>
  execFileSync(process.execPath, ['--max-old-space-size=128', '--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

const PREAMBLE = `
  const { pairUp } = await import('../../events/pairing.ts');
  const many = (kind, count, line, from = 0) =>
    Array.from({ length: count }, (_, at) => [{ kind, value: kind + (from + at), line }]);
  const ordinary = [...many('id', 1, 1, -1), ...many('secret', 1, 2, -1)];
  const print = ({ pairs, loose }) => console.log(JSON.stringify([[...pairs], loose]));
`;

describe('a file of a few hundred KB, in 128 MB of memory', () => {
  it('holds a line of 12,000 ids, and one of 8,000 secrets', () => {
    const script = `print(pairUp([...ordinary, ...many('id', 12_000, 22), ...many('secret', 8_000, 23)]));`;
    expect(inLittleMemory(PREAMBLE + script)).toBe('[["id-1"],0]');
  });

  it('holds a line of 12,000 ids, and 8,000 secrets that ten lines repeat', () => {
    const secrets = `Array.from({ length: 10 }, (_, at) => many('secret', 8_000, 23 + at)).flat()`;
    const script = `print(pairUp([...ordinary, ...many('id', 12_000, 22), ...${secrets}]));`;
    expect(inLittleMemory(PREAMBLE + script)).toBe('[["id-1"],0]');
  });
});

it('groupsWithin: joins two groups of 150,000 ids each', () => {
  const half = (line: number): readonly Node[] => [
    ...Array.from({ length: 150_000 }, (_, at) => idAt(line * 1_000_000 + at, [line])),
    secretAt(line, [line + 1]),
  ];
  const [group, other] = groupsWithin(1, [...half(1), ...half(20), idAt(0, [3, 22])]);
  expect([group?.ids.length, group?.secrets.length, other]).toEqual([300_001, 2, undefined]);
});
