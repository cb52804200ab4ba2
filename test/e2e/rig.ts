/**
 * The built function between a queue with faults on demand and the strict API: invoked directly, as Lambda would, or
 * fed by a mapping of the urgent lane. There is no ledger: leaked keys need none. Needs `npm run build`.
 */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type FakeApi, startFakeApi } from '../../local/coreweave/server.ts';
import { createFunction } from '../../local/function.ts';
import type { Target } from '../../local/mapping/settle.ts';
import { type Mapping, startMapping } from '../../local/mapping.ts';
import type { QueueFaults } from '../../local/queue/faults.ts';
import { startQueueServer } from '../../local/queue-server.ts';
import { createQueues, localSqs, type Queues } from '../../local/queues.ts';
import { actAs } from '../../local/variables.ts';
import { keyLeak } from '../support/event-factory.ts';
import type { QueueRequest } from './asks.ts';
import { bundle, recordOf, variables } from './direct.ts';
import { type AuditLine, stepsIn, trailOf } from './stack.ts';

export interface Rig {
  readonly api: FakeApi;
  readonly queues: Queues;
  readonly sqs: SQSClient;
  readonly queueFaults: QueueFaults;
  /** Every request that the queue server got. */
  readonly queueRequests: readonly QueueRequest[];
  /** Makes so many live keys that no test has met before; returns their ids. */
  keys(count: number): readonly string[];
  /** Records of their leaks; messages and events go by the ids of the keys. */
  recordsOf(accessKeyIds: readonly string[], lane?: 'urgent' | 'bulk'): readonly ReturnType<typeof recordOf>[];
  /** Puts a message on the urgent queue. */
  send(body: string): Promise<void>;
  /** A function in a single environment, that starts cold; `env` overrides its variables, undefined takes one away. */
  start(env?: Readonly<Record<string, string | undefined>>, timeoutMs?: number): Started;
  close(): Promise<void>;
}

export interface Started {
  /** What the function answers; rejects with a FunctionError. */
  invoke(event: unknown): Promise<unknown>;
  /** Starts a mapping of the urgent lane, ended with the rig. */
  feed(): Promise<Mapping>;
  /** Every line that the function wrote, and those of stdout, parsed, without checkpoints. */
  readonly output: readonly string[];
  readonly audit: readonly AuditLine[];
  /** As of a stack. */
  trail(eventId: string): readonly string[];
}

/** The body of a message about the leak of a key, by the id of that key. */
export const leakOf = (accessKeyId: string): string =>
  JSON.stringify(keyLeak({ id: accessKeyId, data: { accessKeyId } }));

/** What the function answers when these records are not settled. */
export const unsettled = (messageIds: readonly string[]) => ({
  batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })),
});

/** Starts queues and API on free ports. */
export async function startRig(): Promise<Rig> {
  const queueRequests: QueueRequest[] = [];
  const server = await startQueueServer({ onRequest: ({ action, body }) => queueRequests.push({ action, body }) });
  const queues = await createQueues(server.endpoint);
  const api = await startFakeApi();
  const sqs = localSqs(server.endpoint, 1);
  const open: Closing[] = [];
  const outsides = { COREWEAVE_API_URL: api.url, COREWEAVE_API_TOKEN: api.token };
  let made = 0;

  return {
    api,
    queues,
    sqs,
    queueFaults: server.faults,
    queueRequests,
    keys(count) {
      const ids = Array.from({ length: count }, (_, n) => `CWRIG${String(made + n).padStart(10, '0')}`);
      made += count;
      api.store.add(...ids.map((accessKeyId) => ({ accessKeyId, principalName: 'coreweave/owner' })));
      return ids;
    },
    recordsOf: (ids, lane = 'urgent') => ids.map((id) => recordOf(id, leakOf(id), queues[lane].arn)),
    send: async (body) =>
      void (await sqs.send(new SendMessageCommand({ QueueUrl: queues.urgent.url, MessageBody: body }))),
    start(env = {}, timeoutMs = 20_000) {
      const given = { ...variables(server.endpoint, queues, outsides), ...actAs('revoke'), ...env };
      return startIn({ env: given, timeoutMs, sqs, queue: queues.urgent }, open);
    },
    async close() {
      await Promise.all([...open, api, server].map((each) => each.close()));
      sqs.destroy();
    },
  };
}

interface Closing {
  close(): Promise<void>;
}

/** Makes a function, and puts what is to be closed with the rig into `open`. */
function startIn(
  options: Pick<Target, 'sqs' | 'queue'> & {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly timeoutMs: number;
  },
  open: Closing[],
): Started {
  const { sqs, queue, timeoutMs } = options;
  const output: string[] = [];
  const audit: AuditLine[] = [];
  const given = Object.entries(options.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const fn = createFunction({
    bundle,
    env: Object.fromEntries(given),
    timeoutMs,
    maximumConcurrency: 1,
    onStdout(line) {
      output.push(line);
      audit.push(...stepsIn(line));
    },
    onStderr: (line) => output.push(line),
  });
  open.push(fn);
  const invoke = (event: unknown) => fn.invoke(event);
  return {
    invoke,
    async feed() {
      const numbers = { batchSize: 10, windowMs: 0, maximumConcurrency: 1, functionTimeoutMs: timeoutMs };
      const mapping = await startMapping({ ...numbers, sqs, queue, beyondLimits: true, invoke });
      open.push({ close: () => mapping.stop() });
      return mapping;
    },
    output,
    audit,
    trail: (eventId) => trailOf(audit, eventId),
  };
}
