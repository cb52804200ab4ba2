/** Where the variables of a command come from: the environment, a file, or a deployed stack. */
import { addEnvFile } from './env-file.ts';
import { usageError } from './failure.ts';
import { toShellWord } from './shell.ts';

/** Options of the program. */
export interface ConfigurationOptions {
  readonly envFile?: string;
  readonly stack?: string;
  readonly region?: string;
}

export interface LoadedConfiguration {
  /** The options that a command which is shown needs too, for a POSIX shell; empty or with a space before it. */
  readonly optionWords: string;
  /** The deployed stack that is operated. */
  readonly stack?: string;
  /** Of a stack: when its settings last changed, epoch ms. */
  readonly settingsChangedAt?: number;
}

const REGION = /^[a-z0-9][a-z0-9-]{1,62}$/;

export interface LoadOptions {
  /** Only names the configuration: no file and no stack is read. */
  readonly offline: boolean;
}

/**
 * Adds the variables to `env`, which is changed. The variable REVOKER_STACK stands for --stack. Without either, `env`
 * has them already. Rejects as `addEnvFile` and `addStack`, and with CliError `wrong-use`.
 */
export async function loadConfiguration(
  env: NodeJS.ProcessEnv,
  { envFile, stack: given, region }: ConfigurationOptions,
  { offline }: LoadOptions,
): Promise<LoadedConfiguration> {
  if (envFile !== undefined && given !== undefined)
    throw usageError('wrong-use', '--stack and --env-file are two configurations', 'give one of them');
  if (region !== undefined) {
    if (!REGION.test(region)) throw usageError('wrong-use', 'no region', 'expected --region eu-central-1, for example');
    env.AWS_REGION = region;
  }
  const optionWords = Object.entries({ '--env-file': envFile, '--stack': given, '--region': region })
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name} ${toShellWord(value)}`]))
    .join('');
  const stack = given ?? (envFile === undefined ? env.REVOKER_STACK : undefined);
  const named = { optionWords, ...(stack ? { stack } : {}) };
  if (offline) return named;
  if (envFile !== undefined) addEnvFile(env, envFile);
  if (!stack) return named;
  // Loads the SDK, which other configurations do not need here.
  const { addStack } = await import('./stack/add-stack.ts');
  return { ...named, settingsChangedAt: await addStack(env, stack) };
}
