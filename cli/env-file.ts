/** The option --env-file: variables from a file. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type CliError, describeReadError, nodeCode, usageError } from './failure.ts';

/**
 * Adds the variables of a file of `NAME=value` lines (the format of Node's --env-file). `env` itself is changed,
 * because the AWS SDK reads the environment of the process. Throws CliError `env-file-unreadable`, and
 * `env-file-conflict` where a variable has another value in the environment: a mix of two configurations is none.
 */
export function addEnvFile(env: NodeJS.ProcessEnv, path: string): void {
  const added = readVariables(path);
  const conflicting = Object.keys(added).filter((name) => env[name] && env[name] !== added[name]);
  if (conflicting.length > 0) throw conflictError('env-file-conflict', conflicting, 'the file');
  for (const [name, value] of Object.entries(added)) env[name] = value;
}

/** Of variables that have one value in the environment and another in `origin`. */
export const conflictError = (code: string, names: readonly string[], origin: string): CliError =>
  usageError(
    code,
    `set differently in the environment and in ${origin}: ${names.join(', ')}`,
    `unset them: \`unset ${names.join(' ')}\``,
  );

/** The file that `npm start -- --watch` writes, and removes at its end (local/start.ts). */
const STACK_FILE = /(?:^|\/)revoker-\w{6}\/local\.env$/;

function readVariables(path: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    const code = nodeCode(error);
    if (code === 'ENOENT' && STACK_FILE.test(path)) {
      const next = 'start it again with `npm start -- --watch`, and use the function `revoker` that it prints';
      throw usageError('env-file-unreadable', 'the localhost stack has ended: the file of its variables is gone', next);
    }
    const message = `the file given by --env-file cannot be read: ${describeReadError(path, code)}`;
    throw usageError('env-file-unreadable', message, 'check its path and rights');
  }
}
