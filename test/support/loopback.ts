/** HTTP servers on 127.0.0.1 that note what they see, for tests of clients over real sockets. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type Answer = (response: ServerResponse, seen: Seen, request: IncomingMessage) => void;

/** Starts a server that ends with the test; `most` is the highest number of connections open at once. */
export const loopback = async (answer: Answer) => {
  const seen: Seen[] = [];
  const connections = { open: 0, most: 0, total: 0 };
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    void text(request).then((body) => {
      const one = { method, path, headers, body };
      seen.push(one);
      answer(response, one, request);
    });
  });
  server.on('connection', (socket) => {
    connections.open += 1;
    connections.total += 1;
    connections.most = Math.max(connections.most, connections.open);
    socket.on('close', () => {
      connections.open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { url: new URL(`http://127.0.0.1:${port}`), seen, connections, close, server };
};

/** Answers with a status and a JSON body. */
export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

/** Takes the request and never answers. */
export const silence: Answer = () => undefined;
