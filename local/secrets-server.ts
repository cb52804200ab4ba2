/** A fake Secrets Manager with the calls of the product: GetSecretValue, and PutSecretValue of the CLI. (JSON 1.1) */
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { isRecord } from '../events/shapes.ts';
import { type Listening, listenOnLoopback } from './listen.ts';

export interface SecretsServer extends Listening {
  /** Texts by name; a test may change them at any time. */
  readonly secrets: Map<string, string>;
  /** The requested names, in order. */
  readonly loads: readonly string[];
}

const TYPE = { 'content-type': 'application/x-amz-json-1.1' };

interface SecretRequest {
  readonly call: 'GetSecretValue' | 'PutSecretValue' | undefined;
  readonly name: string;
  /** To be stored. */
  readonly text: string | undefined;
}

const CALLS = ['GetSecretValue', 'PutSecretValue'] as const;

async function readRequest(request: IncomingMessage): Promise<SecretRequest> {
  const body: unknown = await json(request).catch(() => undefined);
  const { SecretId: name, SecretString: text } = isRecord(body) ? body : {};
  return {
    call: CALLS.find((call) => request.headers['x-amz-target'] === `secretsmanager.${call}`),
    name: typeof name === 'string' ? name : '',
    text: typeof text === 'string' ? text : undefined,
  };
}

/** Starts on a free port. */
export const startSecretsServer = async (texts: Readonly<Record<string, string>> = {}): Promise<SecretsServer> => {
  const secrets = new Map(Object.entries(texts));
  const loads: string[] = [];
  const server = createServer(async (request, response) => {
    const { call, name, text } = await readRequest(request);
    if (call === 'GetSecretValue') loads.push(name);
    if (call === 'PutSecretValue' && text !== undefined && secrets.has(name)) secrets.set(name, text);
    const stored = call === undefined ? undefined : secrets.get(name);
    const answer = stored === undefined ? { __type: 'ResourceNotFoundException' } : { Name: name };
    const value = call === 'GetSecretValue' ? { SecretString: stored } : {};
    response.writeHead(stored === undefined ? 400 : 200, TYPE).end(JSON.stringify({ ...answer, ...value }));
  });
  return { ...(await listenOnLoopback(server)), secrets, loads };
};
