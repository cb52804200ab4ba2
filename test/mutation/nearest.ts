/** Orders the test files for a mutated file. The first failure settles a mutant, so the likeliest to fail run first. */
import { posix } from 'node:path';

/** The text of a file, undefined if there is none. All paths are from the root, with `/`. */
export type ReadText = (path: string) => string | undefined;

const IMPORT = /(?:from|import\()\s*'(\.[^']+\.ts)'/g;

const importsOf = (path: string, text: string): readonly string[] =>
  [...text.matchAll(IMPORT)].map(([, specifier = '']) => posix.join(posix.dirname(path), specifier));

const testOf = (source: string): string => `test/${source.replace(/\.ts$/, '.test.ts')}`;

/** How many imports lead from `start` to one of `targets`. */
const stepsTo = (start: string, targets: readonly string[], importsIn: (path: string) => readonly string[]): number => {
  const seen = new Set([start]);
  let front: readonly string[] = [start];
  for (let steps = 0; front.length > 0; steps += 1) {
    if (front.some((path) => targets.includes(path))) return steps;
    front = front.flatMap(importsIn).filter((path) => !seen.has(path) && seen.add(path));
  }
  return Number.POSITIVE_INFINITY;
};

/** Creates an order that remembers what each file imports. */
export function createOrder(read: ReadText) {
  const known = new Map<string, readonly string[]>();
  const importsIn = (path: string): readonly string[] => {
    const found = known.get(path) ?? importsOf(path, read(path) ?? '');
    known.set(path, found);
    return found;
  };

  /** The test of a mutated file itself first, then by the number of imports to it, then of its folder, then by path. */
  return (tests: readonly string[], mutated: readonly string[]): readonly string[] => {
    const own = mutated.map(testOf);
    const folders = own.map((path) => posix.dirname(path));
    const key = (path: string): readonly number[] => [
      own.includes(path) ? 0 : stepsTo(path, mutated, importsIn),
      folders.includes(posix.dirname(path)) ? 0 : 1,
    ];
    return tests
      .map((path) => ({ path, key: key(path) }))
      .toSorted((a, b) => compare(a.key, b.key) || (a.path < b.path ? -1 : 1))
      .map(({ path }) => path);
  };
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((each, n) => each !== b[n]);
  return at < 0 ? 0 : (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1;
};
