/** The edge on loopback: an HTTP door before the built `ingest`, beside a stack whose lanes it fills. */
import { createFunction, type LambdaFunction } from './function.ts';
import { startHttpDoor } from './http-door.ts';
import type { Queues } from './queues.ts';
import { actAs, INGEST_BUNDLE, TABLE } from './variables.ts';

export interface EdgeOptions {
  readonly queues: Queues;
  /** Endpoints of SQS and Secrets Manager. */
  readonly sqs: string;
  readonly secrets: string;
  /** Endpoint of the ledger; absent: nobody answers. */
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

/** Opens the edge on a free port. The function starts with the first request. */
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
  const door = await startHttpDoor({ invoke: (event) => fn.invoke(event) });
  return {
    url: door.endpoint,
    function: fn,
    close: async () => void (await Promise.all([door.close(), fn.close()])),
  };
};
