/** The factory of AWS SDK clients, and the only part of an SDK error that may travel on: its name. */
import type { Agent } from 'node:http';
import { createIdleWatch, IDLE_MS } from '../idle.ts';

/**
 * Time-outs in ms for NodeHttpHandler, attempts and retry mode (its defaults change, aws-sdk-js-v3#8037).
 * `requestTimeout` only logs a warning unless `throwOnRequestTimeout` is set, and it ends with the response's headers:
 * `socketTimeout` is what ends a body that stalls.
 */
export const SDK_SETTINGS = {
  maxAttempts: 3,
  retryMode: 'standard',
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    socketTimeout: 3_000,
    throwOnRequestTimeout: true,
  },
} as const;

/**
 * What tests and the local stack set on a client. In production this is empty: region, credentials and endpoint come
 * from the SDK's own environment variables (`AWS_REGION`, `AWS_ENDPOINT_URL[_SQS|…]`).
 */
export interface SdkOverrides {
  /** Epoch ms, in place of the system's clock. */
  readonly now?: () => number;
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts?: number;
  readonly requestHandler?: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly socketTimeout: number;
    readonly throwOnRequestTimeout: boolean;
  };
}

type RequestHandlerSettings = NonNullable<SdkOverrides['requestHandler']>;

/** The configuration of one client, with its connection pools. */
export type SdkSettings = Omit<typeof SDK_SETTINGS, 'requestHandler' | 'maxAttempts'> &
  Omit<SdkOverrides, 'requestHandler' | 'now'> & {
    readonly requestHandler: RequestHandlerSettings & { readonly httpAgent: Agent; readonly httpsAgent: Agent };
  };

/** The part of a client that wraps each attempt of a call. */
interface SdkClient {
  readonly middlewareStack: {
    add(
      middleware: <Args, Output>(next: (args: Args) => Promise<Output>) => (args: Args) => Promise<Output>,
      options: { readonly step: 'finalizeRequest'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

/** 50 is the SDK's own limit. Without `timeout` the agent keeps idle connections forever. */
const AGENT_OPTIONS = { keepAlive: true, timeout: IDLE_MS, maxSockets: 50 };

/**
 * Creates a client that uses no connection from before a freeze. Otherwise each retry of a call could take another dead
 * connection of the pool.
 */
export const createSdkClient = async <Client extends SdkClient>(
  create: (settings: SdkSettings) => Client,
  { now = Date.now, ...overrides }: SdkOverrides = {},
): Promise<Client> => {
  const [http, https] = await Promise.all([import('node:http'), import('node:https')]);
  const [httpAgent, httpsAgent] = [new http.Agent(AGENT_OPTIONS), new https.Agent(AGENT_OPTIONS)];
  const requestHandler = { ...SDK_SETTINGS.requestHandler, ...overrides.requestHandler, httpAgent, httpsAgent };
  const client = create({ ...SDK_SETTINGS, ...overrides, requestHandler });
  const touch = createIdleWatch(now, () => [httpAgent, httpsAgent].forEach(destroyIdle));
  client.middlewareStack.add(
    (next) => async (args) => {
      touch();
      return next(args).finally(touch);
    },
    // Inside the retries, so that every attempt is checked, and after the wait for credentials.
    { step: 'finalizeRequest', priority: 'low', name: 'dropIdleConnections' },
  );
  return client;
};

const destroyIdle = ({ freeSockets }: Agent): void => {
  for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
};

/** Names and codes as the SDK and Node spell them (`ThrottlingException`, `ECONNREFUSED`). */
const PLAIN_NAME = /^[A-Za-z0-9_.:-]{1,80}$/;

/** The name, or `unknown` for what cannot be one. */
export const plainName = (name: string): string => (PLAIN_NAME.test(name) ? name : 'unknown');

/** Names that say nothing. Node tries several addresses of a host, and throws an AggregateError if all refuse. */
const UNNAMED: ReadonlySet<string> = new Set(['Error', 'AggregateError']);

/**
 * The `name` of the error, its `code` if the name says nothing, or `unknown`. All other parts of an SDK error
 * (message, headers, `$response`) may quote the request.
 */
export const sdkErrorName = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error ? error.code : undefined;
  const named = UNNAMED.has(error.name) && typeof code === 'string' ? code : error.name;
  return plainName(named);
};
