/**
 * One execution environment: the packaged function on the runtime client, as a user without rights that cannot write a
 * file.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject, onTestFinished } from 'vitest';
import { readLines } from '../../local/environment/lines.ts';
import { heapFlags } from '../../local/environment.ts';
import { type Posted, startRuntimeApi } from './runtime-api.ts';

export interface Execution {
  readonly pid: number;
  /** Sends the event. Resolves with what the client posts, or with how the process ended instead. */
  invoke(event: unknown): Promise<Posted | Ended>;
  /** What the client posts without an invocation, or how the process ended. */
  start(): Promise<Posted | Ended>;
  readonly ended: Promise<Ended>;
  /** Kills the process, and resolves when all that it wrote was read. */
  stop(): Promise<Ended>;
  /** Each line of its standard output and standard error. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

export interface Ended {
  readonly kind: 'ended';
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ExecutionOptions {
  /** As in the template, such as `dist/handlers/revoke.handler`. */
  readonly handler: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folder of the function; that of the package if absent. */
  readonly task?: string;
  readonly nodeOptions?: readonly string[];
}

const COLD_START_MS = 10_000;

/** The user of Lambda's sandbox. Only root can run a process as another user. */
const SANDBOX_USER = process.getuid?.() === 0 ? { uid: 993, gid: 990 } : {};

/** Reading and native addons are allowed; writing files, child processes and workers are not. */
const READ_ONLY = ['--permission', '--allow-fs-read=*', '--allow-addons', '--disable-warning=SecurityWarning'];

/** What Lambda sets. (Lambda developer guide, defined runtime environment variables) */
const variables = (task: string, handler: string, memory: number, address: string): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  HOME: '/home/sbx_user1051',
  LAMBDA_TASK_ROOT: task,
  _HANDLER: handler,
  AWS_LAMBDA_RUNTIME_API: address,
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_FUNCTION_NAME: 'packaged',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/packaged',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/23/[$LATEST]0123456789abcdef',
  AWS_LAMBDA_LOG_FORMAT: 'JSON',
  AWS_LAMBDA_LOG_LEVEL: 'INFO',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
});

/** Starts the process. It is killed at the end of the test. */
export const startExecution = async ({
  handler,
  env,
  task,
  nodeOptions = [],
}: ExecutionOptions): Promise<Execution> => {
  const packaged = inject('packaged');
  const { memory = 512, timeoutS = 30 } = packaged.functions.find((each) => each.handler === handler) ?? {};
  const api = await startRuntimeApi();
  const folder = task ?? packaged.task;
  const flags = [...READ_ONLY, ...heapFlags(memory), ...nodeOptions];
  const child = spawn(packaged.node, [...flags, packaged.entry, handler], {
    ...SANDBOX_USER,
    cwd: folder,
    env: { ...variables(folder, handler, memory, api.address), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ kind: 'ended', code, signal }));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    await api.close();
  });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  readLines(child.stdout, (line) => stdout.push(line));
  readLines(child.stderr, (line) => stderr.push(line));
  /** Lambda kills a function that is late. Here it also has the time of a cold start on a busy machine. */
  const inTime = async (posted: Promise<Posted>): Promise<Posted | Ended> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutS * 1_000 + COLD_START_MS);
    return Promise.race([posted, ended]).finally(() => clearTimeout(timer));
  };
  return {
    pid: Number(child.pid),
    invoke: (event) => inTime(api.invoke(event, timeoutS * 1_000)),
    start: () => inTime(api.posted()),
    ended,
    stop() {
      child.kill('SIGKILL');
      return ended;
    },
    stdout,
    stderr,
  };
};
