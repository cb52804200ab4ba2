/**
 * An HTTP API on localhost in front of a function: each request becomes an event of payload format 2.0, and the result
 * of the function becomes the response. (API Gateway guide, working with Lambda integrations for HTTP APIs)
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Listening, listenOnLoopback } from './listen.ts';

export interface HttpApiOptions {
  /** If it rejects, the gateway answers 500. */
  invoke(event: unknown): Promise<unknown>;
  /** A stage that is part of the path; absent: `$default`, which is not. */
  readonly stage?: string;
}

/**
 * The gateway joins repeated headers, and passes every body that is not of a known text type as base64.
 */
const eventOf = (request: IncomingMessage, body: Buffer, stage: string): object => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://gateway');
  const headers = Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values.join(',')]);
  const isText = /^(?:text\/|application\/(?:json|xml|javascript)\b)/.test(request.headers['content-type'] ?? '');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: Object.fromEntries(headers),
    requestContext: {
      stage,
      requestId: randomUUID(),
      http: { method: request.method, path: pathname, protocol: 'HTTP/1.1', sourceIp: request.socket.remoteAddress },
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
};

interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const isResponse = (value: unknown): value is Response =>
  typeof value === 'object' && value !== null && 'statusCode' in value && 'headers' in value && 'body' in value;

const FAILED: Response = { statusCode: 500, headers: {}, body: '{"message":"Internal Server Error"}' };

/** Starts on a free port. */
export const startHttpApi = ({ invoke, stage = '$default' }: HttpApiOptions): Promise<Listening> =>
  listenOnLoopback(
    createServer(async (request, response) => {
      const event = eventOf(request, await buffer(request), stage);
      const answer = await invoke(event).catch(() => FAILED);
      const { statusCode, headers, body } = isResponse(answer) ? answer : FAILED;
      response.writeHead(statusCode, headers).end(body);
    }),
  );
