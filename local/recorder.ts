/** Stands between one caller and the embedded services, and records which permissions its calls need. */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Listening, listenOnLoopback } from './listen.ts';
import { type AwsCall, type AwsService, callsOf, serviceOf } from './recorder/calls.ts';

export interface Recorder extends Listening {
  /** What the caller called since the start or the last `clear`, each once. */
  calls(): readonly AwsCall[];
  clear(): void;
}

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch {
    return Object.fromEntries(new URLSearchParams(body.toString()));
  }
};

const forward = (
  endpoint: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
) => {
  const onward = send(new URL(url ?? '/', endpoint), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  onward.end(body);
};

/** `endpoints`: where each service is. A call of another service is recorded as `unknown` and answered with 404. */
export const startRecorder = async (endpoints: Readonly<Partial<Record<AwsService, string>>>): Promise<Recorder> => {
  const calls = new Map<string, AwsCall>();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const { method = '', url: path = '' } = request;
    const seen = { method, path, target: String(request.headers['x-amz-target'] ?? ''), body: parsed(body) };
    const service = serviceOf(seen);
    const made = service === undefined ? [{ action: 'unknown', resource: seen.target || path }] : callsOf(seen);
    for (const call of made) calls.set(`${call.action} ${call.resource}`, call);
    const endpoint = service === undefined ? undefined : endpoints[service];
    if (endpoint === undefined) response.writeHead(404).end();
    else forward(endpoint, request, body, response);
  });
  return { ...(await listenOnLoopback(server)), calls: () => [...calls.values()], clear: () => calls.clear() };
};
