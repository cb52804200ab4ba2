/**
 * One Lambda execution environment: a child process without the host's environment. It loads a bundle once and runs one
 * invocation at a time. A timeout or a crash terminates it, as on Lambda; it is not frozen between invocations.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Lines, readLines } from './environment/lines.ts';
import type { Invoke, Report } from './environment/protocol.ts';

export interface EnvironmentOptions {
  /** Path of a built module that exports `handler`. */
  readonly bundle: string;
  /** The child's environment, in addition to the basic variables of Lambda, which it may override. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** How long loading the bundle may take (10,000 ms, as on Lambda). */
  readonly initTimeoutMs?: number;
  /** Each line that the function writes. Lines of an invocation precede its result. */
  onStdout?(line: string): void;
  onStderr?(line: string): void;
}

export interface Environment {
  /**
   * Runs the function. Resolves with its result after a JSON round trip. Rejects with a FunctionError if it throws,
   * cannot be loaded (its own error), times out (`Sandbox.Timedout`) or ends its process (`Runtime.ExitError`).
   */
  invoke(event: unknown): Promise<unknown>;
  /** False if its process has ended or is about to: start another one. */
  readonly alive: boolean;
  /** Resolves when the process has ended. */
  kill(): Promise<void>;
}

/** A failed invocation, as Lambda reports it. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  readonly errorType: string;
  constructor(errorType: string, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

/** Nothing of the host: the SDK finds no profile, no credentials and no instance metadata. */
const BASICS = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  HOME: '/nonexistent',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_LAMBDA_FUNCTION_NAME: 'revoke',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
};
/**
 * How Lambda's start script divides the function's memory (MB) between V8's spaces. Without it V8 uses the host's
 * memory.
 */
export const heapFlags = (memory: number): readonly string[] => {
  const newSpace = Math.floor(memory / 10);
  return [`--max-semi-space-size=${Math.floor(newSpace / 2)}`, `--max-old-space-size=${memory - newSpace}`];
};
const CHILD = fileURLToPath(new URL('./environment-child.ts', import.meta.url));
const INIT_TIMEOUT_MS = 10_000;

interface Child {
  readonly process: ChildProcess;
  readonly outputs: readonly Lines[];
  /** Resolves when the process has ended and all its output was read. */
  readonly closed: Promise<'closed'>;
}

const startChild = ({ bundle, env, onStdout = () => {}, onStderr = () => {} }: EnvironmentOptions): Child => {
  const variables = { ...BASICS, ...env };
  const { NODE_COMPILE_CACHE: cache } = process.env;
  const child = fork(CHILD, [bundle], {
    // Node's cache of compiled code, where the host has one: the child hides it from the function.
    env: { ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }), ...variables },
    execArgv: [
      '--disable-warning=ExperimentalWarning',
      ...heapFlags(Number(variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE)),
    ],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the streams of the child are piped');
  // A message to a process that is about to end fails; the end of the process is reported instead.
  child.on('error', () => {});
  const closed = new Promise<'closed'>((resolve) => child.once('close', () => resolve('closed')));
  return { process: child, outputs: [readLines(stdout, onStdout), readLines(stderr, onStderr)], closed };
};

/** The next report of the child. Rejects if the process ends first, or is killed after `ms`. */
const nextReport = async ({ process: child, closed }: Child, ms: number): Promise<Report> => {
  const settled = new AbortController();
  const report = new Promise<Report>((resolve) => child.once('message', (message: Report) => resolve(message)));
  const late = pause<'late'>(ms, 'late', { signal: settled.signal });
  const first = await Promise.race([report, closed, late]).finally(() => settled.abort());
  if (first === 'late') {
    child.kill('SIGKILL');
    await closed;
    throw new FunctionError('Sandbox.Timedout', `Task timed out after ${(ms / 1_000).toFixed(2)} seconds`);
  }
  if (first === 'closed') throw new FunctionError('Runtime.ExitError', 'the process of the function ended');
  return first;
};

/** The result in a report; rejects for a failure. */
const answerOf = (report: Report): unknown => {
  if (report.kind === 'failed') throw new FunctionError(report.errorType, report.errorMessage);
  return report.kind === 'returned' ? JSON.parse(report.json) : undefined;
};

const invokeIn = async (child: Child, event: unknown, timeoutMs: number): Promise<unknown> => {
  const invocation: Invoke = { requestId: randomUUID(), event, deadline: Date.now() + timeoutMs };
  const ended = Promise.all(child.outputs.map((lines) => lines.ended(invocation.requestId)));
  child.process.send(invocation);
  const report = await nextReport(child, timeoutMs);
  await Promise.race([ended, child.closed]);
  return answerOf(report);
};

/** Starts an environment: its process loads the bundle at once, the first invocation waits for it. */
export const startEnvironment = (options: EnvironmentOptions): Environment => {
  const child = startChild(options);
  let alive = true;
  const end = async (): Promise<void> => {
    alive = false;
    child.process.kill('SIGKILL');
    await child.closed;
  };
  const ready = nextReport(child, options.initTimeoutMs ?? INIT_TIMEOUT_MS).then(answerOf);
  // The invocations that wait for it report the failure.
  ready.catch(end);
  void child.closed.then(() => {
    alive = false;
  });
  return {
    get alive() {
      return alive;
    },
    async invoke(event) {
      await ready;
      return invokeIn(child, event, options.timeoutMs);
    },
    kill: end,
  };
};
