/** The servers that the packaged functions talk to, and the variables of each function. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { type FakeApi, startFakeApi } from '../../local/coreweave/server.ts';
import { listenOnLoopback } from '../../local/listen.ts';
import { startQueueServer } from '../../local/queue-server.ts';
import { createQueues, type Queues } from '../../local/queues.ts';
import { startSecretsServer } from '../../local/secrets-server.ts';
import { createLedgerTable, startTableServer } from '../../local/table-server.ts';
import { TABLE } from '../../local/variables.ts';
import { variables } from '../e2e/direct.ts';
import { type BusEntry, entriesIn, eventBus } from '../lib/io/aws/event-bus-stub.ts';

type Variables = Readonly<Record<string, string>>;

export interface Stage {
  readonly api: FakeApi;
  readonly queues: Queues;
  readonly sqs: string;
  readonly dynamodb: string;
  /** What was put on the bus of notices. */
  readonly notices: readonly BusEntry[];
  readonly env: Readonly<Record<'revoke' | 'ingest' | 'replay' | 'reconcile' | 'notify', Variables>>;
  close(): Promise<void>;
}

export const HOOK_SECRET = ['okta', 'hook', 'secret'].join('-').repeat(2);

const startBus = async (notices: BusEntry[]) => {
  const answer = eventBus();
  return listenOnLoopback(
    createServer(async (request, response) => {
      const body = await text(request);
      notices.push(...entriesIn(body));
      answer(response, { method: '', path: '', headers: request.headers, body }, request);
    }),
  );
};

/** Starts everything on free ports. */
export const startStage = async (): Promise<Stage> => {
  const queueServer = await startQueueServer();
  const queues = await createQueues(queueServer.endpoint);
  const tables = await startTableServer();
  await createLedgerTable(tables.endpoint, TABLE);
  const secrets = await startSecretsServer({ 'hooks/okta': HOOK_SECRET });
  const notices: BusEntry[] = [];
  const bus = await startBus(notices);
  const api = await startFakeApi();
  const common = {
    ...variables(queueServer.endpoint, queues, { COREWEAVE_API_URL: api.url, COREWEAVE_API_TOKEN: api.token }),
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
  };
  return {
    api,
    queues,
    sqs: queueServer.endpoint,
    dynamodb: tables.endpoint,
    notices,
    env: {
      revoke: common,
      replay: common,
      reconcile: common,
      ingest: {
        ...common,
        INGEST_SECRETS: JSON.stringify({ okta: 'hooks/okta' }),
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
      },
      notify: {
        NOTICE_BUS_ARN: 'arn:aws:events:us-east-1:000000000000:event-bus/notices',
        AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
      },
    },
    async close() {
      await Promise.all([queueServer, secrets, bus, api].map((server) => server.close()));
      await tables.close();
    },
  };
};
