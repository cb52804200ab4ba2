/** The localhost stack: queues, ledger, schedules, the strict fake API, and the built bundle behind two mappings. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { NewKey } from './coreweave/keys.ts';
import { type FakeApi, startFakeApi } from './coreweave/server.ts';
import { createFunction } from './function.ts';
import { startInvokedFunctions } from './invoked.ts';
import { withDueChecks } from './mapping/due-checks.ts';
import { startMapping } from './mapping.ts';
import { type QueueServerOptions, startQueueServer } from './queue-server.ts';
import { countMessages, createQueues, localSqs, type QueueNumbers, type Queues, readBodies } from './queues.ts';
import { type SchedulerServer, startSchedulerServer } from './scheduler-server.ts';
import { createLedgerTable, startTableServer } from './table-server.ts';
import { actAs, BUNDLE, LOCAL_ROLES, TABLE, variablesFor } from './variables.ts';

export type Lane = 'urgent' | 'bulk';

/** Seconds for which a dead letter that was read stays hidden: longer than a test. */
const HIDDEN_S = 600;

export interface StackOptions extends QueueServerOptions {
  /** Adds to, or overrides, the function's variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly seed?: readonly NewKey[];
  readonly latencyMs?: number;
  readonly numbers?: { readonly urgent?: QueueNumbers; readonly bulk?: QueueNumbers };
  readonly batchSize?: number;
  readonly timeoutMs?: number;
  /** Follow-up checks count as sent long ago, for tests that send them in time's place. */
  readonly checksAreDue?: boolean;
  /** Each line of the audit log. */
  onAudit(line: string): void;
  /** Each line of the operational log. */
  onLog(line: string): void;
}

export interface Stack {
  readonly api: FakeApi;
  readonly scheduler: SchedulerServer;
  readonly queues: Queues;
  readonly sqsEndpoint: string;
  readonly ledgerEndpoint: string;
  /** Of the functions `replay` and `reconcile`, which no schedule invokes here. */
  readonly lambdaEndpoint: string;
  /** `accessKeyId`: what SQS then names as the sender. Resolves with the message's id. */
  send(lane: Lane, body: string, attributes?: Readonly<Record<string, string>>, accessKeyId?: string): Promise<string>;
  /** Resolves when nothing is visible on either lane and no invocation runs; messages may be hidden or delayed. */
  idle(): Promise<void>;
  /** Invokes the function `reconcile`; rejects as it does. */
  reconcile(request: object): Promise<unknown>;
  /** The next invocation is a cold start, once nothing runs. */
  recycle(): Promise<void>;
  /** Bodies of all dead letters, which stay on the queue, hidden for ten minutes. */
  deadLetters(): Promise<readonly string[]>;
  /** Messages on a queue: visible, hidden and delayed. */
  depth(queue: keyof Queues): Promise<number>;
  close(): Promise<void>;
}

/** Starts everything on free ports. Rejects when the bundle was not built, with the first invocation. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const server = await startQueueServer(options);
  const queues = await createQueues(server.endpoint, options.numbers);
  const tables = await startTableServer();
  await createLedgerTable(tables.endpoint, TABLE);
  const api = await startFakeApi({ seed: options.seed ?? [], latencyMs: options.latencyMs ?? 0 });
  const client = createClient(server.endpoint, queues);
  const scheduler = await startSchedulerServer({
    deliver: async (_arn, body) => void (await client.send('bulk', body, {}, LOCAL_ROLES.scheduler)),
  });
  const endpoints = { sqs: server.endpoint, dynamodb: tables.endpoint, scheduler: scheduler.endpoint };
  const env = { ...variablesFor({ queues, api, ...endpoints }), ...actAs('revoke'), ...options.env };
  const { fn, mappings } = await startFunction(options, env, { sqs: client.sqs, queues });
  const invoked = await startInvokedFunctions({ ...options, env });
  return {
    api,
    scheduler,
    queues,
    sqsEndpoint: server.endpoint,
    ledgerEndpoint: tables.endpoint,
    lambdaEndpoint: invoked.endpoint,
    send: client.send,
    idle: async () => void (await Promise.all(mappings.map((mapping) => mapping.idle()))),
    reconcile: (request) => invoked.reconcile.invoke(request),
    recycle: () => fn.recycle(),
    deadLetters: client.deadLetters,
    depth: client.depth,
    async close() {
      const servers = [fn, invoked, api, scheduler, server];
      await Promise.all([...mappings.map((mapping) => mapping.stop()), ...servers.map((each) => each.close())]);
      await tables.close();
      client.close();
    },
  };
}

/** The function behind a mapping for each lane. */
async function startFunction(
  options: StackOptions,
  env: Readonly<Record<string, string>>,
  { sqs, queues }: { readonly sqs: SQSClient; readonly queues: Queues },
) {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const fn = createFunction({
    bundle: BUNDLE,
    env,
    timeoutMs,
    maximumConcurrency: 4,
    onStdout: options.onAudit,
    onStderr: options.onLog,
  });
  const mappings = await Promise.all(
    (['urgent', 'bulk'] as const).map((lane) =>
      startMapping({
        sqs,
        queue: queues[lane],
        batchSize: options.batchSize ?? 10,
        windowMs: 0,
        maximumConcurrency: 2,
        functionTimeoutMs: timeoutMs,
        beyondLimits: true,
        invoke: (event) => fn.invoke(options.checksAreDue ? withDueChecks(event) : event),
      }),
    ),
  );
  return { fn, mappings };
}

/** The test's own access to the queues, under any access key. */
function createClient(endpoint: string, queues: Queues) {
  const sqs = localSqs(endpoint);
  const clients = new Map([['local', sqs]]);
  const clientOf = (accessKeyId: string): SQSClient => {
    const client = clients.get(accessKeyId) ?? localSqs(endpoint, 3, accessKeyId);
    clients.set(accessKeyId, client);
    return client;
  };
  const send: Stack['send'] = async (lane, body, attributes = {}, accessKeyId = 'local') => {
    const texts = Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]);
    const message = { QueueUrl: queues[lane].url, MessageBody: body, MessageAttributes: Object.fromEntries(texts) };
    return (await clientOf(accessKeyId).send(new SendMessageCommand(message))).MessageId ?? '';
  };
  return {
    sqs,
    send,
    deadLetters: () => readBodies(sqs, queues.deadLetters, HIDDEN_S),
    depth: (queue: keyof Queues) => countMessages(sqs, queues[queue]),
    close(): void {
      for (const client of clients.values()) client.destroy();
    },
  };
}
