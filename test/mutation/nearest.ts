/** Orders the test files for a mutated file. The first failure settles a mutant, so the likeliest to fail run first. */
import { posix } from 'node:path';

export interface TestFile {
  /** From the root, with `/`, as all paths here. */
  readonly path: string;
  readonly text: string;
}

const IMPORT = /(?:from|import\()\s*'(\.[^']+)'/g;

const importsOf = ({ path, text }: TestFile): readonly string[] =>
  [...text.matchAll(IMPORT)].map(([, specifier = '']) => posix.join(posix.dirname(path), specifier));

const mirrorOf = (source: string): string => `test/${source.replace(/\.ts$/, '.test.ts')}`;

/** 0: the test of this very file; 1: imports it; 2: tests its folder; 3: any other. */
const distance = (test: TestFile, mutated: readonly string[]): number => {
  if (mutated.some((source) => mirrorOf(source) === test.path)) return 0;
  if (importsOf(test).some((path) => mutated.includes(path))) return 1;
  return mutated.some((source) => posix.dirname(mirrorOf(source)) === posix.dirname(test.path)) ? 2 : 3;
};

/** Paths of the test files, the nearest to `mutated` first; equally near ones by path. */
export const nearestFirst = (tests: readonly TestFile[], mutated: readonly string[]): readonly string[] =>
  tests
    .map((test) => ({ path: test.path, far: distance(test, mutated) }))
    .toSorted((a, b) => a.far - b.far || (a.path < b.path ? -1 : 1))
    .map(({ path }) => path);
