/** Failures of commands: a stable code, a message and the next step. Never a stack trace, never a secret. */
import type { ApiResponse } from '../lib/coreweave/api.ts';
import { AdapterError } from '../lib/io/aws/sdk.ts';
import { ConfigError } from '../lib/io/config/environment.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  /** 1: something failed. 2: usage error (arguments, files, configuration). 130: cancelled, as a shell reports it. */
  readonly exitCode: 1 | 2 | 130;
}

/** Thrown by commands. Of a message, the texts contain ids at most. They are sanitized when they are printed. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly failure: Failure;

  constructor(failure: Omit<Failure, 'exitCode'> & { readonly exitCode?: Failure['exitCode'] }) {
    super(failure.message);
    this.failure = { exitCode: 1, ...failure };
  }
}

/** A failure with exit code 2. */
export const usageError = (code: string, message: string, next: string): CliError =>
  new CliError({ code, message, next, exitCode: 2 });

const QUEUE_NEXT = 'check the queue URLs, AWS_REGION and your AWS credentials: run `revoker doctor`';
const TOKEN_NEXT = 'check COREWEAVE_API_TOKEN_SECRET_ID, AWS_REGION and your right to read it: run `revoker doctor`';
const LOGS_NEXT = 'check AWS_REGION and your right to search the log groups, or export them and give --audit <file>';
const STACK_NEXT =
  'check --stack, --region and your AWS credentials; the policy of the output OperatorPolicyArn allows what is needed';
const LEDGER_NEXT = 'check LEDGER_TABLE, AWS_REGION and your AWS credentials: run `revoker doctor`';

const ADAPTER_NEXT: Readonly<Record<AdapterError['code'], string>> = {
  'token-malformed': 'store the API token as plain text: run `revoker doctor`',
  'token-unavailable': TOKEN_NEXT,
  'keys-unavailable': 'check that the issuer publishes its keys at the URL in SSF_ISSUERS',
  'queue-refused': QUEUE_NEXT,
  'queue-unavailable': QUEUE_NEXT,
  'logs-unavailable': LOGS_NEXT,
  'stack-unavailable': STACK_NEXT,
  'role-unavailable': 'check your AWS credentials and your right to iam:GetRole on this role',
  'audit-too-long': 'report this: a record must always fit',
  'audit-unavailable': 'check where stdout and stderr go, then run it again',
};

/** Messages of the ledger's adapters: the operation, then the name of the SDK's error. */
const LEDGER =
  /^(?:GetItem|BatchGetItem|PutItem|DeleteItem|UpdateItem|Scan) (?:failed|refused): [A-Za-z0-9_.: -]{1,80}$/;
/** Codes of Node's file errors. Their messages are not printed, because they contain paths. */
const FILE_CODES = new Set(['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EPERM', 'EROFS', 'ENOSPC', 'EEXIST']);

/** The failure of any thrown value. Of an unknown error only its name is printed. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CliError) return error.failure;
  if (error instanceof ConfigError) {
    const message = error.problems.join('\n');
    const next = 'name the deployed stack with --stack, or set it in a file given by --env-file: `revoker doctor`';
    return { code: error.code, message, next, exitCode: 2 };
  }
  if (error instanceof AdapterError) {
    return { code: error.code, message: error.detail, next: ADAPTER_NEXT[error.code], exitCode: 1 };
  }
  if (error instanceof Error && LEDGER.test(error.message)) {
    return { code: 'ledger-unavailable', message: error.message, next: LEDGER_NEXT, exitCode: 1 };
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return (code === undefined ? undefined : codedFailure(code)) ?? unexpectedFailure(error);
}

/** Of an error whose code is known or is one of ours: those are in lower case, and their messages hold no data. */
function codedFailure(code: string): Failure | undefined {
  if (FILE_CODES.has(code)) {
    const message = `the file cannot be used (${code})`;
    return { code: 'file-unusable', message, next: 'check its path and rights', exitCode: 2 };
  }
  if (!/^[a-z][a-z-]{2,40}$/.test(code)) return undefined;
  const next = 'run `revoker doctor`, then try again';
  return { code, message: 'the operation could not be completed', next, exitCode: 1 };
}

function unexpectedFailure(error: unknown): Failure {
  const name = error instanceof Error && /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : 'unknown';
  const next = 'run `revoker doctor`; if all is well there, report it';
  return { code: 'internal', message: `unexpected failure (${name})`, next, exitCode: 1 };
}

type ApiFailure = Pick<Failure, 'code' | 'message' | 'next'>;

const API_FAILURES_BY_STATUS: ReadonlyMap<number, ApiFailure> = new Map([
  [
    401,
    {
      code: 'api-unauthenticated',
      message: 'the API refused the token (401)',
      next: 'store a valid API token in the secret or in COREWEAVE_API_TOKEN',
    },
  ],
  [
    403,
    {
      code: 'api-forbidden',
      message: 'the token lacks a permission (403)',
      next: 'run `revoker doctor` to find the missing permission',
    },
  ],
  [429, { code: 'api-throttled', message: 'API rate limit exceeded (429)', next: 'retry in a minute' }],
]);
const API_DOWN: ApiFailure = {
  code: 'api-unavailable',
  message: 'the API returned an unexpected response',
  next: 'retry; if the error persists, check the status page of CoreWeave',
};
const NOT_THE_API: ApiFailure = {
  code: 'api-misdirected',
  message: 'the response is not from the CoreWeave API',
  next: 'check COREWEAVE_API_URL and proxies',
};
const NO_TOKEN: ApiFailure = {
  code: 'token-unavailable',
  message: 'no API token available',
  next: 'check COREWEAVE_API_TOKEN_SECRET_ID, AWS_REGION and your permission to read the secret',
};
const API_UNREACHABLE: ApiFailure = {
  code: 'api-unreachable',
  message: 'the API could not be reached',
  next: 'check COREWEAVE_API_URL and the network',
};

/** The failure of an API call that gave no usable response. A 200 here has a body that cannot be read. */
export function toApiFailure(observed: ApiResponse): ApiFailure {
  if (observed.kind === 'fault') return observed.fault === 'token' ? NO_TOKEN : API_UNREACHABLE;
  const { status } = observed;
  return API_FAILURES_BY_STATUS.get(status) ?? (status >= 500 || status === 200 ? API_DOWN : NOT_THE_API);
}

export const apiError = (observed: ApiResponse): CliError => new CliError(toApiFailure(observed));
