/**
 * What one answer of the API to a revocation means: one table, one lookup. No other file judges the status of a revocation.
 * (API reference, errors: google.rpc.Status with a numeric code, or Connect's with a string code.)
 */
import { isRecord } from '../../events/shapes.ts';
import type { Observation } from './api.ts';

/** What the API showed. `would-revoke`: dry run. `unknown`: the effect cannot be told from the answer. */
export type Outcome =
  | 'confirmed'
  | 'accepted'
  | 'not-found'
  | 'no-keys'
  | 'duplicate'
  | 'would-revoke'
  | 'rejected'
  | 'unauthenticated'
  | 'forbidden'
  | 'misdirected'
  | 'throttled'
  | 'unavailable'
  | 'unknown';

/**
 * `next`: `verify` reads back, `verify-effect` reads back because the effect is unknown, `ask` asks `auth/can-i` whether
 * the fault is ours everywhere. `systemic`: the fault is not this target's. `quick`: worth another try at once.
 */
export interface Reading {
  readonly outcome: Outcome;
  readonly next: 'done' | 'dead' | 'retry' | 'verify' | 'verify-effect' | 'ask';
  readonly systemic: boolean;
  readonly quick: boolean;
}

type Answer = Extract<Observation, { kind: 'answer' }>;

const reading = (outcome: Outcome, next: Reading['next'], marks: { systemic?: true; quick?: true } = {}): Reading => ({
  outcome,
  next,
  systemic: marks.systemic ?? false,
  quick: marks.quick ?? false,
});

const UNKNOWN = reading('unknown', 'verify-effect', { quick: true });
const NO_TOKEN = reading('unauthenticated', 'retry', { systemic: true });
const THROTTLED_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429]);

/** First match wins. */
const ROWS: readonly (readonly [matches: (answer: Answer) => boolean, Reading])[] = [
  [({ status, body }) => status === 200 && isRecord(body) && !isApiError(body), reading('accepted', 'verify')],
  [({ status }) => status >= 200 && status < 300, UNKNOWN],
  [({ status, body }) => status === 404 && isNotFound(body), reading('not-found', 'done')],
  [({ status, body }) => status === 400 && isApiError(body), reading('rejected', 'dead')],
  [({ status }) => status === 401, reading('unauthenticated', 'retry', { systemic: true })],
  [({ status }) => status === 403, reading('forbidden', 'ask')],
  [({ status }) => THROTTLED_STATUS.has(status), reading('throttled', 'retry')],
  [({ status }) => status === 501, reading('misdirected', 'retry', { systemic: true })],
  [({ status }) => status === 503, reading('unavailable', 'retry', { quick: true })],
  [({ status }) => status >= 500, reading('unavailable', 'retry')],
];

/** 3xx, and 4xx that this API would not give: another host, or another path, answered. */
const MISDIRECTED = reading('misdirected', 'retry', { systemic: true });

/** Takes what was observed of a revocation call; returns what it means and what follows. Total. */
export function readRevocation(observed: Observation): Reading {
  if (observed.kind === 'fault') return observed.fault === 'token' ? NO_TOKEN : UNKNOWN;
  return ROWS.find(([matches]) => matches(observed))?.[1] ?? MISDIRECTED;
}

/** Takes a body; returns whether it is an error of this API, and not a proxy's page. */
export const isApiError = (body: unknown): boolean =>
  isRecord(body) && (typeof body.code === 'number' || typeof body.code === 'string');

/**
 * Takes a body; returns whether it says that the thing asked for does not exist (gRPC code 5, Connect `not_found`). The
 * bare text of the status says less: a gateway answers so for a path that it does not have (grpc-gateway,
 * DefaultRoutingErrorHandler).
 */
export const isNotFound = (body: unknown): boolean =>
  isRecord(body) && (body.code === 5 || body.code === 'not_found') && !isBareStatus(body);

const isBareStatus = ({ message, details }: Readonly<Record<string, unknown>>): boolean =>
  message === 'Not Found' && !(Array.isArray(details) && details.length > 0);

/** What an answer says of the API's limit: it let the call through, or refused it and may say for how long. */
export type Load =
  | { readonly kind: 'served' }
  | { readonly kind: 'refused'; readonly retryAfter?: string; readonly date?: string }
  | { readonly kind: 'unknown' };

const REFUSED_STATUS: ReadonlySet<number> = new Set([429, 503]);

/** Takes what was observed of any call; returns what it says of the API's limit. A fault, or an error of the server, says nothing. (RFC 6585 §4, RFC 9110 §15.6.4) */
export function loadOf(observed: Observation): Load {
  // Stryker disable next-line ConditionalExpression,StringLiteral: for the type only, a fault has no status below 500
  if (observed.kind === 'fault') return { kind: 'unknown' };
  const { status, retryAfter, date } = observed;
  if (!REFUSED_STATUS.has(status)) return { kind: status < 500 ? 'served' : 'unknown' };
  return {
    kind: 'refused',
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(date === undefined ? {} : { date }),
  };
}
