/** The configuration of `revoke` and `replay`, read from the environment and checked once at cold start. */
import { readFileSync } from 'node:fs';
import { canonicalJson } from '../../model/json.ts';
import type { Settings } from '../../model/settings.ts';
import { parseApiToken, type TokenOrigin } from '../secrets/token.ts';
import { ConfigError, type Environment, optional, problemsOf, required, withFile } from './environment.ts';
import { isLoopback } from './parse.ts';
import { type FunctionName, V } from './variables.ts';

/** What it takes to make a schedule. */
export interface ScheduleConfig {
  readonly bulkQueueArn: string;
  readonly deadLetterQueueArn: string;
  readonly roleArn: string;
  readonly group: string;
}

/** What every function that acts on events has. */
export interface BaseConfig {
  readonly settings: Settings;
  readonly urgentQueueUrl: string;
  readonly bulkQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly ledgerTable: string;
}

export interface Config extends BaseConfig {
  readonly apiUrl: URL;
  readonly token: TokenOrigin;
  /** Undefined: no alert of GitHub's can be looked up. */
  readonly github: { readonly url: URL; readonly tokenSecretId: string } | undefined;
  /** Undefined: nothing can be scheduled; `warnings` says what is missing or wrong. */
  readonly schedule: ScheduleConfig | undefined;
  readonly warnings: readonly string[];
}

const SCHEDULE = [V.bulkQueueArn, V.deadLetterQueueArn, V.schedulerRoleArn, V.scheduleGroup];
const NOTICES = [V.noticeBusArn, V.noticeTopicArn, V.stackName, V.runbookUrl];
/** What no revocation depends on must not stop one. */
const NEVER_REFUSED: ReadonlySet<string> = new Set(
  [...SCHEDULE, ...NOTICES, V.webhooks, V.ssfIssuers].map(({ name }) => name),
);

export const readFile = (path: string): string => readFileSync(path, 'utf8');

/**
 * The configuration of `revoke`. Throws ConfigError with all problems. Problems of variables for schedules, notices and
 * webhooks are warnings, because no revocation depends on them. `hash`: SHA-256 of a text in hex. `readText`: path to
 * text; may throw.
 */
export const readConfig = (
  environment: Environment,
  hash: (text: string) => string,
  readText: (path: string) => string = readFile,
): Config => {
  const { env, problems } = withFiles(environment, readText);
  refuse([...problems, ...problemsFor('revoke', env), ...tokenProblems(env)]);
  return {
    ...readBase(env, hash),
    apiUrl: required(env, V.apiUrl),
    token: readToken(env),
    github: readGithub(env),
    schedule: readSchedule(env),
    warnings: warningsOf(env),
  };
};

/** As readConfig, for `replay`, which makes no schedules and does not call the API. */
export const readReplayConfig = (
  environment: Environment,
  hash: (text: string) => string,
  readText: (path: string) => string = readFile,
): BaseConfig => {
  const { env, problems } = withFiles(environment, readText);
  refuse([...problems, ...problemsFor('replay', env)]);
  return readBase(env, hash);
};

/** The lists may be files in the package: Lambda's variables hold 4 KB in all. (Lambda quotas) */
function withFiles(
  environment: Environment,
  readText: (path: string) => string,
): { readonly env: Environment; readonly problems: readonly string[] } {
  const first = withFile(environment, V.protections.name, readText);
  const second = withFile(first.env, V.senders.name, readText);
  return { env: second.env, problems: [...first.problems, ...second.problems] };
}

/** Throws ConfigError if there is any problem. */
export const refuse = (problems: readonly string[]): void => {
  if (problems.length > 0) throw new ConfigError(problems);
};

const problemsFor = (name: FunctionName, env: Environment): readonly string[] => [
  ...Object.values(V)
    .filter((variable) => !NEVER_REFUSED.has(variable.name))
    .flatMap((variable) => problemsOf(env, variable, variable.requiredBy.includes(name))),
  ...queueProblems(env),
];

