/** How each server of the localhost stack listens: on 127.0.0.1 only, on a free port. */
import { once } from 'node:events';
import type { Server } from 'node:http';

export interface Listening {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** Stops listening and closes connections that clients keep alive. */
  close(): Promise<void>;
}

/** Resolves when the server listens; rejects with the system's error. */
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
