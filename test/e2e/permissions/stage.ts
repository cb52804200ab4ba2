/** The embedded services, each caller behind a recorder of its own. Needs `npm run build`. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { type FakeApi, startFakeApi } from '../../../local/coreweave/server.ts';
import { createFunction, type LambdaFunction } from '../../../local/function.ts';
import { type GithubServer, startGithubServer } from '../../../local/github-server.ts';
import { listenOnLoopback } from '../../../local/listen.ts';
import { startQueueServer } from '../../../local/queue-server.ts';
import { createQueues, type Queues } from '../../../local/queues.ts';
import { type Recorder, startRecorder } from '../../../local/recorder.ts';
import { startSchedulerServer } from '../../../local/scheduler-server.ts';
import { type SecretsServer, startSecretsServer } from '../../../local/secrets-server.ts';
import { type LocalStack, startStackServer } from '../../../local/stack-server.ts';
import { createLedgerTable, startTableServer } from '../../../local/table-server.ts';
import { TABLE } from '../../../local/variables.ts';
import { readyText } from '../../events/webhooks/vendors.ts';
import { eventBus } from '../../lib/io/aws/event-bus-stub.ts';
import { logsStub } from '../../support/logs-stub.ts';
import { withoutLongPolls } from '../../support/long-polls.ts';
import type { Answer } from '../../support/loopback.ts';
import { variables } from '../direct.ts';
import { BUS, SENDERS, WEBHOOK } from './grants.ts';

export interface Caller {
  readonly recorder: Recorder;
  readonly env: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly api: FakeApi;
  readonly github: GithubServer;
  readonly queues: Queues;
  readonly secrets: SecretsServer;
  readonly stacks: Map<string, LocalStack>;
  /** Starts a recorder; `env` points to it. */
  caller(): Promise<Caller>;
  /** A function behind a recorder. */
  function(
    bundle: string,
  ): Promise<{ readonly fn: LambdaFunction; readonly recorder: Recorder; lines(): readonly string[] }>;
  close(): Promise<void>;
}

const startStub = (answer: Answer) =>
  listenOnLoopback(
    createServer(async (request, response) => {
      const body = await text(request);
      answer(response, { method: '', path: '', headers: request.headers, body }, request);
    }),
  );

const SERVICES = [
  'SQS',
  'DYNAMODB',
  'SECRETS_MANAGER',
  'SCHEDULER',
  'EVENTBRIDGE',
  'CLOUDWATCH_LOGS',
  'STS',
  'SSM',
  'CLOUDFORMATION',
  'LAMBDA',
];

const secretsOf = (api: FakeApi, github: GithubServer) => ({
  'api-token': api.token,
  'github-token': github.token,
  [`webhook/${WEBHOOK}`]: 'secret-of-the-webhook',
  ...Object.fromEntries(SENDERS.map((name) => [name, `secret-of-the-sender-${name}`])),
});

/** Starts everything on free ports. */
export const startStage = async (): Promise<Stage> => {
  const [queueServer, tables, api, github, bus, logs, stackServer, lambda] = await Promise.all([
    startQueueServer({ onRequest: withoutLongPolls }),
    startTableServer(),
    startFakeApi(),
    startGithubServer(),
    startStub(eventBus()),
    startStub(logsStub()),
    startStackServer(),
    startStub((response) => void response.end('{}')),
  ]);
  const queues = await createQueues(queueServer.endpoint);
  await createLedgerTable(tables.endpoint, TABLE);
  const scheduler = await startSchedulerServer({ deliver: async () => undefined });
  const secrets = await startSecretsServer(secretsOf(api, github));
  const endpoints = {
    sqs: queueServer.endpoint,
    dynamodb: tables.endpoint,
    secretsmanager: secrets.endpoint,
    scheduler: scheduler.endpoint,
    events: bus.endpoint,
    logs: logs.endpoint,
    ssm: stackServer.endpoint,
    cloudformation: stackServer.endpoint,
    lambda: lambda.endpoint,
  };
  const open: { close(): Promise<unknown> }[] = [
    queueServer,
    api,
    github,
    bus,
    logs,
    scheduler,
    secrets,
    tables,
    stackServer,
    lambda,
  ];

  const caller = async (): Promise<Caller> => {
    const recorder = await startRecorder(endpoints);
    open.unshift(recorder);
    const { COREWEAVE_API_TOKEN: _, ...common } = variables(recorder.endpoint, queues, { COREWEAVE_API_URL: api.url });
    const env = {
      ...common,
      ...Object.fromEntries(SERVICES.map((service) => [`AWS_ENDPOINT_URL_${service}`, recorder.endpoint])),
      COREWEAVE_API_TOKEN_SECRET_ID: 'api-token',
      GITHUB_TOKEN_SECRET_ID: 'github-token',
      GITHUB_API_URL: github.endpoint,
      INGEST_SECRETS: JSON.stringify(Object.fromEntries(SENDERS.map((name) => [name, name]))),
      WEBHOOKS: readyText(WEBHOOK),
      NOTICE_BUS_ARN: BUS,
      REVOKER_LOG_GROUPS: '/aws/lambda/coreweave-revocation-dev-revokeUrgent',
    };
    return { recorder, env };
  };
  return {
    api,
    github,
    queues,
    secrets,
    stacks: stackServer.stacks,
    caller,
    async function(bundle) {
      const { recorder, env } = await caller();
      const lines: string[] = [];
      const fn = createFunction({
        bundle,
        env,
        timeoutMs: 30_000,
        maximumConcurrency: 1,
        onStdout: (line) => lines.push(line),
        onStderr: (line) => lines.push(line),
      });
      open.unshift(fn);
      return { fn, recorder, lines: () => lines };
    },
    async close() {
      for (const each of open) await each.close();
    },
  };
};
