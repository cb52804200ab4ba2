/** Runs one fresh client process (children/invoke.mjs), its stdout drained, its time bounded. */
import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CpuPin } from './machine.ts';

export interface Task {
  /** Path of a built module that exports `handler`. */
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  /** Records of each invocation, one after the other in the same process. */
  readonly batches: readonly number[];
  readonly subject?: 'leak' | 'leaver';
  readonly queueArn?: string;
  /** File descriptors at most; absent: as many as this process. */
  readonly descriptors?: number;
  /** What the handler is given for all its invocations (90,000 ms); its process is ended soon after. */
  readonly timeoutMs?: number;
}

export interface Invocation {
  readonly records: number;
  /** ms on the clock that all processes share. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** User and system, all threads. */
  readonly cpuMs: number;
  /** Records that the handler reported as failed; all when it threw. */
  readonly failed: number;
}

export interface Run {
  readonly startedAt: number;
  readonly loadedAt: number;
  readonly loadCpuMs: number;
  readonly invocations: readonly Invocation[];
  /** The most that the process ever held (getrusage(2), ru_maxrss). */
  readonly maxRssMb: number;
  /** Lines that came by stdout. */
  readonly lines: number;
}

export const URGENT_ARN = 'arn:aws:sqs:us-east-1:000000000000:revocation-urgent';
const CHILD = fileURLToPath(new URL('./children/invoke.mjs', import.meta.url));
const TIMEOUT_MS = 90_000;
/** What starting, loading and ending may take beyond the time that the handler is given. */
const GRACE_MS = 10_000;
const NEWLINE = 10;
/** Characters of a client's stderr that are kept to say why it failed. */
const LOG_LENGTH = 4_000;

/** Nothing of the host's environment; the compile cache is off for all. */
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

/** The command, its environment, and pipes: stdout and stderr to be drained, 3 for the answer. */
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
 * Runs a module to its end; resolves with the JSON that it wrote to file descriptor 3 (undefined: none in time) and
 * the lines that came by stdout.
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

/**
 * Takes how clients are pinned and a task; resolves with what the process measured, undefined when it gave no answer
 * in time.
 */
export async function runClient(pin: CpuPin, task: Task): Promise<Run | undefined> {
  const { bundle, batches, subject = 'leak', queueArn = URGENT_ARN, timeoutMs = TIMEOUT_MS } = task;
  const spec = { bundle: pathToFileURL(bundle).href, batches, subject, queueArn, budgetMs: timeoutMs };
  const { json, lines } = await runModule(pin, [CHILD, JSON.stringify(spec)], task);
  return json === undefined ? undefined : { ...JSON.parse(json), lines };
}
