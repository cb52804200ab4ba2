/**
 * What the errors of AWS mean, for all commands. Of an SDK error only the name is known, because its message may quote
 * the request.
 */
import { DeadLettersUnavailable } from '../lib/dead-letters/iterate.ts';
import type { Environment } from '../lib/io/config/environment.ts';
import { isLoopback } from '../lib/io/config/parse.ts';
import { AdapterError } from '../lib/runtime/adapter-error.ts';
import { type Failure, START_STACK } from './failure.ts';

/** Names of services; in upper case, with `_` for a space, the end of AWS_ENDPOINT_URL_…. (AWS SDKs guide) */
export type AwsService =
  | 'CloudFormation'
  | 'CloudWatch Logs'
  | 'DynamoDB'
  | 'IAM'
  | 'Lambda'
  | 'Scheduler'
  | 'Secrets Manager'
  | 'SQS';

/** What was asked. */
export interface AwsCall {
  readonly service: AwsService;
  readonly env: Environment;
  /** The next step where only the command knows it: a permission or something that is asked for is missing. */
  readonly next: string;
}

type Explanation = Pick<Failure, 'message' | 'next'>;

interface Place {
  readonly service: AwsService;
  /** Host and port of an endpoint that is configured, else the service. */
  readonly host: string;
}

/** `next` is undefined: that of the call. */
interface Cause {
  readonly names: RegExp;
  readonly message: (place: Place) => string;
  readonly next?: string;
  /** In place of `next`, where the endpoint is on localhost. */
  readonly local?: string;
}

const CAUSES: readonly Cause[] = [
  {
    names: /^(?:ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH)$/,
    message: ({ host }) => `cannot connect to ${host}`,
    next: 'check AWS_REGION, the network and the proxy',
    local: START_STACK,
  },
  {
    names: /^(?:ENOTFOUND|EAI_AGAIN)$/,
    message: ({ host }) => `the host name of ${host} cannot be resolved`,
    next: 'check AWS_REGION and the network',
  },
  {
    names: /Timeout|^ETIMEDOUT$/,
    message: ({ host }) => `${host} did not answer in time`,
    next: 'run it again; if the error persists, check the network and the proxy',
    local: START_STACK,
  },
  {
    names: /^(?:Credentials|Token)?ProviderError$/,
    message: () => 'no AWS credentials were found',
    next: 'sign in or set AWS_PROFILE; a sign-in may have expired',
  },
  {
    names: /^(?:ExpiredToken|RequestExpired|TokenRefreshRequired)/,
    message: () => 'your AWS credentials have expired',
    next: 'sign in again',
  },
  {
    names: /^(?:UnrecognizedClient|Invalid(?:ClientTokenId|AccessKeyId|Signature)|SignatureDoesNotMatch|MissingAuth)/,
    message: () => 'AWS does not accept your credentials',
    next: 'sign in again, or check AWS_PROFILE and the clock of this machine',
  },
  {
    names: /Throttl|TooManyRequests|ThroughputExceeded|RequestLimitExceeded/,
    message: ({ service }) => `rate limited by ${service}`,
    next: 'run it again in a minute',
  },
  {
    names: /AccessDenied|NotAuthorized/,
    message: ({ service }) => `your AWS credentials lack a permission for ${service}`,
  },
  { names: /DoesNotExist|NonExistent|NotFound/, message: ({ service }) => `${service} finds no such resource` },
];

/** `name`: of the SDK's error. */
export function explainAwsError(name: string, { service, env, next }: AwsCall): Explanation {
  const variable = `AWS_ENDPOINT_URL_${service.toUpperCase().replaceAll(' ', '_')}`;
  const endpoint = URL.parse(env[variable] || env.AWS_ENDPOINT_URL || '');
  const cause = CAUSES.find(({ names }) => names.test(name));
  if (cause === undefined) return { message: `${service} failed: ${name}`, next };
  const isLocal = endpoint !== null && isLoopback(endpoint);
  return {
    message: `${cause.message({ service, host: endpoint?.host ?? service })} (${name})`,
    next: (isLocal ? cause.local : undefined) ?? cause.next ?? next,
  };
}

const QUEUE_NEXT = 'check the queue URLs, AWS_REGION and your permissions: run `revoker doctor`';
const POLICY = 'the policy of the output OperatorPolicyArn allows what is needed';

/** The next step of each code; with a service, `detail` is the name of its error. */
const ADAPTERS: Readonly<Record<AdapterError['code'], readonly [next: string, service?: AwsService]>> = {
  'token-malformed': ['store the API token as plain text: run `revoker doctor`'],
  'token-unavailable': [
    'check COREWEAVE_API_TOKEN_SECRET_ID, AWS_REGION and your right to read it: run `revoker doctor`',
    'Secrets Manager',
  ],
  'keys-unavailable': ['check that the issuer publishes its keys at the URL in SSF_ISSUERS'],
  'queue-refused': [QUEUE_NEXT, 'SQS'],
  'queue-unavailable': [QUEUE_NEXT, 'SQS'],
  'ledger-refused': ['report this: a row must always fit'],
  'ledger-unavailable': ['check LEDGER_TABLE, AWS_REGION and your permissions: run `revoker doctor`', 'DynamoDB'],
  'schedules-refused': ['report this: a schedule must always fit'],
  'schedules-unavailable': ['check AWS_REGION and your permissions', 'Scheduler'],
  'logs-unavailable': [
    'check AWS_REGION and your right to search the log groups, or export them and give --audit <file>',
    'CloudWatch Logs',
  ],
  'stack-unavailable': [`check --stack, --region and your permissions; ${POLICY}`, 'CloudFormation'],
  'role-unavailable': ['check your right to iam:GetRole on this role', 'IAM'],
  'audit-too-long': ['report this: a record must always fit'],
  'audit-unavailable': ['check where stdout and stderr go, then run it again'],
};

/** Undefined: it is no error of AWS. */
export function toAwsFailure(error: unknown, env: Environment): Failure | undefined {
  if (error instanceof AdapterError) {
    const { code, detail } = error;
    const [next, service] = ADAPTERS[code];
    const explained =
      service === undefined ? { message: detail, next } : explainAwsError(detail, { service, env, next });
    return { code, ...explained, exitCode: 1 };
  }
  if (error instanceof DeadLettersUnavailable)
    return {
      code: error.code,
      ...explainAwsError(error.detail, { service: 'SQS', env, next: QUEUE_NEXT }),
      exitCode: 1,
    };
  return undefined;
}
