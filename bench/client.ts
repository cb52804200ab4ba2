/** Runs one fresh client process (children/invoke.mjs) with a timeout; its stdout is read and discarded. */
import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CpuPin } from './machine.ts';

export interface Task {
  /** Path of a built module that exports `handler`. */
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  /** Records of each invocation. All invocations run in the same process. */
  readonly batches: readonly number[];
  readonly subject?: 'leak' | 'offboarding';
  readonly queueArn?: string;
  /** Limit of file descriptors; absent: that of this process. */
  readonly descriptors?: number;
  /** Time for all invocations (90,000 ms). The process is killed soon after. */
  readonly timeoutMs?: number;
}

export interface Invocation {
  readonly records: number;
  /** Ms of the clock that all processes share. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  /** Records that the handler reported as failed; all where it threw. */
  readonly failed: number;
}

export interface Run {
  readonly startedAt: number;
  readonly loadedAt: number;
  readonly loadCpuMs: number;
  readonly invocations: readonly Invocation[];
  /** Peak memory of the process (getrusage(2), ru_maxrss). */
  readonly maxRssMb: number;
  /** Lines on stdout. */
  readonly lines: number;
}

export const URGENT_ARN = 'arn:aws:sqs:us-east-1:000000000000:revocation-urgent';
const CHILD = fileURLToPath(new URL('./children/invoke.mjs', import.meta.url));
const TIMEOUT_MS = 90_000;
/** Time for start, loading and exit, in addition to the handler's time. */
const GRACE_MS = 10_000;
const NEWLINE = 10;
/** Characters of stderr that are kept to report why a client failed. */
const LOG_LENGTH = 4_000;

/** Nothing of the host's environment. The compile cache is off for every contestant. */
const BASICS = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  NODE_DISABLE_COMPILE_CACHE: '1',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_LAMBDA_FUNCTION_NAME: 'revoke',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
};

/** Pipes: stdin, stdout, stderr, and file descriptor 3 for the answer. */
export const startNode = (
  pin: CpuPin,
  args: readonly string[],
  { env, descriptors }: Pick<Task, 'env' | 'descriptors'>,
) => {
  const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors} && `;
  return spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', ...pin, process.execPath, ...args], {
    env: { ...BASICS, ...env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
};

/**
 * `json` is what the module wrote to file descriptor 3, undefined where that did not come in time. `lines` counts
 * stdout.
 */
export async function runModule(
  pin: CpuPin,
  args: readonly string[],
  { timeoutMs = TIMEOUT_MS, ...task }: Pick<Task, 'env' | 'descriptors' | 'timeoutMs'>,
): Promise<{ readonly json: string | undefined; readonly lines: number }> {
  const child = startNode(pin, args, task);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let lines = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === NEWLINE) lines += 1;
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log = `${log}${chunk}`.slice(-LOG_LENGTH);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs + GRACE_MS);
  const answers = child.stdio[3];
  const json = answers instanceof Readable ? await text(answers) : '';
  await ended;
  clearTimeout(timer);
  if (json === '') process.stderr.write(`\nno answer from a client: ${/^\w*Error.*$/m.exec(log)?.[0] ?? 'too late'}\n`);
  return { json: json === '' ? undefined : json, lines };
}

/** Resolves with undefined where the process gave no answer in time. */
export async function runClient(pin: CpuPin, task: Task): Promise<Run | undefined> {
  const { bundle, batches, subject = 'leak', queueArn = URGENT_ARN, timeoutMs = TIMEOUT_MS } = task;
  const spec = { bundle: pathToFileURL(bundle).href, batches, subject, queueArn, budgetMs: timeoutMs };
  const { json, lines } = await runModule(pin, [CHILD, JSON.stringify(spec)], task);
  return json === undefined ? undefined : { ...JSON.parse(json), lines };
}
