/** Lambda's Runtime API for one execution environment, on localhost. (Lambda developer guide, custom runtime API) */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** An error as a runtime client posts it; `header` is Lambda-Runtime-Function-Error-Type. */
export interface PostedError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
  readonly header: string | undefined;
}

/** What a client posted for an invocation, or instead of asking for one. */
export type Posted =
  | { readonly kind: 'response'; readonly body: unknown }
  | { readonly kind: 'error'; readonly error: PostedError }
  | { readonly kind: 'init-error'; readonly error: PostedError };

export interface RuntimeApi {
  /** `127.0.0.1:<port>`, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Gives the event to the next poll. Resolves with what the client posts next. */
  invoke(event: unknown, timeoutMs: number): Promise<Posted>;
  /** Resolves with the next post. */
  posted(): Promise<Posted>;
  close(): Promise<void>;
}

const PREFIX = '/2018-06-01/runtime/';
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:packaged';

interface Pending {
  readonly id: string;
  readonly body: string;
  readonly deadline: number;
}

const errorIn = (body: string, { headers }: IncomingMessage): PostedError => {
  const header = headers['lambda-runtime-function-error-type'];
  return { ...JSON.parse(body), header: typeof header === 'string' ? header : undefined };
};

/** Reads a POST; undefined for a path that the API does not have, or an invocation that is not in progress. */
const readPost = (path: string, body: string, request: IncomingMessage, id: string | undefined): Posted | undefined => {
  if (path === 'init/error') return { kind: 'init-error', error: errorIn(body, request) };
  if (path === `invocation/${id}/error`) return { kind: 'error', error: errorIn(body, request) };
  return path === `invocation/${id}/response` ? { kind: 'response', body: JSON.parse(body) } : undefined;
};

const give = (response: ServerResponse, { id, body, deadline }: Pending): void => {
  response.writeHead(200, {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': id,
    'lambda-runtime-deadline-ms': String(deadline),
    'lambda-runtime-invoked-function-arn': ARN,
  });
  response.end(body);
};

/** Starts the API on a free port. */
export const startRuntimeApi = async (): Promise<RuntimeApi> => {
  let poll: ServerResponse | undefined;
  let waiting: Pending | undefined;
  let running: string | undefined;
  let invocations = 0;
  const listeners: ((posted: Posted) => void)[] = [];

  const proceed = (): void => {
    if (poll === undefined || waiting === undefined) return;
    running = waiting.id;
    give(poll, waiting);
    poll = undefined;
    waiting = undefined;
  };
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').replace(PREFIX, '');
    if (request.method === 'GET' && path === 'invocation/next') {
      poll = response;
      return proceed();
    }
    const posted = readPost(path, await text(request), request, running);
    if (posted !== undefined) running = undefined;
    response.writeHead(posted === undefined ? 404 : 202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    if (posted !== undefined) for (const listener of listeners.splice(0)) listener(posted);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('server has no port');

  const posted = () => new Promise<Posted>((resolve) => listeners.push(resolve));
  return {
    address: `127.0.0.1:${address.port}`,
    posted,
    invoke(event, timeoutMs) {
      invocations += 1;
      waiting = { id: `request-${invocations}`, body: JSON.stringify(event), deadline: Date.now() + timeoutMs };
      const answer = posted();
      proceed();
      return answer;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
