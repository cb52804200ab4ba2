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
  /** Path of the zip that all functions use. */
  readonly zip: string;
}

const TOOL = dirname(createRequire(import.meta.url).resolve('serverless/package.json'));
const CLI = join(TOOL, 'bin', 'serverless.js');
/** The packager caches a compiled schema: in this project, not in the home folder. */
const CACHE = { SLS_SCHEMA_CACHE_BASE_DIR: join(TOOL, '..', '.cache') };

/**
 * Packages the folder of a `serverless.yml`; `args` are further arguments (`--stage`, `--param=…`). Empties its
 * `.serverless` first, because old handlers in it would be packaged. Throws an Error with the command's output if the
 * configuration is invalid.
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

/** `execFile` rejects with an Error that has the output of the command. Its stack traces name only the packager. */
const outputOf = (error: unknown, stream: 'stdout' | 'stderr'): string => {
  const output: unknown = error instanceof Error ? Reflect.get(error, stream) : undefined;
  return typeof output === 'string' ? output.replace(/^ +at .*\n/gm, '') : '';
};
