/**
 * Responses of the API as text: google.rpc.Status bodies (API reference, errors), the Connect form of the same codes,
 * and responses of proxies. Labels in this folder: [D] documented, [C] seen in a client's code, [G] guess.
 */
import type { Json } from '../../lib/model/json.ts';

/** A whole HTTP response; `body` is sent unchanged. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Numeric code and HTTP status per code name, as grpc-gateway maps them [C]; the names are those of Connect [C]. */
const RPC = {
  canceled: [1, 499],
  unknown: [2, 500],
  invalid_argument: [3, 400],
  deadline_exceeded: [4, 504],
  not_found: [5, 404],
  already_exists: [6, 409],
  permission_denied: [7, 403],
  resource_exhausted: [8, 429],
  failed_precondition: [9, 400],
  aborted: [10, 409],
  out_of_range: [11, 400],
  unimplemented: [12, 501],
  internal: [13, 500],
  unavailable: [14, 503],
  data_loss: [15, 500],
  unauthenticated: [16, 401],
} as const;
export type RpcCode = keyof typeof RPC;

const JSON_TYPE = 'application/json';
const JSON_HEADERS = { 'content-type': JSON_TYPE };

/** 200 with a JSON body. */
export const ok = (value: Json): Answer => ({ status: 200, headers: JSON_HEADERS, body: JSON.stringify(value) });

/** An error of the API: `{"code":<number>,"message":…,"details":[…]}` under the mapped HTTP status. */
export const rpcError = (code: RpcCode, message: string, details: readonly Json[] = []): Answer => ({
  status: RPC[code][1],
  headers: JSON_HEADERS,
  body: JSON.stringify({ code: RPC[code][0], message, details }),
});

/** 400 code 3 with a BadRequest detail naming the field [C]. Never holds the value. */
export const badField = (field: string, description: string): Answer =>
  rpcError('invalid_argument', `invalid value for ${field}`, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] },
  ]);

/**
 * Bodies of failed responses: the API's own error body, its Connect form, a page or a line of a proxy, nothing, half of
 * a JSON text, or `{}`.
 */
export type BodyKind = 'status' | 'connect' | 'html' | 'text' | 'empty' | 'truncated' | 'nothing';

/** Name and number of the code for an HTTP status; `unknown` if no code maps to it. */
const codeFor = (status: number): readonly [string, number] => {
  const found = Object.entries(RPC).find(([, [, http]]) => http === status);
  return found === undefined ? ['unknown', RPC.unknown[0]] : [found[0], found[1][0]];
};
const statusBody = (status: number): string =>
  JSON.stringify({ code: codeFor(status)[1], message: 'planned fault', details: [] });
const connectBody = (status: number): string =>
  JSON.stringify({ code: codeFor(status)[0], message: 'planned fault', details: [] });

const BODIES: Readonly<Record<BodyKind, (status: number) => { readonly type?: string; readonly body: string }>> = {
  status: (status) => ({ type: JSON_TYPE, body: statusBody(status) }),
  connect: (status) => ({ type: JSON_TYPE, body: connectBody(status) }),
  html: (status) => ({ type: 'text/html', body: `<html><body><h1>${status}</h1><hr>proxy</body></html>` }),
  text: (status) => ({ type: 'text/plain', body: `${status} page of a proxy\n` }),
  empty: () => ({ body: '' }),
  truncated: (status) => ({ type: JSON_TYPE, body: statusBody(status).slice(0, 17) }),
  nothing: () => ({ type: JSON_TYPE, body: '{}' }),
};

/** A response with that status, kind of body and further headers. */
export const plannedAnswer = (
  status: number,
  kind: BodyKind,
  headers: Readonly<Record<string, string>> = {},
): Answer => {
  const { type, body } = BODIES[kind](status);
  return { status, headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers }, body };
};
