/** The option --env-file: variables from a file. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type CliError, usageError } from './failure.ts';

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

function readVariables(path: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch {
    throw usageError('env-file-unreadable', 'the file given by --env-file cannot be read', 'check its path and rights');
  }
}
