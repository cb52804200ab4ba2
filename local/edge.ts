/** Webhook endpoint of the localhost stack: an HTTP API in front of the built `ingest`, which sends to the queues. */
import { createFunction, type LambdaFunction } from './function.ts';
import { startHttpApi } from './http-api.ts';
import type { Queues } from './queues.ts';
import { actAs, INGEST_BUNDLE, TABLE } from './variables.ts';

export interface EdgeOptions {
  readonly queues: Queues;
  /** Endpoints of SQS and Secrets Manager. */
  readonly sqs: string;
  readonly secrets: string;
  /** Endpoint of the ledger. Absent: connections are refused. */
  readonly dynamodb?: string;
  /** Names of secrets by the names of sources. */
  readonly sources: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Each line of the audit log, and of the operational log. */
  onAudit(line: string): void;
  onLog(line: string): void;
}

export interface Edge {
  /** `http://127.0.0.1:<port>`, without a path. */
  readonly url: string;
  readonly function: LambdaFunction;
  close(): Promise<void>;
}

/** Starts on a free port. The function starts with the first request. */
export const startEdge = async (options: EdgeOptions): Promise<Edge> => {
  const { queues, sources } = options;
  const fn = createFunction({
    bundle: INGEST_BUNDLE,
    env: {
      AWS_LAMBDA_FUNCTION_NAME: 'ingest',
      ...actAs('ingest'),
      MODE: 'enforce',
      URGENT_QUEUE_URL: queues.urgent.url,
      BULK_QUEUE_URL: queues.bulk.url,
      DEAD_LETTER_QUEUE_URL: queues.deadLetters.url,
      INGEST_SECRETS: JSON.stringify(sources),
      AWS_ENDPOINT_URL_SQS: options.sqs,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: options.secrets,
      LEDGER_TABLE: TABLE,
      AWS_ENDPOINT_URL_DYNAMODB: options.dynamodb ?? 'http://127.0.0.1:9',
      ...options.env,
    },
    timeoutMs: 10_000,
    maximumConcurrency: 4,
    onStdout: options.onAudit,
    onStderr: options.onLog,
  });
  const httpApi = await startHttpApi({ invoke: (event) => fn.invoke(event) });
  return {
    url: httpApi.endpoint,
    function: fn,
    close: async () => void (await Promise.all([httpApi.close(), fn.close()])),
  };
};
