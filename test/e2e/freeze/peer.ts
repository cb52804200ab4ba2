/** A relay in front of a server that ends connections in the ways that peers do while a client is frozen. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * How open connections end: `fin` and `rst` at once; `late-rst` when the client sends its next byte, like a NAT gateway
 * (Amazon VPC user guide, NAT gateways); `silence`: the peer never answers again.
 */
export type Closing = 'fin' | 'rst' | 'late-rst' | 'silence';

export interface Peer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** The highest number of connections open at once since the last `end`. */
  most(): number;
  /** Ends all open connections. Later connections work. */
  end(how: Closing): void;
  close(): Promise<void>;
}

const END: Readonly<Record<Closing, (client: Socket) => void>> = {
  fin: (client) => client.end(),
  rst: (client) => client.resetAndDestroy(),
  'late-rst': (client) => client.once('data', () => client.resetAndDestroy()).resume(),
  silence: (client) => client.resume(),
};

export async function startPeer(url: string): Promise<Peer> {
  const pairs = new Map<Socket, Socket>();
  let most = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(url).port), '127.0.0.1');
    pairs.set(client, upstream);
    most = Math.max(most, pairs.size);
    client.on('error', () => client.destroy()).on('close', () => pairs.delete(client) && upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('server has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    most: () => most,
    end(how) {
      most = 0;
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream);
        upstream.unpipe(client);
        END[how](client);
      }
    },
    async close() {
      server.close();
      for (const client of pairs.keys()) client.destroy();
      await once(server, 'close');
    },
  };
}
