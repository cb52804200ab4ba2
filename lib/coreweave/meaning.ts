/**
 * What a response of the API to a revocation means: one table, one lookup. No other module judges the status of a
 * revocation. (API reference, errors: google.rpc.Status with a numeric code, or Connect's with a string code.)
 */
import { isRecord } from '../../events/shapes.ts';
import type { AttemptResult } from '../model/outcome.ts';
import type { ApiResponse } from './api.ts';

/**
 * `ask-permission`: a 403 may concern this target alone or every target; `can-i` tells. `ask-host`: an odd status may
 * be about this target alone, or come from another host; `can-i` is answered by the right host only. `systemic`: the
 * cause is not this target, so the circuit breaker counts it.
 */
export interface Meaning extends Pick<AttemptResult, 'outcome' | 'quick'> {
  readonly next: AttemptResult['next'] | 'ask-permission' | 'ask-host';
  readonly systemic: boolean;
}

type Answer = Extract<ApiResponse, { kind: 'answer' }>;

const meaning = (
  outcome: Meaning['outcome'],
  next: Meaning['next'],
  marks: { readonly systemic?: true; readonly quick?: true } = {},
): Meaning => ({ outcome, next, systemic: marks.systemic ?? false, quick: marks.quick ?? false });

const UNKNOWN = meaning('unknown', 'verify-effect', { quick: true });
const NO_TOKEN = meaning('unauthenticated', 'retry', { systemic: true });
const THROTTLED_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429]);

/** First match wins. */
const ROWS: readonly (readonly [matches: (answer: Answer) => boolean, Meaning])[] = [
  [({ status, body }) => status === 200 && isRecord(body) && !isApiError(body), meaning('accepted', 'verify')],
  [({ status }) => status >= 200 && status < 300, UNKNOWN],
  [(answer) => isNotFound(answer), meaning('not-found', 'done')],
  [({ status, body }) => status === 400 && isApiError(body), meaning('rejected', 'dead')],
  [({ status }) => status === 401, meaning('unauthenticated', 'retry', { systemic: true })],
  [({ status }) => status === 403, meaning('forbidden', 'ask-permission')],
  [({ status }) => THROTTLED_STATUS.has(status), meaning('throttled', 'retry', { quick: true })],
  [({ status }) => status === 501, meaning('misdirected', 'retry', { systemic: true })],
  [({ status }) => status === 503, meaning('unavailable', 'retry', { quick: true })],
  [({ status }) => status >= 500, meaning('unavailable', 'retry')],
];

/** 3xx, and 4xx that this API does not give: another host, or another path, answered. */
const MISDIRECTED = meaning('misdirected', 'ask-host');

export function meaningOf(response: ApiResponse): Meaning {
  if (response.kind === 'fault') return response.fault === 'token' ? NO_TOKEN : UNKNOWN;
  return ROWS.find(([matches]) => matches(response))?.[1] ?? MISDIRECTED;
}

/** Whether a body is an error of this API, and not a proxy's page. */
export const isApiError = (body: unknown): boolean =>
  isRecord(body) && (typeof body.code === 'number' || typeof body.code === 'string');

/** Statuses by which the API says that a key does not exist. */
const NOT_FOUND_STATUS: ReadonlySet<number> = new Set([404]);

/**
 * Whether the API says that the key does not exist (gRPC code 5, Connect `not_found`). The bare status text proves
 * less: a gateway answers so for a path that it does not know. (grpc-gateway, DefaultRoutingErrorHandler)
 */
export const isNotFound = ({ status, body }: Pick<Answer, 'status' | 'body'>): boolean =>
  NOT_FOUND_STATUS.has(status) &&
  isRecord(body) &&
  (body.code === 5 || body.code === 'not_found') &&
  !isBareStatusText(body);

const isBareStatusText = ({ message, details }: Readonly<Record<string, unknown>>): boolean =>
  message === 'Not Found' && !(Array.isArray(details) && details.length > 0);

/** Whether a read was refused for the load alone: by the API, or by our own rate limit before it was sent. */
export const isThrottled = (response: ApiResponse): boolean =>
  response.kind === 'fault'
    ? response.sent === false
    : THROTTLED_STATUS.has(response.status) || LOAD_STATUS.has(response.status);

/** What a response says of the API's rate limit. */
export type Load =
  | { readonly kind: 'served' }
  | { readonly kind: 'throttled'; readonly retryAfter?: string; readonly date?: string }
  | { readonly kind: 'unknown' };

const LOAD_STATUS: ReadonlySet<number> = new Set([429, 503]);

/** A fault, or another server error, says nothing of the rate limit. (RFC 6585 §4, RFC 9110 §15.6.4) */
export function loadOf(response: ApiResponse): Load {
  // Stryker disable next-line ConditionalExpression,StringLiteral: for the type only, a fault has no status below 500
  if (response.kind === 'fault') return { kind: 'unknown' };
  const { status, retryAfter, date } = response;
  if (!LOAD_STATUS.has(status)) return { kind: status < 500 ? 'served' : 'unknown' };
  return {
    kind: 'throttled',
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(date === undefined ? {} : { date }),
  };
}
