/** Failures of commands: a stable code, a message and the next step. Never a stack trace, never a secret. */
import { ConfigError } from '../lib/io/config/environment.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  /** 1: something failed. 2: usage error (arguments, files, configuration). 130: cancelled, as a shell reports it. */
  readonly exitCode: 1 | 2 | 130;
  /** The operator's own answer: no error, and nothing to do next. */
  readonly declined?: true;
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

/** The next step where nothing listens at an address of this machine. */
export const START_STACK =
  'is the localhost stack running? Start it with `npm start -- --watch`, and use the function `revoker` that it prints';

/** The next step after a ConfigError. */
export const CONFIGURATION_NEXT = 'name the deployed stack with --stack, or set it in a file given by --env-file';

/** By the codes of Node's file errors, after the name of the file. */
const FILE_PROBLEMS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist'],
  ['EACCES', 'may not be accessed'],
  ['EPERM', 'may not be accessed'],
  ['EISDIR', 'is a directory'],
  ['ENOTDIR', 'is not in a directory'],
  ['EEXIST', 'exists already'],
  ['EROFS', 'is on a read-only file system'],
  ['ENOSPC', 'does not fit: the disk is full'],
]);

/** The code of an error of Node, such as ENOENT. */
export const nodeCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** In words, why a file cannot be read. `code`: of Node's error. */
export function describeReadError(path: string, code = 'unknown'): string {
  if (code === 'EACCES' || code === 'EPERM') return `${path} may not be read`;
  return `${path} ${FILE_PROBLEMS.get(code) ?? `cannot be read (${code})`}`;
}

/** The failure of a thrown value that is not of AWS. Of an unknown error only its name is printed. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CliError) return error.failure;
  if (error instanceof ConfigError) {
    const message = error.problems.join('\n');
    return { code: error.code, message, next: `${CONFIGURATION_NEXT}: \`revoker doctor\``, exitCode: 2 };
  }
  return codedFailure(error) ?? unexpectedFailure(error);
}

/** Of an error whose code is known or is one of ours: those are in lower case, and their messages hold no data. */
function codedFailure(error: unknown): Failure | undefined {
  const code = nodeCode(error) ?? '';
  const problem = FILE_PROBLEMS.get(code);
  if (problem !== undefined) {
    const path = error instanceof Error && 'path' in error ? String(error.path) : 'the file';
    return { code: 'file-unusable', message: `${path} ${problem}`, next: 'check its path and rights', exitCode: 2 };
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
