/** Kept-alive HTTP/1.1 connections to one origin. */
import type { Dispatcher } from 'undici';
// The index of undici would double the bundle; this file has no `request`, so exchange.ts uses `dispatch`.
import Pool from 'undici/lib/dispatcher/pool.js';
import { createIdleWatch, IDLE_MS } from '../idle.ts';

/** For DNS, TCP and TLS of a new connection, whatever the calls that wait for it allow. */
const CONNECT_TIMEOUT_MS = 3_000;

export interface PoolOptions {
  readonly origin: string;
  /** Most connections at once; further calls wait, inside their own time-outs. */
  readonly connections: number;
  /** Epoch ms. */
  readonly now: () => number;
}

export interface ConnectionPool {
  /** Runs one exchange. After a freeze it runs on new connections: undici's timers count ticks, not time. */
  use<T>(exchange: (pool: Dispatcher) => Promise<T>): Promise<T>;
  /** Waits for the exchanges in flight. Later ones fail with `connect`. */
  close(): Promise<void>;
}

/** Creates a pool that connects with the first exchange. */
export const createPool = ({ origin, connections, now }: PoolOptions): ConnectionPool => {
  const open = () =>
    new Pool(origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
    });
  let pool = open();
  let closing: Promise<unknown> | undefined;
  const retired = new Set<Promise<unknown>>();
  // Exchanges in flight finish on the old pool. Its idle connections close at once.
  const touch = createIdleWatch(now, () => {
    if (closing !== undefined) return;
    const ended = pool.close().catch(() => undefined);
    retired.add(ended);
    void ended.then(() => retired.delete(ended));
    pool = open();
  });
  return {
    async use(exchange) {
      touch();
      try {
        return await exchange(pool);
      } finally {
        touch();
      }
    },
    async close() {
      closing ??= Promise.all([pool.close(), ...retired]);
      await closing;
    },
  };
};
