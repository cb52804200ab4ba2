/**
 * The stack of the demo on localhost: queues, ledger, scheduler, API, and one function per lane from the built bundle
 * behind its event source mapping, with the numbers of `serverless.yml`. A third function runs in dry-run mode, and
 * `ingest` takes webhooks.
 */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { type FakeApi, startFakeApi } from '../coreweave/server.ts';
import { createFunction } from '../function.ts';
import { startInvokedFunctions } from '../invoked.ts';
import { withDueChecks } from '../mapping/due-checks.ts';
import { startMapping } from '../mapping.ts';
import { type QueueServerOptions, startQueueServer } from '../queue-server.ts';
import { createQueues, localSqs, type Queue } from '../queues.ts';
import { startSchedulerServer } from '../scheduler-server.ts';
import { startStsServer } from '../sts-server.ts';
import { createLedgerTable, startTableServer } from '../table-server.ts';
import { actAs, BUNDLE, LOCAL_ROLES, SERVICE, TABLE, variablesFor } from '../variables.ts';
import { KEYS, SETTINGS } from './organization.ts';
import { createDryRunQueue, createQueueClient, type DemoQueues, type QueueClient } from './queue-client.ts';
import type { DemoLane } from './scenario.ts';
import { startWebhooks, type WebhookServers } from './webhooks.ts';

/** As deployed, except for the batch window of the bulk queue, which is 5 s on AWS, and at least 1 s there. */
const NUMBERS = {
  urgent: { functionTimeoutMs: 30_000, batchSize: 10, windowMs: 0, maximumConcurrency: 10 },
  bulk: { functionTimeoutMs: 120_000, batchSize: 100, windowMs: 300, maximumConcurrency: 2, beyondLimits: true },
  dryRun: { functionTimeoutMs: 30_000, batchSize: 10, windowMs: 0, maximumConcurrency: 2 },
} as const;
const AT_ONCE = { batchSize: 10, windowMs: 0 };
/**
 * Credentials that the SDK insists on. The embedded STS names the access key as the user. CloudWatch Logs refuses at
 * once, so that the CLI does not ask the real one.
 */
const CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'http://127.0.0.1:9',
};
const LANES = ['urgent', 'bulk', 'dryRun'] as const satisfies readonly DemoLane[];

export interface DemoStackOptions extends QueueServerOptions {
  /** Called with each line of the audit log. */
  onAudit(line: string): void;
  /** Called with each line of the operational log. */
  onLog(line: string): void;
  /** Takes events off the bulk queue at once, and few at a time, instead of in batches. */
  readonly bulkAtOnce?: boolean;
}

export interface DemoStack extends QueueClient {
  readonly api: FakeApi;
  readonly queues: DemoQueues;
  /** `http://127.0.0.1:<port>` */
  readonly sqsEndpoint: string;
  readonly webhooks: Pick<WebhookServers, 'url' | 'secret'>;
  /** All variables that the CLI needs. */
  readonly env: Readonly<Record<string, string>>;
  /** Invokes the replay function; rejects as that does. */
  replay(request: object): Promise<unknown>;
  close(): Promise<void>;
}

interface Wiring extends Pick<DemoStackOptions, 'onAudit' | 'onLog' | 'bulkAtOnce'> {
  readonly sqs: SQSClient;
  readonly queue: Queue;
  readonly env: Readonly<Record<string, string>>;
}

const startLane = async (lane: DemoLane, { sqs, queue, env, onAudit, onLog, bulkAtOnce = false }: Wiring) => {
  const numbers = { ...NUMBERS[lane], ...(lane === 'bulk' && bulkAtOnce ? AT_ONCE : {}) };
  const fn = createFunction({
    bundle: BUNDLE,
    env: { ...env, ...actAs('revoke'), AWS_LAMBDA_FUNCTION_NAME: `revoke-${lane}` },
    timeoutMs: numbers.functionTimeoutMs,
    maximumConcurrency: numbers.maximumConcurrency,
    onStdout: onAudit,
    onStderr: onLog,
  });
  const mapping = await startMapping({ sqs, queue, ...numbers, invoke: (event) => fn.invoke(withDueChecks(event)) });
  return { fn, mapping };
};

/** Starts everything on free ports. Rejects with an error of the system or of the SDK. */
export async function startDemoStack(options: DemoStackOptions): Promise<DemoStack> {
  const [server, tables, sts] = await Promise.all([startQueueServer(options), startTableServer(), startStsServer()]);
  await createLedgerTable(tables.endpoint, TABLE);
  const api = await startFakeApi({ seed: KEYS });
  const sqs = localSqs(server.endpoint);
  const queues = { ...(await createQueues(server.endpoint)), dryRun: await createDryRunQueue(sqs) };
  const queueClient = createQueueClient(sqs, queues);
  const schedules = localSqs(server.endpoint, 3, LOCAL_ROLES.scheduler);
  const scheduler = await startSchedulerServer({
    deliver: (_arn, body) => createQueueClient(schedules, queues).send('bulk', [body]),
  });
  const endpoints = { sqs: server.endpoint, dynamodb: tables.endpoint, scheduler: scheduler.endpoint };
  const env = { ...variablesFor({ queues, api, ...endpoints }), ...SETTINGS };
  const webhooks = await startWebhooks({ ...options, queues, ...endpoints });
  const revoke = { ...env, ...webhooks.lookup };
  const dry = { ...revoke, MODE: 'dry-run', URGENT_QUEUE_URL: queues.dryRun.url };
  const lanes = await Promise.all(
    LANES.map((lane) =>
      startLane(lane, { ...options, sqs, queue: queues[lane], env: lane === 'dryRun' ? dry : revoke }),
    ),
  );
  const invoked = await startInvokedFunctions({ ...options, env });
  return {
    ...queueClient,
    replay: (request) => invoked.replay.invoke(request),
    api,
    queues,
    sqsEndpoint: server.endpoint,
    webhooks,
    env: {
      ...env,
      ...CREDENTIALS,
      AWS_ENDPOINT_URL_STS: sts.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: invoked.endpoint,
      METRIC_SERVICE: SERVICE,
    },
    async close() {
      const functions = [...lanes.map(({ fn }) => fn), invoked];
      const servers = [...functions, webhooks, api, scheduler, server, sts];
      await Promise.all([...lanes.map(({ mapping }) => mapping.stop()), ...servers.map((each) => each.close())]);
      await tables.close();
      sqs.destroy();
      schedules.destroy();
    },
  };
}
