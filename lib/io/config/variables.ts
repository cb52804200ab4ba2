/** Every environment variable of this project: meaning, default, parser, and the functions that require it. */
import {
  apiUrl,
  duration,
  flag,
  githubApiUrl,
  holdReasons,
  integer,
  limits,
  matching,
  oneOf,
  ownRoles,
  type Parse,
  principal,
  protections,
  queueUrl,
  secretIds,
  senders,
  sourceNames,
  templates,
} from './parse.ts';

export type FunctionName = 'revoke' | 'ingest' | 'replay';

export interface Variable<T> {
  readonly name: string;
  /** The functions that do not start without it. */
  readonly requiredBy: readonly FunctionName[];
  /** What an absent or empty variable is read as; undefined: it has no default. */
  readonly fallback: string | undefined;
  readonly meaning: string;
  readonly parse: Parse<T>;
}

type Rest<T> = readonly [name: string, parse: Parse<T>, meaning: string];

const needed = <T>(requiredBy: readonly FunctionName[], ...[name, parse, meaning]: Rest<T>): Variable<T> => ({
  name,
  requiredBy,
  fallback: undefined,
  meaning,
  parse,
});

const defaulted = <T>(fallback: string, ...[name, parse, meaning]: Rest<T>): Variable<T> => ({
  name,
  requiredBy: [],
  fallback,
  meaning,
  parse,
});

const optional = <T>(...rest: Rest<T>): Variable<T> => needed([], ...rest);

const ALL = ['revoke', 'ingest', 'replay'] as const;

const arn = matching(/^arn:[\x21-\x7e]{1,2000}$/, 'an ARN');
const printable = matching(/^[\x21-\x7e]{1,2048}$/, 'printable ASCII without spaces');
const tableName = matching(/^[A-Za-z0-9_.-]{3,255}$/, 'the name of a DynamoDB table');
const serviceName = matching(/^[A-Za-z0-9_.-]{1,255}$/, 'a name of A-Z, a-z, 0-9, dots, dashes and underscores');
const busArn = matching(
  /^arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\/[A-Za-z0-9._/-]{1,256}$/,
  'the ARN of an EventBridge bus',
);

const topicArn = matching(
  /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
  'the ARN of an SNS topic, not of a .fifo topic',
);
const stackName = matching(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, 'the name of a CloudFormation stack');

const groupName = matching(/^[A-Za-z0-9_.-]{1,64}$/, 'the name of a schedule group');

