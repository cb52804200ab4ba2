/**
 * What Stryker runs (`npm run mutate`). `MUTATION_TESTS=lib/ledger,properties/ledger` narrows the test folders for a
 * quick look at one part; mutants that only other tests kill then survive.
 */
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { nearestFirst } from './nearest.ts';

const FOLDERS = (process.env.MUTATION_TESTS ?? 'lib,events,properties').split(',');

class NearestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const { root, related = [] } = this.ctx.config;
    const fromRoot = (path: string): string => relative(root, path).replaceAll(sep, '/');
    const tests = specifications.map(({ moduleId }) => ({
      path: fromRoot(moduleId),
      text: readFileSync(moduleId, 'utf8'),
    }));
    const order = new Map(nearestFirst(tests, related.map(fromRoot)).map((path, at) => [path, at]));
    const place = ({ moduleId }: TestSpecification): number => order.get(fromRoot(moduleId)) ?? order.size;
    return specifications.toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: FOLDERS.map((folder) => `test/${folder}/**/*.test.ts`),
    // Adapters are not mutated: the time of their tests goes into sockets.
    exclude: ['test/lib/io/**'],
    setupFiles: ['test/mutation/setup.ts'],
    testTimeout: 20_000,
    // Each mutant has its own worker; within it the files share their modules.
    isolate: false,
    // Stryker's runner says which file is mutated as `related`; the filter of Vitest 5 then finds no test for mutants
    // that are evaluated at import, which would count as survivors.
    forceRerunTriggers: ['**'],
    sequence: { sequencer: NearestFirst },
  },
});
