/** What `npm run test:scanners` runs. Its files are not among those of `npm test`, because they need the scanners. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/scanners/**/*.scanners.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    fileParallelism: false,
  },
});
