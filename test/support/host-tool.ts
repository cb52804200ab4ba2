/** Tests that need something of the machine which `npm ci` does not bring. */
import type { TestContext } from 'vitest';

/**
 * Skips the test, with a line that says what to install. In CI, where `.ci/run` installs it, the test fails instead.
 */
export function skipWithout(skip: TestContext['skip'], missing: string | undefined): void {
  if (missing === undefined) return;
  if (process.env.CI) throw new Error(`${missing} (required in CI)`);
  console.warn(`test skipped: ${missing}`);
  skip(missing);
}
