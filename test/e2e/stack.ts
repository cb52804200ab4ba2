/** The whole product on loopback for one test file: real queues, ledger, mapping and processes, the built bundle, the strict API. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { NewKey } from '../../local/coreweave/keys.ts';
import { type FakeApi, startFakeApi } from '../../local/coreweave/server.ts';
import { createFunction } from '../../local/function.ts';
import { type Mapping, startMapping } from '../../local/mapping.ts';
import { startQueueServer } from '../../local/queue-server.ts';
import { createQueues, localSqs, type QueueNumbers, type Queues } from '../../local/queues.ts';
import { type SchedulerServer, startSchedulerServer } from '../../local/scheduler-server.ts';
import { createLedgerTable, startTableServer } from '../../local/table-server.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/handlers/revoke.mjs', import.meta.url));
const TABLE = 'ledger';

export interface AuditLine {
  readonly status_detail: string;
  readonly status_code?: string;
  readonly activity_name: string;
  readonly metadata: { readonly correlation_uid?: string; readonly original_event_uid: string };
  readonly unmapped: { readonly phase: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface Letter {
  readonly reason: string;
  readonly detail: string;
  readonly event: Record<string, unknown> | null;
  readonly raw?: { readonly text?: string; readonly redacted: boolean; readonly truncated: boolean };
  readonly [field: string]: unknown;
}

export interface Stack {
  readonly api: FakeApi;
  readonly scheduler: SchedulerServer;
  readonly queues: Queues;
  readonly ledgerEndpoint: string;
  /** Parsed lines of the function's stdout: the audit log. */
  readonly audit: readonly AuditLine[];
  /** Every line that the function wrote, stdout and stderr. */
  readonly output: readonly string[];
  /** `action` and body of every request that the queue server got. */
  readonly queueRequests: readonly { readonly action: string; readonly body: unknown }[];
  send(lane: 'urgent' | 'bulk', body: string, attributes?: Record<string, string>): Promise<string>;
  /** Resolves when nothing is visible on either lane and no invocation runs. */
  idle(): Promise<void>;
  /** The audit lines of one event, `phase:status_detail`, in order. */
  trail(eventId: string): readonly string[];
  /** All dead letters, oldest first; they stay on the queue. */
  deadLetters(): Promise<readonly Letter[]>;
  /** Messages on a queue: visible, in flight or delayed. */
  depth(queue: keyof Queues): Promise<number>;
  close(): Promise<void>;
}

export interface StackOptions {
  readonly env?: Record<string, string>;
  readonly seed?: readonly NewKey[];
  readonly latencyMs?: number;
  readonly numbers?: { readonly urgent?: QueueNumbers; readonly bulk?: QueueNumbers };
  readonly batchSize?: number;
  readonly timeoutMs?: number;
}

/** Starts everything on free ports. `env` adds to, or overrides, the function's variables. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  readFileSync(BUNDLE); // Says at once that `npm run build` is missing.
  const queueRequests: { action: string; body: unknown }[] = [];
  const server = await startQueueServer({ onRequest: ({ action, body }) => queueRequests.push({ action, body }) });
  const queues = await createQueues(server.endpoint, options.numbers);
  const tables = await startTableServer();
  await createLedgerTable(tables.endpoint, TABLE);
  const api = await startFakeApi({ seed: options.seed ?? [], latencyMs: options.latencyMs ?? 0 });
  const sqs = localSqs(server.endpoint);
  const send: Stack['send'] = async (lane, body, attributes = {}) => {
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    );
    const sent = await sqs.send(
      new SendMessageCommand({ QueueUrl: queues[lane].url, MessageBody: body, MessageAttributes }),
    );
    return sent.MessageId ?? '';
  };
  const scheduler = await startSchedulerServer({ deliver: async (_arn, body) => void (await send('bulk', body)) });

  const output: string[] = [];
  const audit: AuditLine[] = [];
  const fn = createFunction({
    bundle: BUNDLE,
    env: {
      MODE: 'enforce',
      URGENT_QUEUE_URL: queues.urgent.url,
      BULK_QUEUE_URL: queues.bulk.url,
      DEAD_LETTER_QUEUE_URL: queues.deadLetters.url,
      BULK_QUEUE_ARN: queues.bulk.arn,
      DEAD_LETTER_QUEUE_ARN: queues.deadLetters.arn,
      SCHEDULER_ROLE_ARN: 'arn:aws:iam::000000000000:role/scheduler',
      LEDGER_TABLE: TABLE,
      COREWEAVE_API_URL: api.url,
      COREWEAVE_API_TOKEN: api.token,
      AWS_ENDPOINT_URL_SQS: server.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
      AWS_ENDPOINT_URL_SCHEDULER: scheduler.endpoint,
      ...options.env,
    },
    timeoutMs: options.timeoutMs ?? 30_000,
    maximumConcurrency: 4,
    onStdout: (line) => {
      output.push(line);
      audit.push(JSON.parse(line));
    },
    onStderr: (line) => output.push(line),
  });
  const map = (lane: 'urgent' | 'bulk'): Promise<Mapping> =>
    startMapping({
      sqs,
      queue: queues[lane],
      batchSize: options.batchSize ?? 10,
      windowMs: 0,
      maximumConcurrency: 2,
      functionTimeoutMs: options.timeoutMs ?? 30_000,
      beyondLimits: true,
      invoke: (event) => fn.invoke(event),
    });
  const mappings = [await map('urgent'), await map('bulk')];

  return {
    api,
    scheduler,
    queues,
    ledgerEndpoint: tables.endpoint,
    audit,
    output,
    queueRequests,
    send,
    idle: async () => void (await Promise.all(mappings.map((mapping) => mapping.idle()))),
    trail: (eventId) =>
      audit
        .filter(({ metadata }) => metadata.correlation_uid === eventId)
        .map(({ unmapped, status_detail }) => `${unmapped.phase}:${status_detail}`),
    async deadLetters() {
      const letters: Letter[] = [];
      for (;;) {
        const { Messages: messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: queues.deadLetters.url,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: 600,
          }),
        );
        if (messages.length === 0) return letters;
        letters.push(...messages.map(({ Body = '' }) => JSON.parse(Body)));
      }
    },
    async depth(queue) {
      const { Attributes: counts = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queues[queue].url, AttributeNames: ['All'] }),
      );
      const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } = counts;
      return Number(visible) + Number(hidden) + Number(counts.ApproximateNumberOfMessagesDelayed);
    },
    async close() {
      await Promise.all([
        ...mappings.map((mapping) => mapping.stop()),
        fn.close(),
        api.close(),
        scheduler.close(),
        server.close(),
      ]);
      await tables.close();
      sqs.destroy();
    },
  };
}
