/**
 * The environment of the CLI: queues, ledger and API on localhost, the function `replay`, no other one behind the
 * queues, and the real program as a process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { run } from '../../cli/run.ts';
import { createReplayHandler } from '../../handlers/replay-handler.ts';
import { replayServices } from '../../handlers/replay-services.ts';
import { type DeadLetter, serializeDeadLetter } from '../../lib/dead-letters/dead-letter.ts';
import type { NewKey } from '../../local/coreweave/keys.ts';
import { type FakeApi, startFakeApi } from '../../local/coreweave/server.ts';
import { startLambdaServer } from '../../local/lambda-server.ts';
import type { QueueFaults } from '../../local/queue/faults.ts';
import { startQueueServer } from '../../local/queue-server.ts';
import { createQueues, localSqs, type Queues, readBodies } from '../../local/queues.ts';
import { createLedgerTable, startTableServer } from '../../local/table-server.ts';
import { LOCAL_ROLES, SERVICE, TABLE, variablesFor } from '../../local/variables.ts';
import { until } from '../e2e/wait.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { withoutLongPolls } from '../support/long-polls.ts';

export const PROGRAM = join(import.meta.dirname, '../../bin/revoker.ts');
/** Starts in half the time. Needs `npm run build`. */
export const BUILT_PROGRAM = join(import.meta.dirname, '../../dist/cli/revoker.mjs');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves once stderr holds the text. */
  told(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** PROGRAM, unless given. */
  readonly program?: string;
}

export interface RunHereOptions extends RunOptions {
  /** What is typed at a terminal; without any there is none. */
  readonly answers?: readonly string[];
}

/** Nothing of the host's: no credentials, no profile, no region but ours; STS is refused at once. */
export const BARE = {
  PATH: process.env.PATH,
  XDG_CACHE_HOME: join(import.meta.dirname, '../../node_modules/.cache'),
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9',
};

/** Takes arguments; starts the program with these variables and no others. */
function start(args: readonly string[], { env = BARE, input = '', program = PROGRAM }: RunOptions = {}): Running {
  const child = spawn(process.execPath, ['--', program, ...args], { env, stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    ended,
    told: async (text) => void (await until(text, () => (stderr.includes(text) ? true : undefined))),
  };
}

/** Takes arguments; resolves with how the program ended. */
export const runProgram = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  start(args, options).ended;

/** Runs the same command in this process, which is a second cheaper. The SDK reads the environment of this process. */
export async function runHere(
  args: readonly string[],
  { env = BARE, input = '', answers }: RunHereOptions = {},
): Promise<Ended> {
  const terminal = fakeTerminal({ input, ...(answers === undefined ? {} : { isTTY: true, answers }) });
  const code = await run(args, { terminal, env: { ...env } });
  return { code, stdout: terminal.out, stderr: terminal.err };
}

export interface Stand {
  readonly api: FakeApi;
  readonly queues: Queues;
  readonly sqs: SQSClient;
  readonly queueFaults: QueueFaults;
  /** What points the program to this stand. */
  readonly env: NodeJS.ProcessEnv;
  /** The audit log of the function `replay`, line by line. */
  readonly records: readonly string[];
  /** A folder for files, gone with the stand. */
  readonly folder: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  start(args: readonly string[], options?: RunOptions): Running;
  /** Puts sealed dead letters onto the dead-letter queue. */
  addDeadLetters(...deadLetters: readonly DeadLetter[]): Promise<void>;
  /** Puts a text onto a queue. */
  put(queue: keyof Queues, body: string): Promise<void>;
  /** Takes the bodies of all messages that are visible on a queue, and leaves them hidden. */
  take(queue: keyof Queues): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Points the SDK of this process, which reads the environment, to a stand, until that is closed. */
export function enterEnvironment(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}

export const leaveEnvironment = (): void => void vi.unstubAllEnvs();

/**
 * In this process, so that the environment of the stand must be entered. Each invocation is a cold start.
 */
const replayFunction = (env: () => NodeJS.ProcessEnv, records: string[]) => ({
  invoke(event: unknown): Promise<unknown> {
    const out = new PassThrough().setEncoding('utf8');
    out.on('data', (text: string) => records.push(...text.trimEnd().split('\n')));
    const variables = { ...env(), METRIC_SERVICE: '', TWO_PERSON_APPROVAL: process.env.TWO_PERSON_APPROVAL };
    const handler = createReplayHandler(replayServices(variables, out));
    return handler(event, { awsRequestId: 'request', getRemainingTimeInMillis: () => 900_000 });
  },
});

/** Starts everything on free ports. */
export async function startStand(seed: readonly NewKey[] = []): Promise<Stand> {
  const [server, tables, api] = await Promise.all([
    startQueueServer({ onRequest: withoutLongPolls }),
    startTableServer(),
    startFakeApi({ seed }),
  ]);
  await createLedgerTable(tables.endpoint, TABLE);
  const queues = await createQueues(server.endpoint);
  const records: string[] = [];
  const lambda = await startLambdaServer({ [`${SERVICE}-replay`]: replayFunction(() => env, records) });
  const sqs = localSqs(server.endpoint);
  /** The function that writes dead letters. */
  const revoke = localSqs(server.endpoint, 3, LOCAL_ROLES.revoke);
  const folder = mkdtempSync(join(tmpdir(), 'revoker-'));
  const env = {
    ...BARE,
    ...variablesFor({ queues, api, sqs: server.endpoint, dynamodb: tables.endpoint, lambda: lambda.endpoint }),
    SELF_PRINCIPAL: 'coreweave/uRevocationHandler',
    XDG_STATE_HOME: join(folder, 'state'),
  };
  const put = async (
    queue: keyof Queues,
    body: string,
    attributes: Readonly<Record<string, string>> = {},
    client = sqs,
  ): Promise<void> => {
    const texts = Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]);
    await client.send(
      new SendMessageCommand({
        QueueUrl: queues[queue].url,
        MessageBody: body,
        MessageAttributes: Object.fromEntries(texts),
      }),
    );
  };
  return {
    api,
    queues,
    sqs,
    queueFaults: server.faults,
    records,
    env,
    folder,
    run: (args, options = {}) => runProgram(args, { ...options, env: options.env ?? env }),
    start: (args, options = {}) => start(args, { ...options, env: options.env ?? env }),
    async addDeadLetters(...deadLetters) {
      await Promise.all(
        deadLetters
          .map(serializeDeadLetter)
          .map(({ body, attributes }) => put('deadLetters', body, attributes, revoke)),
      );
    },
    put: (queue, body) => put(queue, body),
    take: (queue) => readBodies(sqs, queues[queue], 600),
    async close() {
      leaveEnvironment();
      await Promise.all([api.close(), server.close(), tables.close(), lambda.close()]);
      sqs.destroy();
      revoke.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
