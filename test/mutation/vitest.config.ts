/**
 * What Stryker runs (`npm run mutate`): of all tests, those that name the mutated file come first, since the first
 * failure settles a mutant. `MUTATION_TESTS=domain,properties/domain` narrows the folders for a quick look at one part.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const FOLDERS = (process.env.MUTATION_TESTS ?? 'domain,events,flows,properties').split(',');

const rank = ({ moduleId }: TestSpecification): number =>
  FOLDERS.findIndex((folder) => moduleId.includes(`/test/${folder}/`));

const names = ({ moduleId }: TestSpecification, files: readonly string[]): boolean => {
  const text = readFileSync(moduleId, 'utf8');
  return files.some((file) => text.includes(`/${basename(file)}'`));
};

class NearestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const mutated = this.ctx.config.related ?? [];
    const near = new Set(specifications.filter((specification) => names(specification, mutated)));
    return specifications.toSorted(
      (a, b) => Number(near.has(b)) - Number(near.has(a)) || rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1),
    );
  }
}

export default defineConfig({
  test: {
    include: FOLDERS.map((folder) => `test/${folder}/**/*.test.ts`),
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
