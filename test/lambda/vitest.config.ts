/**
 * What `npm run test:lambda` runs. Its files are not among those of `npm test`, because they need the runtime client.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/lambda/**/*.lambda.ts'],
    globalSetup: 'test/lambda/setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Building the runtime client takes minutes on a slow machine, and no test runs meanwhile.
    fileParallelism: false,
  },
});
