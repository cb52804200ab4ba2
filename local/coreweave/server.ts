/**
 * A strict fake of the CoreWeave API on localhost, by its public reference. What is unknown about the API is a switch
 * (`switches.ts`). Not implemented, because the product does not call them: the data plane, creating keys over HTTP,
 * SAML, OIDC and policies.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { deliver } from './deliver.ts';
import { type Api, type RecordedRequest, respond } from './exchange.ts';
import { type Faults, planFaults } from './faults.ts';
import type { NewKey } from './keys.ts';
import { openStore, type Store } from './store.ts';
import { defaultSwitches, type Switches } from './switches.ts';

export interface FakeApiOptions {
  /** The valid token; absent: a new one. */
  readonly token?: string;
  /** Epoch ms, for the times of requests and the purging of revoked keys. Absent: the system's clock. */
  readonly clock?: { now(): number };
  readonly seed?: readonly NewKey[];
  /** Minimum duration of each response (0 ms). */
  readonly latencyMs?: number;
  /** Called with each request before it has an effect. */
  onRequest?(request: RecordedRequest): void;
}

export interface FakeApi {
  /** `http://127.0.0.1:<port>`, without a path. */
  readonly url: string;
  /** The token that is currently valid. */
  readonly token: string;
  readonly store: Store;
  readonly faults: Faults;
  readonly switches: Switches;
  /** Every request, in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Peak numbers of open connections and of concurrent requests. */
  readonly peak: { readonly connections: number; readonly inFlight: number };
  /** True if a path, query or body ever held a secret. */
  readonly secretSeen: boolean;
  /** Replaces the valid token, and returns the new one. */
  rotateToken(token?: string): string;
  /** Closes all connections, also those of hanging responses. */
  close(): Promise<void>;
}

const newToken = (): string => ['CW', 'SECRET', randomUUID()].join('-');

/** The whole body; undefined if the client disconnected before its end. */
const textOf = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** Maintains `peak`. */
const watch = (server: Server, peak: { connections: number; inFlight: number }): void => {
  let connections = 0;
  let inFlight = 0;
  server.on('connection', (socket) => {
    connections += 1;
    peak.connections = Math.max(peak.connections, connections);
    socket.once('close', () => {
      connections -= 1;
    });
  });
  server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    inFlight += 1;
    peak.inFlight = Math.max(peak.inFlight, inFlight);
    response.once('close', () => {
      inFlight -= 1;
    });
  });
};

const openApi = ({ token, clock = { now: () => Date.now() }, seed = [], onRequest }: FakeApiOptions): Api => {
  const switches = defaultSwitches();
  const store = openStore(switches, clock);
  store.add(...seed);
  return {
    store,
    switches,
    clock,
    faults: planFaults(),
    requests: [],
    token: token ?? newToken(),
    secretSeen: false,
    ...(onRequest === undefined ? {} : { onRequest }),
  };
};

const listen = async (api: Api, latencyMs: number): Promise<Server> => {
  const exchange = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const text = await textOf(request);
    if (text === undefined) return;
    const { answer, delivery } = respond(api, { method, url, authorization: headers.authorization, text });
    if (latencyMs > 0) await pause(latencyMs);
    await deliver(response, answer, delivery);
  };
  // An error in the fake or its test must not look like a response of the API.
  const server = createServer((request, response) => void exchange(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

const urlOf = (server: Server): string => {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
};

/** Starts the fake on a free port of 127.0.0.1. Rejects if no port is available. */
export const startFakeApi = async (options: FakeApiOptions = {}): Promise<FakeApi> => {
  const api = openApi(options);
  const peak = { connections: 0, inFlight: 0 };
  const server = await listen(api, options.latencyMs ?? 0);
  watch(server, peak);
  const { store, faults, switches, requests } = api;
  return {
    url: urlOf(server),
    store,
    faults,
    switches,
    requests,
    peak,
    get token() {
      return api.token;
    },
    get secretSeen() {
      return api.secretSeen;
    },
    rotateToken(token = newToken()) {
      api.token = token;
      return token;
    },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
