/** Runs `serverless package`, which needs neither an account nor the network. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Packaged {
  /** Path of the CloudFormation template. */
  readonly template: string;
  /** Path of the zip that both functions get. */
  readonly zip: string;
}

const TOOL = dirname(createRequire(import.meta.url).resolve('serverless/package.json'));
const CLI = join(TOOL, 'bin', 'serverless.js');
/** It caches a compiled schema: beside itself, not in the home folder. */
const CACHE = { SLS_SCHEMA_CACHE_BASE_DIR: join(TOOL, '..', '.cache') };

/**
 * Takes a folder with `serverless.yml` and what it packages, and more arguments (`--stage`, `--param=…`); empties its
 * `.serverless` (an old handler in there went into a zip before) and returns what stands there afterwards. Throws an
 * Error with the command's output when the configuration is refused.
 */
export const packageService = async (folder: string, args: readonly string[] = []): Promise<Packaged> => {
  const built = join(folder, '.serverless');
  rmSync(built, { recursive: true, force: true });
  try {
    await run(process.execPath, [CLI, 'package', ...args], {
      cwd: folder,
      env: { ...process.env, ...CACHE },
    });
  } catch (error) {
    throw new Error(`serverless package failed:\n${outputOf(error, 'stdout')}${outputOf(error, 'stderr')}`);
  }
  return {
    template: join(built, 'cloudformation-template-update-stack.json'),
    zip: join(built, 'coreweave-revocation.zip'),
  };
};

/** `execFile` rejects with an Error that carries what the command wrote. */
const outputOf = (error: unknown, stream: 'stdout' | 'stderr'): string => {
  const output: unknown = error instanceof Error ? Reflect.get(error, stream) : undefined;
  return typeof output === 'string' ? output : '';
};
