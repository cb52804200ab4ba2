/** What went wrong, for a person and for a script: a stable code, a sentence, and what to do next. Never a stack, never a secret. */
import { AdapterError } from '../lib/io/aws/sdk.ts';
import { ConfigError } from '../lib/io/config/environment.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  /** 1 something failed, 2 wrong use (arguments, files, configuration). */
  readonly exitCode: 1 | 2;
}

/** Thrown by commands. The sentence and the next step hold nothing of a message but ids; they are sanitised when printed. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly failure: Failure;

  constructor(failure: Omit<Failure, 'exitCode'> & { readonly exitCode?: 1 | 2 }) {
    super(failure.message);
    this.failure = { exitCode: 1, ...failure };
  }
}

/** Takes a code, a sentence and what to do; returns the error of wrong use (exit 2). */
export const wrongUse = (code: string, message: string, next: string): CliError =>
  new CliError({ code, message, next, exitCode: 2 });

const QUEUE_NEXT = 'check the queue URLs, AWS_REGION and your AWS credentials: run `revoker doctor`';
const TOKEN_NEXT = 'check COREWEAVE_API_TOKEN_SECRET_ID, AWS_REGION and your right to read it: run `revoker doctor`';
const LEDGER_NEXT = 'check LEDGER_TABLE, AWS_REGION and your AWS credentials: run `revoker doctor`';

const ADAPTER_NEXT: Readonly<Record<AdapterError['code'], string>> = {
  'token-malformed': 'store the API token as plain text: run `revoker doctor`',
  'token-unavailable': TOKEN_NEXT,
  'queue-refused': QUEUE_NEXT,
  'queue-unavailable': QUEUE_NEXT,
  'audit-too-long': 'report this: a record must always fit',
  'audit-unavailable': 'check where stdout and stderr go, then run it again',
};

/** What the ledger's adapters say: the operation, and the name of the SDK's error. */
const LEDGER = /^(?:GetItem|PutItem|DeleteItem|UpdateItem|Scan) (?:failed|refused): [A-Za-z0-9_.: -]{1,80}$/;
/** How Node names errors of files: by code, so that no path of a message is repeated. */
const FILE_CODES = new Set(['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EPERM', 'EROFS', 'ENOSPC', 'EEXIST']);

/** Takes whatever was thrown; returns what is said of it. What nobody foresaw is told by its name alone. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) return error.failure;
  if (error instanceof ConfigError) {
    const message = error.problems.join('\n');
    const next = 'set it in the environment or in a file given by --env-file; `revoker doctor` checks all of it';
    return { code: error.code, message, next, exitCode: 2 };
  }
  if (error instanceof AdapterError) {
    return { code: error.code, message: error.detail, next: ADAPTER_NEXT[error.code], exitCode: 1 };
  }
  if (error instanceof Error && LEDGER.test(error.message)) {
    return { code: 'ledger-unavailable', message: error.message, next: LEDGER_NEXT, exitCode: 1 };
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined && FILE_CODES.has(code)) {
    return {
      code: 'file-unusable',
      message: `the file cannot be used (${code})`,
      next: 'check its path and rights',
      exitCode: 2,
    };
  }
  // Errors of our own flows have stable codes in lower case and no data in their sentences.
  if (code !== undefined && /^[a-z][a-z-]{2,40}$/.test(code)) {
    return {
      code,
      message: 'the operation could not be completed',
      next: 'run `revoker doctor`, then try again',
      exitCode: 1,
    };
  }
  const name = error instanceof Error && /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : 'unknown';
  return {
    code: 'internal',
    message: `unexpected failure (${name})`,
    next: 'run `revoker doctor`; if all is well there, report it',
    exitCode: 1,
  };
}
