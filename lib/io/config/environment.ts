/** Reads single variables out of an environment, and says what is wrong with them. */
import { resolve } from 'node:path';
import type { Variable } from './variables.ts';

/** Values by name of variable; an empty one is absent. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Each problem names a variable and what was expected, never the value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config-invalid';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`config-invalid: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

const textOf = (env: Environment, { name, fallback }: Variable<unknown>): string | undefined => env[name] || fallback;

/** The value of a variable or of its default; undefined when there is none or it is wrong. */
export const optional = <T>(env: Environment, variable: Variable<T>): T | undefined => {
  const text = textOf(env, variable);
  const parsed = text === undefined ? undefined : variable.parse(text);
  return parsed?.ok ? parsed.value : undefined;
};

/** The value of a variable or of its default. Throws ConfigError when there is none or it is wrong. */
export const required = <T>(env: Environment, variable: Variable<T>): T => {
  const value = optional(env, variable);
  if (value === undefined) throw new ConfigError(problemsOf(env, variable, true));
  return value;
};

/** What is wrong with a variable: one sentence or none. An absent one is wrong only if it is needed. */
export const problemsOf = (env: Environment, variable: Variable<unknown>, isNeeded: boolean): readonly string[] => {
  const text = textOf(env, variable);
  if (text === undefined && !isNeeded) return [];
  const parsed = variable.parse(text ?? '');
  return parsed.ok ? [] : [`${variable.name}: ${text === undefined ? 'missing, ' : ''}expected ${parsed.expected}`];
};

/** Replaces a value `@file` by the text of the file, which is relative to the Lambda package or the working folder. */
export const withFile = (
  env: Environment,
  name: string,
  readText: (path: string) => string,
): { readonly env: Environment; readonly problems: readonly string[] } => {
  const value = env[name];
  if (!value?.startsWith('@')) return { env, problems: [] };
  try {
    return { env: { ...env, [name]: readText(resolve(env.LAMBDA_TASK_ROOT ?? '.', value.slice(1))) }, problems: [] };
  } catch {
    return { env: { ...env, [name]: undefined }, problems: [`${name}: expected a readable file after @`] };
  }
};
