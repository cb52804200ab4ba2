/** A loopback stand-in for the one call of Secrets Manager that we make (JSON 1.1, GetSecretValue). */
import { createServer } from 'node:http';
import { type Listening, listenOnLoopback } from '../../local/listen.ts';

export interface SecretsManager extends Listening {
  /** What the secret holds from now on. */
  secret: string;
  /** When it was stored, epoch ms. */
  storedAt: number;
  /** How often it was asked for. */
  readonly loads: number;
}

/** Takes the secret's first value, and when it was stored (epoch ms); starts the stand-in on a free port. */
export async function startSecretsManager(secret: string, storedAt = Date.now()): Promise<SecretsManager> {
  const state = { secret, storedAt, loads: 0 };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const known = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
      state.loads += 1;
      response.writeHead(known ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      const version = { Name: 'token', SecretString: state.secret, CreatedDate: state.storedAt / 1_000 };
      response.end(JSON.stringify(known ? version : { __type: 'InvalidAction' }));
    });
  });
  return Object.assign(state, await listenOnLoopback(server));
}
