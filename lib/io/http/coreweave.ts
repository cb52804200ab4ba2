/** The CoreWeave API over one pool of kept-alive HTTP/1.1 connections. */
import type { Dispatcher } from 'undici';
import { type Api, type ApiResponse, type HttpCall, httpCall } from '../../coreweave/api.ts';
import { withTimeout } from '../node.ts';
import type { Token, TokenSource } from '../secrets/token.ts';
import { exchange } from './exchange.ts';
import { createPool } from './pool.ts';

/** Answers that are worked on in one turn of the event loop (`npm run bench -- --only latency,cpu`). */
const ANSWERS_AT_ONCE = 8;

export interface CoreweaveOptions {
  /** The origin of the API; its path is not used. */
  readonly url: URL;
  /** Most connections at once; further calls wait, inside their own time-outs. */
  readonly connections: number;
  readonly token: TokenSource;
  /** Epoch ms, for latencies, for what is left of a time-out, and for the age of connections. */
  readonly now: () => number;
}

/**
 * `send` never rejects and never takes longer than its `timeoutMs`, the token and a second try after a 401 included.
 * `latencyMs` is that of the last attempt. Faults: see `exchange`, and `token` when no token came in time. `close`
 * waits for calls under way; calls after it see `connect`.
 */
export const createCoreweaveApi = (options: CoreweaveOptions): Api & { close(): Promise<void> } => {
  const { now, token: tokens } = options;
  const pool = createPool({ origin: options.url.origin, connections: options.connections, now });
  const stagger = createYieldLimiter(ANSWERS_AT_ONCE);

  return {
    send: async (request, timeoutMs) => {
      const start = now();
      const left = (): number => timeoutMs - (now() - start);
      const attempt = async (token: Token): Promise<ApiResponse> => {
        const observed = await pool.use((dispatcher) =>
          observe({ dispatcher, wire: httpCall(request), token, timeoutMs: Math.max(1, left()), now }),
        );
        if (observed.kind === 'answer') await stagger();
        return observed;
      };

      const token = tokens.held() ?? (await withTimeout(tokens.current(), left()));
      if (token === undefined) return { kind: 'fault', fault: 'token', latencyMs: now() - start };
      const first = await attempt(token);
      if (first.kind !== 'answer' || first.status !== 401) return first;

      const renewed = await withTimeout(tokens.renew(token), left());
      const worthIt = renewed !== undefined && renewed.reveal() !== token.reveal() && left() > 0;
      return worthIt ? await attempt(renewed) : first;
    },
    close: () => pool.close(),
  };
};

const observe = async (call: {
  readonly dispatcher: Dispatcher;
  readonly wire: HttpCall;
  readonly token: Token;
  readonly timeoutMs: number;
  readonly now: () => number;
}): Promise<ApiResponse> => {
  const { method, path, body, maxBytes } = call.wire;
  const start = call.now();
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${call.token.reveal()}`,
    'user-agent': 'coreweave-revocation-handler',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const result = await exchange(call.dispatcher, { method, path, headers, body, maxBytes, timeoutMs: call.timeoutMs });
  return { ...result, latencyMs: call.now() - start };
};

/**
 * At most `atOnce` calls (1 or more) of the returned function resolve in one iteration of the event loop, in their
 * order. Otherwise answers that arrive together would all be processed before the first of the next calls goes out,
 * because undici reuses a connection only an iteration later (client-h1, idle sockets): a burst would go in step, idle
 * in between. Several at once, because their lines are then written together.
 */
export const createYieldLimiter = (atOnce: number): (() => Promise<void>) => {
  const waiting: (() => void)[] = [];
  const pass = (): void => {
    for (const resolve of waiting.splice(0, atOnce)) resolve();
    if (waiting.length > 0) setImmediate(pass);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(pass);
    });
};
