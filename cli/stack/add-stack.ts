/** The option --stack: the variables of a deployed stack, read with the operator's own credentials. */
import { conflictError } from '../env-file.ts';
import { CliError, usageError } from '../failure.ts';
import { createStackReader, type StackDescription, type StackReader } from '../io/stack-reader.ts';
import { parseStoredSettings } from './stored-settings.ts';

/** (CloudFormation, CreateStack: StackName) */
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;
const OUTPUT = 'SettingsPath';

/** Rejects with AdapterError `stack-unavailable`, and with CliError `stack-not-found`. */
export async function describeStack(
  env: NodeJS.ProcessEnv,
  stack: string,
  reader: StackReader = createStackReader(),
): Promise<StackDescription> {
  const found = STACK_NAME.test(stack) ? await reader.describe(stack) : undefined;
  if (found !== undefined) return found;
  const region = env.AWS_REGION === undefined ? 'the region of your profile' : env.AWS_REGION;
  const message = `there is no stack of this name in ${region}`;
  throw usageError('stack-not-found', message, 'check --stack, --region and the account of your AWS credentials');
}

/**
 * Adds the variables of the stack to `env`, which is changed, because the AWS SDK reads the environment of the process.
 * Resolves with when they last changed, epoch ms. Rejects with AdapterError `stack-unavailable`, and with CliError
 * `stack-not-found`, `stack-without-settings`, `settings-incomplete`, and `settings-conflict` where a variable has
 * another value in the environment.
 */
export async function addStack(
  env: NodeJS.ProcessEnv,
  stack: string,
  reader: StackReader = createStackReader(),
): Promise<number> {
  const { outputs } = await describeStack(env, stack, reader);
  const path = outputs.get(OUTPUT);
  if (path === undefined) {
    const message = `the stack has no output ${OUTPUT}: it is another stack, or was deployed by version 0.1`;
    throw usageError('stack-without-settings', message, 'deploy this version, or use --env-file');
  }
  const stored = parseStoredSettings(path, await reader.settings(path));
  if (stored === undefined) {
    const message = `the settings below ${path} are incomplete`;
    const next = 'a deployment may be in progress: try again in a minute; else deploy the stack again';
    throw new CliError({ code: 'settings-incomplete', message, next });
  }
  const conflicting = Object.entries(stored.variables).filter(([name, value]) => env[name] && env[name] !== value);
  if (conflicting.length > 0) {
    const names = conflicting.map(([name]) => name);
    throw conflictError('settings-conflict', names, 'the stack');
  }
  Object.assign(env, stored.variables);
  return stored.changedAt;
}
