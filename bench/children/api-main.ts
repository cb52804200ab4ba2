/**
 * The API for measurements, as a separate process. It validates nothing, to add as little time as possible: HTTP/1.1
 * over bare sockets, with the responses of local/coreweave. Its argument is `ApiOptions` as JSON. It prints
 * `{"url"}`, answers each line on stdin with an `ApiReport` of the calls since the last one, and ends with its stdin.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createServer as createTlsServer } from 'node:tls';
import { type ApiOptions, type ApiReport, createBucket } from '../api.ts';

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

const options: ApiOptions = JSON.parse(process.argv[2] ?? '{}');
const { latencyMs = 0, tls } = options;
const bucket = options.rate === undefined ? undefined : createBucket(options.rate, now());

interface Seen {
  opened: number;
  mostOpen: number;
  readonly calls: ApiReport['calls'][number][];
  readonly keys: Set<string>;
}

const nothing = (): Seen => ({ opened: 0, mostOpen: 0, calls: [], keys: new Set() });
let seen = nothing();
let open = 0;

interface Request {
  readonly start: string;
  /** The operation of AWS that it names. */
  readonly target: string | undefined;
  readonly body: string;
  /** Characters of the whole request. */
  readonly length: number;
}

/** Undefined until a request is complete. */
function requestIn(text: string): Request | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  const length = end + 4 + bodyLength;
  if (text.length < length) return undefined;
  const target = /\r\nx-amz-target: *(\S+)/i.exec(head)?.[1];
  return { start: head.slice(0, head.indexOf('\r\n')), target, body: text.slice(end + 4, length), length };
}

const answer = (status: string, body: string, headers = ''): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;

const DONE = answer('200 OK', '{}');
const SECRET = answer('200 OK', JSON.stringify({ Name: 'token', SecretString: 'bench-token', CreatedDate: 1.7e9 }));
const TOO_MANY = answer('429 Too Many Requests', '{"code":8,"message":"rate","details":[]}', 'retry-after: 1\r\n');
const infoOf = (accessKeyId: string): string =>
  answer('200 OK', JSON.stringify({ info: { accessKeyId, principalName: 'coreweave/bench', status: 'DELETED' } }));

interface Answer {
  readonly bytes: string;
  /** Absent where it is no call of the API. */
  readonly kind?: ApiReport['calls'][number][0];
  /** What was revoked, in the words of the client. */
  readonly key?: string;
}

function answerTo({ start, target, body }: Request): Answer {
  const [method, path = ''] = start.split(' ');
  // Stands for AWS: a DynamoDB table that accepts everything, and a secret.
  if (path === '/') return { bytes: target === 'secretsmanager.GetSecretValue' ? SECRET : DONE };
  if (bucket !== undefined && !bucket(now())) return { bytes: TOO_MANY, kind: 'refused' };
  if (method === 'GET') return { bytes: infoOf(path.slice(path.lastIndexOf('/') + 1)), kind: 'read' };
  return { bytes: DONE, kind: 'revoke', key: body };
}

/** Responses that the client did not receive are not counted. */
function reply(socket: Socket, { bytes, kind, key }: Answer): void {
  if (socket.destroyed) return;
  socket.write(bytes);
  if (kind !== undefined) seen.calls.push([kind, now()]);
  if (key !== undefined) seen.keys.add(key);
}

function serve(socket: Socket): void {
  let text = '';
  open += 1;
  seen.opened += 1;
  seen.mostOpen = Math.max(seen.mostOpen, open);
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.on('close', () => {
    open -= 1;
  });
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (let request = requestIn(text); request !== undefined; request = requestIn(text)) {
      text = text.slice(request.length);
      const found = answerTo(request);
      if (latencyMs === 0) reply(socket, found);
      else setTimeout(reply, latencyMs, socket, found);
    }
  });
}

function createListener(): Server {
  if (tls === undefined) return createServer(serve);
  const server = createTlsServer({ key: readFileSync(tls.keyFile), cert: readFileSync(tls.certFile) }, serve);
  return server.on('tlsClientError', () => undefined);
}

const server = createListener();
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;
say({ url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}` });

for await (const _line of createInterface({ input: process.stdin })) {
  const { opened, mostOpen, calls, keys } = seen;
  const report: ApiReport = { opened, mostOpen, calls, revoked: keys.size };
  say(report);
  seen = nothing();
}
process.exit(0);
