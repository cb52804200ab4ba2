import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Workers, and the programs and functions that tests start, share what Node has compiled.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/node');

/** Folders and files whose tests take many seconds. */
const LONG = /\/test\/(simulation\/|e2e\/|docs\/execute|serverless\.)/;

/** Long files before all others, so that no worker has one left when the rest is done; otherwise in random order. */
class LongFilesFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const { seed } = this.ctx.config.sequence;
    const keyOf = ({ moduleId }: TestSpecification): string =>
      `${LONG.test(moduleId) ? 0 : 1} ${hash('sha256', `${seed} ${moduleId}`)}`;
    const keyed = specifications.map((each) => ({ each, key: keyOf(each) }));
    return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ each }) => each);
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    // Only a test that hangs may run into these, also on a machine that does other work.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 40_000 } },
    restoreMocks: true,
    // Files share workers, because loading the modules again for each file costs more than half of the time. Their
    // order is random, so that a file which leaves something behind is found. `--sequence.seed` repeats the printed
    // seed.
    isolate: false,
    sequence: { shuffle: { files: true }, sequencer: LongFilesFirst },
    // The simulation makes much short-lived garbage.
    execArgv: ['--max-semi-space-size=64'],
    // More than the cores: many tests wait for a socket or a process.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
  },
});