/** The variables by the names that the code uses. */
export const V = {
  mode: needed(ALL, 'MODE', oneOf('enforce', 'dry-run'), '`enforce` or `dry-run`: whether revocations are sent'),
  urgentQueueUrl: needed(ALL, 'URGENT_QUEUE_URL', queueUrl, 'queue of leaked keys'),
  bulkQueueUrl: needed(ALL, 'BULK_QUEUE_URL', queueUrl, 'queue of principal-wide events and follow-up checks'),
  deadLetterQueueUrl: needed(ALL, 'DEAD_LETTER_QUEUE_URL', queueUrl, 'queue of failures and holds'),
  ledgerTable: needed(ALL, 'LEDGER_TABLE', tableName, 'DynamoDB table of the ledger'),
  tokenSecretId: optional(
    'COREWEAVE_API_TOKEN_SECRET_ID',
    printable,
    'name or ARN of the secret with the API token as plain text',
  ),
  token: optional(
    'COREWEAVE_API_TOKEN',
    printable,
    'the API token itself; only outside Lambda, or for an API on localhost',
  ),
  tokenLife: optional(
    'API_TOKEN_LIFE',
    duration('P1D', 'P3650D'),
    'life of an API token, from the day it is stored; absent: no expiry',
  ),
  apiUrl: defaulted('https://api.coreweave.com', 'COREWEAVE_API_URL', apiUrl, 'origin of the CoreWeave API'),
  apiConcurrency: defaulted(
    '8',
    'API_CONCURRENCY',
    integer(1, 128),
    'concurrent API calls and connections, per instance',
  ),
  apiTimeoutMs: defaulted('10000', 'API_TIMEOUT_MS', integer(100, 60_000), 'timeout of one API call, in milliseconds'),
  verify: defaulted('true', 'VERIFY', flag, 'whether to read back an accepted revocation'),
  // At our backoff SQS moves a message itself some 7.5 hours after it was first received (maxReceiveCount,
  // serverless.yml).
  retryHorizon: defaulted(
    'PT6H',
    'RETRY_HORIZON',
    duration('PT1S', 'PT7H'),
    'age at which a transient failure becomes a dead letter',
  ),
  staleAfter: defaulted('P7D', 'STALE_AFTER', duration('PT1S', 'P365D'), 'age at which an offboarding is held'),
  protections: defaulted(
    '[]',
    'PROTECTED',
    protections,
    'JSON list of protected keys and principals, or `@file` in the package',
  ),
  selfPrincipal: optional('SELF_PRINCIPAL', principal, 'principal of our own API token; its revocation is held'),
  organization: optional(
    'COREWEAVE_ORG_UID',
    printable,
    'our organization (`revoker whoami`), for the daily self-check',
  ),
  templates: defaulted(
    '[]',
    'PRINCIPAL_TEMPLATES',
    templates,
    'JSON list of patterns that map a person to principals, such as `["saml/{email}"]`',
  ),
  limits: defaulted(
    '{"sourcePer10Minutes":25,"sourcePerDay":100,"totalPer10Minutes":100,"totalPerDay":400}',
    'LIMITS',
    limits,
    'distinct principals per window, per source and in total',
  ),
  reconcileLimit: defaulted(
    '25',
    'RECONCILE_LIMIT',
    integer(1, 5_000),
    'principals that reconciliation revokes in a day; the others are held',
  ),
  dryRunKeep: defaulted('false', 'DRY_RUN_KEEP', flag, 'whether a dry run also keeps each event as a dead letter'),
  ownRoles: needed(
    ['revoke', 'replay'],
    'OWN_ROLES',
    ownRoles,
    'JSON of the role ids of our own functions and schedules; the template sets it',
  ),
  senders: optional(
    'SENDERS',
    senders,
    'JSON list of who may send what, or `@file` in the package; absent: a forged `source` is not detected',
  ),
  bulkQueueArn: optional('BULK_QUEUE_ARN', arn, 'target of schedules for future-dated offboardings'),
  deadLetterQueueArn: optional('DEAD_LETTER_QUEUE_ARN', arn, 'where schedules send an event that they cannot deliver'),
  schedulerRoleArn: optional('SCHEDULER_ROLE_ARN', arn, 'role of the schedules'),
  scheduleGroup: defaulted('default', 'SCHEDULE_GROUP', groupName, 'group of the schedules'),
  ingestSecrets: defaulted(
    '{}',
    'INGEST_SECRETS',
    secretIds,
    'JSON of webhook senders and names or ARNs of their secrets, such as `{"github":"hooks/github"}`',
  ),
  webhooks: defaulted(
    '{}',
    'WEBHOOKS',
    matching(/^\s*[{@]/, 'a JSON object of webhooks by name, or @file'),
    'JSON of webhooks by name, or `@file` in the package: senders of their own at `/webhook/<name>`',
  ),
  ssfIssuers: defaulted(
    '{}',
    'SSF_ISSUERS',
    matching(/^\s*[{@]/, 'a JSON object of issuers by name, or @file'),
    'JSON of issuers of security event tokens by name, or `@file` in the package: Shared Signals at `/ssf/<name>`',
  ),
  githubTokenSecretId: optional(
    'GITHUB_TOKEN_SECRET_ID',
    printable,
    'name or ARN of the secret with the GitHub token for alert lookups; absent: alerts are `unresolved`',
  ),
  githubApiUrl: defaulted(
    'https://api.github.com',
    'GITHUB_API_URL',
    githubApiUrl,
    'URL of the GitHub API: an origin, or `https://<host>/api/v3` of a GitHub Enterprise Server',
  ),
  keyIdOnly: defaulted(
    'hold',
    'KEY_ID_ONLY',
    oneOf('hold', 'revoke'),
    '`hold` or `revoke`: what to do if a sender saw only the key id',
  ),
  ownerUnknown: defaulted(
    'hold',
    'OWNER_UNKNOWN',
    oneOf('hold', 'revoke'),
    '`hold` or `revoke`: what to do about a leaked key whose owner stays unreadable, if any principal is protected',
  ),
  twoPersonApproval: defaulted(
    '[]',
    'TWO_PERSON_APPROVAL',
    holdReasons,
    'JSON list of hold reasons that two operators must approve, such as `["held-protected"]`',
  ),
  metricService: optional(
    'METRIC_SERVICE',
    serviceName,
    'dimension `Service` of the CloudWatch metrics; absent: no metrics',
  ),
  metricSources: defaulted(
    '[]',
    'METRIC_SOURCES',
    sourceNames,
    'JSON list of the `source`s that metrics name; all others are `other`',
  ),
  noticeBusArn: optional(
    'NOTICE_BUS_ARN',
    busArn,
    'ARN of the EventBridge bus for notices; `notify` needs it or the topic, and no other function reads either',
  ),
  noticeTopicArn: optional('NOTICE_TOPIC_ARN', topicArn, 'ARN of the SNS topic for notices in chat'),
  stackName: optional('STACK_NAME', stackName, 'name of the CloudFormation stack, for the commands in notices'),
  runbookUrl: defaulted('RUNBOOK.md', 'RUNBOOK_URL', printable, 'URL of the runbook, for the links in notices'),
} as const;

/** The same as a list, in the order of the documentation. */
export const VARIABLES: readonly Omit<Variable<unknown>, 'parse'>[] = Object.values(V);
