/** The configuration of `revoke`, read from the environment and checked once at cold start. */
import { readFileSync } from 'node:fs';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Settings } from '../domain/settings.ts';
import { ConfigError, type Environment, optional, problemsOf, required, withFile } from './config-env.ts';
import { isLoopback } from './config-urls.ts';
import { V } from './config-variables.ts';
import { type Token, tokenOf } from './token.ts';

/** Where the API token comes from. */
export type TokenOrigin =
  | { readonly kind: 'secret'; readonly id: string }
  | { readonly kind: 'plain'; readonly value: Token };

/** What it takes to make a schedule. */
export interface ScheduleConfig {
  readonly bulkQueueArn: string;
  readonly deadLetterQueueArn: string;
  readonly roleArn: string;
  readonly group: string;
}

export interface Config {
  readonly settings: Settings;
  readonly urgentQueueUrl: string;
  readonly bulkQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly ledgerTable: string;
  readonly apiUrl: URL;
  readonly token: TokenOrigin;
  /** Undefined: nothing can be scheduled; `warnings` says what is missing or wrong. */
  readonly schedule: ScheduleConfig | undefined;
  readonly warnings: readonly string[];
}

const SCHEDULE = [V.bulkQueueArn, V.deadLetterQueueArn, V.schedulerRoleArn, V.scheduleGroup];
const SCHEDULE_NAMES: ReadonlySet<string> = new Set(SCHEDULE.map(({ name }) => name));

/**
 * Takes the environment, a hash (SHA-256 of a text in hex) and a reader of files (path to text; throws); returns the
 * configuration. Throws ConfigError with all problems at once. Variables of schedules, which are read only when one is
 * made or deleted, give warnings.
 */
export const readConfig = (
  environment: Environment,
  hash: (text: string) => string,
  readText: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config => {
  const { env, problems: fileProblems } = withFile(environment, V.protections.name, readText);
  const problems = [
    ...fileProblems,
    ...Object.values(V)
      .filter(({ name }) => !SCHEDULE_NAMES.has(name))
      .flatMap((variable) => problemsOf(env, variable, variable.requiredBy.includes('revoke'))),
    ...tokenProblems(env),
    ...queueProblems(env),
  ];
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    settings: readSettings(env, hash),
    urgentQueueUrl: required(env, V.urgentQueueUrl),
    bulkQueueUrl: required(env, V.bulkQueueUrl),
    deadLetterQueueUrl: required(env, V.deadLetterQueueUrl),
    ledgerTable: required(env, V.ledgerTable),
    apiUrl: required(env, V.apiUrl),
    token: readToken(env),
    schedule: readSchedule(env),
    warnings: warningsOf(env),
  };
};

const readSettings = (env: Environment, hash: (text: string) => string): Settings => {
  const self = optional(env, V.selfPrincipal);
  const settings = {
    mode: required(env, V.mode),
    dryRunKeep: required(env, V.dryRunKeep),
    verify: required(env, V.verify),
    apiConcurrency: required(env, V.apiConcurrency),
    apiTimeoutMs: required(env, V.apiTimeoutMs),
    retryHorizonMs: required(env, V.retryHorizon),
    staleAfterMs: required(env, V.staleAfter),
    protections: required(env, V.protections),
    ...(self === undefined ? {} : { selfPrincipal: self }),
    principalTemplates: required(env, V.templates),
    limits: required(env, V.limits),
    handler: `${env.AWS_LAMBDA_FUNCTION_NAME ?? 'local'}:${env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST'}`,
    apiHost: required(env, V.apiUrl).host,
  };
  return { ...settings, configHash: hash(guardText(settings)) };
};

/** What guards depend on, as one text that does not depend on how the variables were written. */
const guardText = (settings: Omit<Settings, 'configHash'>): string =>
  canonicalJson({
    mode: settings.mode,
    protections: settings.protections.map(({ target, owner, reason, until }) => ({
      target: { ...target },
      owner,
      reason,
      until: until ?? null,
    })),
    self: settings.selfPrincipal ?? null,
    templates: settings.principalTemplates,
    limits: { ...settings.limits },
    staleAfter: settings.staleAfterMs,
    dryRunKeep: settings.dryRunKeep,
  });

const readToken = (env: Environment): TokenOrigin => {
  const plain = optional(env, V.token);
  return plain === undefined
    ? { kind: 'secret', id: required(env, V.tokenSecretId) }
    : { kind: 'plain', value: tokenOf(plain) };
};

const readSchedule = (env: Environment): ScheduleConfig | undefined =>
  SCHEDULE.some((variable) => problemsOf(env, variable, true).length > 0)
    ? undefined
    : {
        bulkQueueArn: required(env, V.bulkQueueArn),
        deadLetterQueueArn: required(env, V.deadLetterQueueArn),
        roleArn: required(env, V.schedulerRoleArn),
        group: required(env, V.scheduleGroup),
      };

const tokenProblems = (env: Environment): readonly string[] => {
  const { tokenSecretId, token, apiUrl } = V;
  if (Boolean(env[token.name]) === Boolean(env[tokenSecretId.name])) {
    return [`${tokenSecretId.name}, ${token.name}: expected exactly one of the two`];
  }
  const url = optional(env, apiUrl);
  const exposed = Boolean(env[token.name]) && Boolean(env.AWS_LAMBDA_FUNCTION_NAME) && !(url && isLoopback(url));
  return exposed ? [`${token.name}: expected ${tokenSecretId.name} in Lambda, unless the API is on loopback`] : [];
};

const queueProblems = (env: Environment): readonly string[] => {
  const queues = [V.urgentQueueUrl, V.bulkQueueUrl, V.deadLetterQueueUrl];
  const urls = queues.map((variable) => optional(env, variable)).filter((url) => url !== undefined);
  return new Set(urls).size === urls.length
    ? []
    : [`${queues.map(({ name }) => name).join(', ')}: expected three different queues`];
};

const warningsOf = (env: Environment): readonly string[] => [
  ...(optional(env, V.selfPrincipal) === undefined
    ? [`${V.selfPrincipal.name}: absent, nothing protects the principal of our own API token`]
    : []),
  ...SCHEDULE.flatMap((variable) => problemsOf(env, variable, true)).map(
    (problem) => `${problem}; future-dated offboardings cannot be scheduled`,
  ),
];
