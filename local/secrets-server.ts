/** A fake Secrets Manager with the only call that the product makes: GetSecretValue. (JSON 1.1) */
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Listening, listenOnLoopback } from './listen.ts';

export interface SecretsServer extends Listening {
  /** Texts by name; a test may change them at any time. */
  readonly secrets: Map<string, string>;
  /** The requested names, in order. */
  readonly loads: readonly string[];
}

const TYPE = { 'content-type': 'application/x-amz-json-1.1' };

const nameIn = async (request: IncomingMessage): Promise<string | undefined> => {
  const body = await json(request).catch(() => undefined);
  const asked = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
  const known = typeof body === 'object' && body !== null && 'SecretId' in body;
  return asked && known && typeof body.SecretId === 'string' ? body.SecretId : undefined;
};

/** Starts on a free port. */
export const startSecretsServer = async (texts: Readonly<Record<string, string>> = {}): Promise<SecretsServer> => {
  const secrets = new Map(Object.entries(texts));
  const loads: string[] = [];
  const server = createServer(async (request, response) => {
    const name = await nameIn(request);
    if (name !== undefined) loads.push(name);
    const text = name === undefined ? undefined : secrets.get(name);
    const answer = text === undefined ? { __type: 'ResourceNotFoundException' } : { Name: name, SecretString: text };
    response.writeHead(text === undefined ? 400 : 200, TYPE).end(JSON.stringify(answer));
  });
  return { ...(await listenOnLoopback(server)), secrets, loads };
};
