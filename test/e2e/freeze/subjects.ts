/**
 * The functions under test: how each starts, which event opens connections, and which event must succeed after a
 * freeze.
 */
import { startFakeApi } from '../../../local/coreweave/server.ts';
import { startQueueServer } from '../../../local/queue-server.ts';
import { createQueues, type Queues } from '../../../local/queues.ts';
import { startSecretsServer } from '../../../local/secrets-server.ts';
import { createLedgerTable, startTableServer } from '../../../local/table-server.ts';
import { BUNDLE, INGEST_BUNDLE } from '../../../local/variables.ts';
import { keyLeak, offboarded, reinstated } from '../../support/event-factory.ts';
import { recordOf, variables } from '../direct.ts';
import { type Frozen, startFrozen } from './frozen.ts';

export interface Subject {
  start(name: string): Promise<Frozen>;
  /** An event that causes `count` concurrent calls to each server. */
  burst(count: number): unknown;
  /** One offboarding. */
  next(): unknown;
  readonly done: (answer: unknown) => boolean;
  /** The least number of connections that a burst opens. */
  readonly connections: (count: number) => number;
}

/** Entries of an SQS batch call, and batches in flight. */
const [BATCH, BATCHES_AT_ONCE] = [10, 4];
/**
 * More than an SDK call has attempts. On a busy machine the first calls of a larger burst end before the last ones
 * begin.
 */
const SURELY_AT_ONCE = 4;
const HOOK_SECRET = ['okta', 'hook', 'secret'].join('-').repeat(2);
const WIDE = { sourcePer10Minutes: 5_000, sourcePerDay: 5_000, totalPer10Minutes: 5_000, totalPerDay: 5_000 };

const counted = (count: number) => Array.from({ length: count }, (_, at) => at);
const text = (event: object): string => JSON.stringify(event);

/** Starts the shared servers. Each revoke function gets its own API and ledger. */
export async function startSubjects() {
  const queueServer = await startQueueServer();
  const queues = await createQueues(queueServer.endpoint);
  const tables = await startTableServer();
  const secrets = await startSecretsServer({ 'hooks/okta': HOOK_SECRET });
  const apis: { close(): Promise<void> }[] = [];

  const startRevoke = async (name: string): Promise<Frozen> => {
    const api = await startFakeApi();
    apis.push(api);
    await createLedgerTable(tables.endpoint, name);
    const env = { COREWEAVE_API_TOKEN: api.token, LEDGER_TABLE: name, LIMITS: text(WIDE), API_CONCURRENCY: '50' };
    return startFrozen({
      bundle: BUNDLE,
      env: variables(queueServer.endpoint, queues, env),
      servers: {
        COREWEAVE_API_URL: api.url,
        AWS_ENDPOINT_URL_SQS: queueServer.endpoint,
        AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
      },
      timeoutMs: 30_000,
    });
  };
  const startIngest = (): Promise<Frozen> =>
    startFrozen({
      bundle: INGEST_BUNDLE,
      env: ingestVariables(queues, secrets.endpoint),
      servers: { AWS_ENDPOINT_URL_SQS: queueServer.endpoint },
      timeoutMs: 10_000,
    });
  return {
    subjects: { revoke: revoke(startRevoke, queues.bulk.arn), ingest: ingest(startIngest) },
    async close() {
      await Promise.all([queueServer, secrets, ...apis].map((server) => server.close()));
      await tables.close();
    },
  };
}

const ingestVariables = ({ urgent, bulk, deadLetters }: Queues, secrets: string) => ({
  AWS_LAMBDA_FUNCTION_NAME: 'ingest',
  MODE: 'enforce',
  URGENT_QUEUE_URL: urgent.url,
  BULK_QUEUE_URL: bulk.url,
  DEAD_LETTER_QUEUE_URL: deadLetters.url,
  LEDGER_TABLE: 'ledger',
  INGEST_SECRETS: text({ okta: 'hooks/okta' }),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets,
});

/** Reinstatements call the ledger, leaked keys call the API, and unreadable messages become dead letters in SQS. */
const revoke = (start: Subject['start'], arn: string): Subject => {
  let made = 0;
  const record = (bodyOf: (id: string) => string) => {
    const id = `FREEZE${String(made++).padStart(6, '0')}`;
    return recordOf(id, bodyOf(id), arn);
  };
  const principal = (id: string) => ({ id, time: new Date().toISOString(), data: { principalName: `saml/${id}` } });
  return {
    start,
    burst: (count) => ({
      Records: counted(count).flatMap(() => [
        record((id) => text(reinstated(principal(id)))),
        record((id) => text(keyLeak({ id, data: { accessKeyId: `CW${id}` } }))),
        record(() => '{'),
      ]),
    }),
    next: () => ({ Records: [record((id) => text(offboarded(principal(id))))] }),
    done: (answer) => text(Object(answer)) === '{"batchItemFailures":[]}',
    connections: (count) => Math.min(count, SURELY_AT_ONCE),
  };
};

const ingest = (start: Subject['start']): Subject => {
  let made = 0;
  const logEvent = () => ({
    uuid: `hook-${made++}`,
    published: new Date().toISOString(),
    eventType: 'user.lifecycle.deactivate',
    outcome: { result: 'SUCCESS' },
    target: [{ type: 'User', id: 'u', alternateId: 'user@example.com' }],
  });
  const hook = (count: number) => ({
    version: '2.0',
    rawPath: '/okta',
    rawQueryString: '',
    headers: { authorization: HOOK_SECRET, 'content-type': 'application/json' },
    requestContext: { requestId: 'r', http: { method: 'POST', path: '/okta', sourceIp: '127.0.0.1' } },
    body: text({ data: { events: counted(count).map(logEvent) } }),
    isBase64Encoded: false,
  });
  return {
    start,
    burst: hook,
    next: () => hook(1),
    done: (answer) => Object(answer).statusCode === 200,
    connections: (count) => Math.min(Math.ceil(count / BATCH), BATCHES_AT_ONCE),
  };
};
