/** One HTTP exchange on a connection pool: bounded in time and size, and never rejected. */
import type { Dispatcher } from 'undici';
import type { Fault } from '../../coreweave/api.ts';

export interface ExchangeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** A larger response body is not read on: its connection is closed. */
  readonly maxBytes: number;
  /** For the whole exchange, from the wait for a connection to the last byte; at least 1. */
  readonly timeoutMs: number;
}

interface Head {
  readonly status: number;
  readonly retryAfter?: string;
  readonly date?: string;
  readonly link?: string;
  /** `x-ratelimit-reset`, where `x-ratelimit-remaining` is 0: a second of the epoch. */
  readonly limitEnds?: string;
}

export type ExchangeResult =
  | (Head & { readonly kind: 'answer'; readonly body: unknown })
  | { readonly kind: 'fault'; readonly fault: Exclude<Fault, 'token'> };

/** Our own timer is the only bound: those of undici do not count the wait for a connection, and are coarse. */
const WITHOUT_TIMEOUTS = { headersTimeout: 0, bodyTimeout: 0 } as const;

/**
 * Never rejects. A received status is an answer; its `body` is undefined if it is not JSON in UTF-8, was cut off, or
 * exceeds `maxBytes`. Redirects are answers and are not followed. Faults: `timeout`; `connect` (nothing was sent);
 * `reset` (all others: the request may have arrived).
 */
export const exchange = (pool: Dispatcher, request: ExchangeRequest): Promise<ExchangeResult> => {
  const { promise, resolve } = Promise.withResolvers<ExchangeResult>();
  const { method, path, headers, timeoutMs } = request;
  const received = receiver(request.maxBytes);
  let connection: Dispatcher.DispatchController | undefined;
  let expired = false;

  const timer = setTimeout(() => {
    expired = true;
    settle({ kind: 'fault', fault: 'timeout' });
    connection?.abort(new Error('time-out'));
  }, timeoutMs);
  const settle = (result: ExchangeResult): void => {
    clearTimeout(timer);
    resolve(result);
  };

  pool.dispatch(
    { method, path, headers, body: request.body ?? null, ...WITHOUT_TIMEOUTS },
    {
      onRequestStart: (controller) => {
        connection = controller;
        // The caller has gone while the request waited for a connection: it must not be sent any more.
        if (expired) controller.abort(new Error('time-out'));
      },
      onResponseStart: (_, status, fields) => received.start(status, fields),
      onResponseData: (controller, chunk) => {
        if (!received.take(chunk)) controller.abort(new Error('over the size cap'));
      },
      onResponseEnd: () => settle(received.answer() ?? { kind: 'fault', fault: 'reset' }),
      onResponseError: () =>
        settle(received.cutOff() ?? { kind: 'fault', fault: connection === undefined ? 'connect' : 'reset' }),
    },
  );
  return promise;
};

/** Gathers one response; `answer` is for a complete one, `cutOff` for one that ended early. */
const receiver = (maxBytes: number) => {
  const chunks: Buffer[] = [];
  let size = 0;
  let head: Head | undefined;
  return {
    start: (status: number, fields: Fields): void => {
      // 1xx are not the answer.
      if (status >= 200) head = headOf(status, fields);
    },
    /** False: the body has grown over the cap. */
    take: (chunk: Buffer): boolean => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      return size <= maxBytes;
    },
    answer: (): ExchangeResult | undefined => head && { kind: 'answer', ...head, body: parsed(chunks) },
    cutOff: (): ExchangeResult | undefined => head && { kind: 'answer', ...head, body: undefined },
  };
};

type Fields = Readonly<Record<string, string | string[] | undefined>>;

const headOf = (status: number, fields: Fields): Head => ({
  status,
  ...text('retryAfter', fields['retry-after']),
  ...text('date', fields.date),
  ...text('link', fields.link),
  ...(fields['x-ratelimit-remaining'] === '0' ? text('limitEnds', fields['x-ratelimit-reset']) : {}),
});

/** The first value of a header under a name of ours, or nothing. */
const text = <Name extends 'retryAfter' | 'date' | 'link' | 'limitEnds'>(
  name: Name,
  value: string | string[] | undefined,
) => {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined ? {} : { [name]: first };
};

/**
 * Keeps nothing from one text to the next, a failed one neither. (Encoding Standard, TextDecoder, `decode` without
 * `stream`)
 */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Errors of JSON.parse quote their input: they end here. */
const parsed = (chunks: readonly Buffer[]): unknown => {
  try {
    return JSON.parse(UTF8.decode(Buffer.concat(chunks)));
  } catch {
    return undefined;
  }
};
