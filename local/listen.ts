/** How each server of the local stack listens: on loopback only, on a free port. */
import { once } from 'node:events';
import type { Server } from 'node:http';

export interface Listening {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** Stops listening and breaks the connections that clients keep alive. */
  close(): Promise<void>;
}

/** Takes a server that does not listen yet; resolves when it does. Rejects with the system's error when it cannot. */
export const listenOnLoopback = async (server: Server): Promise<Listening> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('server has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
};
