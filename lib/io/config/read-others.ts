/** The configuration of `ingest`, of `notify` and of the metrics: read from the environment at cold start. */
import { canonicalJson } from '../../model/json.ts';
import type { Settings } from '../../model/settings.ts';
import { type Environment, optional, problemsOf, required, withFile } from './environment.ts';
import { handlerName, queueProblems, readFile, refuse } from './read.ts';
import { V } from './variables.ts';

/** What `ingest` has. It judges nothing, so that of the settings only those are here that its audit records name. */
export interface IngestConfig {
  readonly settings: Pick<Settings, 'handler' | 'apiHost' | 'configHash' | 'mode'>;
  readonly urgentQueueUrl: string;
  readonly bulkQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly ledgerTable: string;
  /** Names or ARNs of secrets by the names of sources: those that are set up. */
  readonly secretIds: ReadonlyMap<string, string>;
  /** Text of WEBHOOKS; absent: none is configured. What it says is checked by `parseWebhooks`. */
  readonly webhooks?: string;
  /** Text of SSF_ISSUERS; absent: none is configured. What it says is checked by `parseSsfIssuers`. */
  readonly ssfIssuers?: string;
}

/** Throws ConfigError with all problems of the variables that `ingest` uses. `hash`: SHA-256 of a text in hex. */
export const readIngestConfig = (
  environment: Environment,
  hash: (text: string) => string,
  sources: readonly string[],
): IngestConfig => {
  const first = withFile(environment, V.webhooks.name, readFile);
  const { env, problems: second } = withFile(first.env, V.ssfIssuers.name, readFile);
  const used = [
    V.mode,
    V.urgentQueueUrl,
    V.bulkQueueUrl,
    V.deadLetterQueueUrl,
    V.ledgerTable,
    V.apiUrl,
    V.ingestSecrets,
    V.webhooks,
    V.ssfIssuers,
    V.metricSources,
  ];
  const maybe = [V.metricService];
  const unknown = [...(optional(env, V.ingestSecrets)?.keys() ?? [])].some((name) => !sources.includes(name));
  refuse([
    ...first.problems,
    ...second,
    ...used.flatMap((variable) => problemsOf(env, variable, true)),
    ...maybe.flatMap((variable) => problemsOf(env, variable, false)),
    ...queueProblems(env),
    ...(unknown ? [`${V.ingestSecrets.name}: expected no other senders than ${sources.join(', ')}`] : []),
  ]);
  const mode = required(env, V.mode);
  const secretIds = required(env, V.ingestSecrets);
  const configured = configuredTexts(env);
  const configHash = hash(canonicalJson({ mode, secrets: Object.fromEntries(secretIds), ...configured }));
  return {
    settings: { mode, configHash, handler: handlerName(env), apiHost: required(env, V.apiUrl).host },
    urgentQueueUrl: required(env, V.urgentQueueUrl),
    bulkQueueUrl: required(env, V.bulkQueueUrl),
    deadLetterQueueUrl: required(env, V.deadLetterQueueUrl),
    ledgerTable: required(env, V.ledgerTable),
    secretIds,
    ...configured,
  };
};

/** Those of the texts that are no defaults. */
function configuredTexts(env: Environment): Pick<IngestConfig, 'webhooks' | 'ssfIssuers'> {
  const [webhooks, ssfIssuers] = [required(env, V.webhooks), required(env, V.ssfIssuers)];
  return {
    ...(webhooks === V.webhooks.fallback ? {} : { webhooks }),
    ...(ssfIssuers === V.ssfIssuers.fallback ? {} : { ssfIssuers }),
  };
}

/** What `notify` has: it decides nothing, and calls only the bus and the topic, of which it has at least one. */
export interface NotifyConfig {
  readonly busArn: string | undefined;
  readonly topicArn: string | undefined;
  /** Undefined: not known. */
  readonly stack: { readonly name: string; readonly region: string } | undefined;
  readonly runbook: string;
}

/** Throws ConfigError, which names the variable. */
export const readNotifyConfig = (env: Environment): NotifyConfig => {
  const maybe = [V.noticeTopicArn, V.stackName, V.runbookUrl];
  const topicArn = optional(env, V.noticeTopicArn);
  refuse([
    ...problemsOf(env, V.noticeBusArn, topicArn === undefined),
    ...maybe.flatMap((variable) => problemsOf(env, variable, false)),
  ]);
  const [name, region] = [optional(env, V.stackName), env.AWS_REGION];
  return {
    busArn: optional(env, V.noticeBusArn),
    topicArn,
    stack: name === undefined || !region ? undefined : { name, region },
    runbook: required(env, V.runbookUrl),
  };
};

export interface MetricConfig {
  /** The value of the dimension `Service`. */
  readonly service: string;
  /** Sources of events that metrics name. */
  readonly sources: ReadonlySet<string>;
  /** How long an API token lives, in ms; undefined: for ever. */
  readonly tokenLifeMs: number | undefined;
}

/** Of a checked environment. Undefined: nothing is measured. */
export const readMetricConfig = (env: Environment): MetricConfig | undefined => {
  const service = optional(env, V.metricService);
  if (service === undefined) return undefined;
  return { service, sources: optional(env, V.metricSources) ?? new Set(), tokenLifeMs: optional(env, V.tokenLife) };
};
