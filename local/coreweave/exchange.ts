/** One exchange with the fake API, from the text of a request to an answer: no sockets. */
import type { CallRequest } from './calls.ts';
import type { Call, Delivery, Fault, Faults } from './faults.ts';
import { type Match, matchRoute } from './routes.ts';
import { type Answer, plannedAnswer, rpcError } from './status.ts';
import type { Store } from './store.ts';
import type { Switches } from './switches.ts';

/** What a test asserts on. The token is never kept. */
export interface RecordedRequest {
  readonly call: Call;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The parsed body, its text when it was no JSON, undefined when there was none. */
  readonly body: unknown;
  /** The key id or principal that it was about. */
  readonly target: string | undefined;
  /** Epoch ms by the clock that was handed in. */
  readonly at: number;
  readonly authorized: boolean;
}

export interface Incoming {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly text: string;
}

export interface Api {
  readonly store: Store;
  readonly switches: Switches;
  readonly faults: Faults;
  readonly requests: RecordedRequest[];
  readonly clock: { now(): number };
  /** The one valid token. */
  token: string;
  /** Set for good when a path, query or body held something like a secret. */
  secretSeen: boolean;
  onRequest?(request: RecordedRequest): void;
}

/** Secret keys, API tokens, JWTs, PEM blocks (API reference, key and principal formats). */
const SECRET = /\bcwo[A-Za-z0-9]{20,}|\bCW-SECRET-|\beyJ[\w-]+\.eyJ|-----BEGIN /;

const parsed = (text: string): unknown => {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** The decoded URL; unchanged if its escapes are malformed. */
const unescaped = (url: string): string => {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
};

/** What routing alone answers, as grpc-gateway does [C]: 404 for no such path, 501 for another method. */
const unrouted = (match: Match, { unknownPath }: Switches): Answer => {
  if (match.kind === 'method') return rpcError('unimplemented', 'Method Not Allowed');
  return unknownPath === 'status' ? rpcError('not_found', 'Not Found') : plannedAnswer(404, unknownPath);
};

/** The true answer: token first, then what the token may do, then the call. */
const trueAnswer = (api: Api, match: Match, call: { authorized: boolean; request: CallRequest }): Answer => {
  if (match.kind !== 'route') return unrouted(match, api.switches);
  if (!call.authorized) return rpcError('unauthenticated', 'invalid token');
  const { action } = match.route;
  if (action !== undefined && api.switches.forbidden.has(action))
    return rpcError('permission_denied', 'not allowed for this token');
  return match.route.answer(call.request);
};

const reachOf = (fault: Fault | undefined) => ({
  ...(typeof fault?.effect === 'object' ? fault.effect : {}),
  ...(fault?.lagReads === undefined ? {} : { lagReads: fault.lagReads }),
});

/**
 * Records the request. A planned fault replaces the true answer; the call still takes effect unless the fault is
 * `skipped`.
 */
export const respond = (api: Api, incoming: Incoming): { readonly answer: Answer; readonly delivery?: Delivery } => {
  const { method, url, text } = incoming;
  const [path = '', search = ''] = url.split('?', 2);
  const match = matchRoute(method, path);
  const body = parsed(text);
  const id = match.kind === 'route' ? match.id : '';
  const call = match.kind === 'route' ? match.route.call : 'unknown';
  const target = match.kind === 'route' ? match.route.target({ id, body }) : undefined;
  const authorized = incoming.authorization === `Bearer ${api.token}`;
  const recorded = { call, method, path: url, body, target, at: api.clock.now(), authorized };
  api.requests.push(recorded);
  api.secretSeen ||= SECRET.test(text) || SECRET.test(unescaped(url));
  api.onRequest?.(recorded);

  const { store, switches } = api;
  if (switches.overLimit(recorded)) return { answer: plannedAnswer(429, 'status', { 'retry-after': '1' }) };
  const fault = api.faults.take(call, target);
  const request = { id, query: new URLSearchParams(search), body, store, switches, reach: reachOf(fault) };
  const real = fault?.effect === 'skipped' ? undefined : trueAnswer(api, match, { authorized, request });
  const answer = fault?.answer ?? real ?? plannedAnswer(500, 'empty');
  return fault?.delivery === undefined ? { answer } : { answer, delivery: fault.delivery };
};