const readBase = (env: Environment, hash: (text: string) => string): BaseConfig => ({
  settings: readSettings(env, hash),
  urgentQueueUrl: required(env, V.urgentQueueUrl),
  bulkQueueUrl: required(env, V.bulkQueueUrl),
  deadLetterQueueUrl: required(env, V.deadLetterQueueUrl),
  ledgerTable: required(env, V.ledgerTable),
});

const readToken = (env: Environment): TokenOrigin => {
  const plain = optional(env, V.token);
  return plain === undefined
    ? { kind: 'secret', id: required(env, V.tokenSecretId) }
    : { kind: 'plain', value: parseApiToken(plain) };
};

const readGithub = (env: Environment): Config['github'] => {
  const tokenSecretId = optional(env, V.githubTokenSecretId);
  return tokenSecretId === undefined ? undefined : { url: required(env, V.githubApiUrl), tokenSecretId };
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

/** What is wrong with the queues as a whole. */
export const queueProblems = (env: Environment): readonly string[] => {
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
  ...(optional(env, V.senders) === undefined ? [`${V.senders.name}: absent, a forged source is not detected`] : []),
  ...SCHEDULE.flatMap((variable) => problemsOf(env, variable, true)).map(
    (problem) => `${problem}; future-dated offboardings cannot be scheduled`,
  ),
  ...NOTICES.flatMap((variable) => problemsOf(env, variable, false)).map(
    (problem) => `${problem}; notices cannot be sent`,
  ),
  ...[V.webhooks, V.ssfIssuers]
    .flatMap((variable) => problemsOf(env, variable, false))
    .map((problem) => `${problem}; webhooks are refused`),
];

/**
 * Of a checked environment: throws ConfigError for what was not checked. `hash`: SHA-256 of a text, in hex.
 */
const readSettings = (env: Environment, hash: (text: string) => string): Settings => {
  const self = optional(env, V.selfPrincipal);
  const organization = optional(env, V.organization);
  const settings = {
    mode: required(env, V.mode),
    dryRunKeep: required(env, V.dryRunKeep),
    verify: required(env, V.verify),
    keyIdOnly: required(env, V.keyIdOnly),
    ownerUnknown: required(env, V.ownerUnknown),
    apiConcurrency: required(env, V.apiConcurrency),
    apiTimeoutMs: required(env, V.apiTimeoutMs),
    retryHorizonMs: required(env, V.retryHorizon),
    staleAfterMs: required(env, V.staleAfter),
    protections: required(env, V.protections),
    ...(self === undefined ? {} : { selfPrincipal: self }),
    ...(organization === undefined ? {} : { organization }),
    principalTemplates: required(env, V.templates),
    ...required(env, V.limits),
    reconcileLimit: required(env, V.reconcileLimit),
    // The functions do not start without role ids; the CLI runs without.
    senders: { own: optional(env, V.ownRoles) ?? new Map(), bindings: optional(env, V.senders) },
    twoPersonApproval: required(env, V.twoPersonApproval),
    handler: handlerName(env),
    apiHost: required(env, V.apiUrl).host,
  };
  return { ...settings, configHash: hash(guardText(settings)) };
};

/** Who acts: the function's name and version. */
export const handlerName = (env: Environment): string =>
  `${env.AWS_LAMBDA_FUNCTION_NAME ?? 'local'}:${env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST'}`;
/** What the safety checks depend on, as one text that does not depend on how the variables were written. */
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
    limits: { ...settings.limits, ...settings.keyLimits },
    senders: settings.senders.bindings?.map(({ types, ...binding }) => ({ ...binding, types: types ?? null })) ?? null,
    staleAfter: settings.staleAfterMs,
    reconcileLimit: settings.reconcileLimit,
    dryRunKeep: settings.dryRunKeep,
    keyIdOnly: settings.keyIdOnly,
    ownerUnknown: settings.ownerUnknown,
    twoPerson: settings.twoPersonApproval,
  });
