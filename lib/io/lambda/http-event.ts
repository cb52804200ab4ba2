/** HTTP as API Gateway hands it to Lambda and takes it back. (API Gateway guide, HTTP APIs, payload format 2.0) */
import { fieldsOf, isRecord } from '../../../events/shapes.ts';
import type { Reply, WebRequest } from '../../../events/sources/source.ts';

/** Thrown for an invocation that is no request: no client waits for an answer. */
class HttpEventError extends Error {
  override readonly name = 'HttpEventError';
  readonly code = 'not-http';
  constructor() {
    super('not-http: expected an event of an HTTP API, payload format 2.0');
  }
}

export interface HttpEvent {
  readonly request: WebRequest;
  readonly gatewayId: string;
  /** Of the other end of the connection. */
  readonly address: string;
}

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/**
 * Body byte for byte, header names in lower case, the path without the stage. Throws HttpEventError (`not-http`) for
 * anything else.
 */
export const readHttpEvent = (event: unknown): HttpEvent => {
  if (!isRecord(event) || event.version !== '2.0' || !isRecord(event.requestContext)) throw new HttpEventError();
  const { rawPath, rawQueryString: query, headers, body, isBase64Encoded, requestContext } = event;
  const { http, stage, requestId } = requestContext;
  if (typeof rawPath !== 'string' || !isRecord(http) || typeof http.method !== 'string') throw new HttpEventError();
  return {
    request: {
      method: http.method.toUpperCase(),
      path: withoutStage(rawPath, stage),
      ...(typeof query === 'string' && query !== '' ? { query } : {}),
      headers: headersOf(headers),
      body: bytesOf(body, isBase64Encoded === true),
    },
    gatewayId: typeof requestId === 'string' ? requestId : '',
    address: typeof http.sourceIp === 'string' ? http.sourceIp : 'unknown',
  };
};

/** A stage other than `$default` is the first part of the path. */
const withoutStage = (path: string, stage: unknown): string =>
  typeof stage === 'string' && stage !== '$default' && `${path}/`.startsWith(`/${stage}/`)
    ? path.slice(stage.length + 1)
    : path;

/** One that is there in two spellings is joined, as if it had come twice. */
const headersOf = (headers: unknown): Readonly<Record<string, string>> => {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(fieldsOf(headers))) {
    if (typeof value !== 'string') continue;
    const before = found.get(name.toLowerCase());
    found.set(name.toLowerCase(), before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(found);
};

const bytesOf = (body: unknown, isBase64: boolean): Uint8Array =>
  typeof body === 'string' ? new Uint8Array(Buffer.from(body, isBase64 ? 'base64' : 'utf8')) : new Uint8Array();

/** Never cached on the way. */
export const httpResponse = ({ status, headers = {}, body }: Reply): HttpResponse => ({
  statusCode: status,
  headers: {
    'cache-control': 'no-store',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  },
  body: body === undefined ? '' : JSON.stringify(body),
  isBase64Encoded: false,
});
