/**
 * What Stryker runs (`npm run mutate`). `MUTATION_TESTS=lib/ledger,properties/ledger` narrows the test folders, which
 * saves most of the time of a small folder; mutants that only other tests kill then stay open.
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { createOrder } from './nearest.ts';

const FOLDERS = (process.env.MUTATION_TESTS ?? 'lib,events,properties').split(',');

class NearestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const { root, related = [] } = this.ctx.config;
    const fromRoot = (path: string): string => relative(root, path).replaceAll(sep, '/');
    const byPath = new Map(specifications.map((each) => [fromRoot(each.moduleId), each]));
    const order = createOrder((path) =>
      existsSync(resolve(root, path)) ? readFileSync(resolve(root, path), 'utf8') : undefined,
    );
    return order([...byPath.keys()], related.map(fromRoot)).flatMap((path) => byPath.get(path) ?? []);
  }
}

export default defineConfig({
  test: {
    include: FOLDERS.map((folder) => `test/${folder}/**/*.test.ts`),
    // Adapters are not mutated: the time of their tests goes into sockets.
    exclude: ['test/lib/io/**'],
    setupFiles: ['test/mutation/setup.ts'],
    // A dry run beside other work takes far longer than the tests alone.
    testTimeout: 60_000,
    // Each mutant has its own worker; within it the files share their modules.
    isolate: false,
    // Stryker's runner says which file is mutated as `related`; the filter of Vitest 5 then finds no test for mutants
    // that are evaluated at import, which would count as survivors.
    forceRerunTriggers: ['**'],
    sequence: { sequencer: NearestFirst },
  },
});
