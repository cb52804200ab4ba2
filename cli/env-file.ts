/** Variables from a file, beside those of the environment. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { wrongUse } from './failure.ts';

/**
 * Takes an environment and the path of a file of `NAME=value` lines (as Node's --env-file reads it); adds what is not set.
 * The SDK of AWS reads the process's own environment, so that is what is changed. Throws CliError `env-file-unreadable`,
 * and `env-file-conflict` when both say something and not the same: half of one setting and half of another is no setting.
 */
export function addEnvFile(env: NodeJS.ProcessEnv, path: string): void {
  const added = variablesOf(path);
  const torn = Object.keys(added).filter((name) => env[name] && env[name] !== added[name]);
  if (torn.length > 0) {
    const message = `set differently in the environment and in the file: ${torn.join(', ')}`;
    throw wrongUse(
      'env-file-conflict',
      message,
      `unset them (\`unset ${torn.join(' ')}\`), or take them out of the file`,
    );
  }
  for (const [name, value] of Object.entries(added)) env[name] = value;
}

function variablesOf(path: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch {
    throw wrongUse('env-file-unreadable', 'the file given by --env-file cannot be read', 'check its path and rights');
  }
}
