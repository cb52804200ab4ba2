import type { Socket } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test, vi } from 'vitest';
import {
  createSdkClient,
  SDK_SETTINGS,
  type SdkOverrides,
  type SdkSettings,
  sdkErrorName,
} from '../../../../lib/io/aws/sdk.ts';
import { type Answer, json, loopback, silence } from '../../../support/loopback.ts';

const overridesFor = (url: URL): SdkOverrides => ({
  endpoint: url.origin,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'x'.repeat(40) },
});

/** A client with our settings, and time-outs of 80 ms in place of seconds. */
const clientOf = (url: URL): Promise<SecretsManagerClient> =>
  createSdkClient((settings) => new SecretsManagerClient(settings), {
    ...overridesFor(url),
    requestHandler: { ...SDK_SETTINGS.requestHandler, requestTimeout: 80, socketTimeout: 80 },
  });

const failure = async (answer: Answer): Promise<{ name: string; attempts: number }> => {
  const server = await loopback(answer);
  const client = await clientOf(server.url);
  const error = await client.send(new GetSecretValueCommand({ SecretId: 'id' })).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { name: sdkErrorName(error), attempts: server.seen.length };
};

test('the time-outs and the retries are these', () => {
  expect(SDK_SETTINGS).toEqual({
    maxAttempts: 3,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      socketTimeout: 3_000,
      throwOnRequestTimeout: true,
    },
  });
});

test('a server that hangs costs three attempts of the request time-out', async () => {
  expect(await failure(silence)).toEqual({ name: 'TimeoutError', attempts: 3 });
});

test('a body that stalls ends like a server that hangs', async () => {
  const stall: Answer = (response) => response.writeHead(200, { 'content-length': '10' }).write('{');
  expect(await failure(stall)).toEqual({ name: 'TimeoutError', attempts: 3 });
});

test('the retry mode of the environment does not win over ours', async () => {
  vi.stubEnv('AWS_RETRY_MODE', 'adaptive');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '9');
  try {
    expect(await failure(silence)).toEqual({ name: 'TimeoutError', attempts: 3 });
  } finally {
    vi.unstubAllEnvs();
  }
});

test.for([
  ['a service error', Object.assign(new Error('secret'), { name: 'ThrottlingException' }), 'ThrottlingException'],
  ['a Node error', Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['all addresses of a host', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['an error without name or code', new Error('secret'), 'Error'],
  ['a name that is a text', Object.assign(new Error(''), { name: 'secret text\n' }), 'unknown'],
  ['no error', 'secret', 'unknown'],
] as const)('of %s nothing but its name goes on', ([, error, name]) => {
  expect(sdkErrorName(error)).toBe(name);
});

test('createSdkClient: both agents keep 50 connections, each for 4 s', async () => {
  const given: SdkSettings[] = [];
  await createSdkClient((settings) => {
    given.push(settings);
    return new SecretsManagerClient(settings);
  });
  const agents = given.flatMap(({ requestHandler: { httpAgent, httpsAgent } }) => [httpAgent, httpsAgent]);
  const kept = { keepAlive: true, timeout: 4_000, maxSockets: 50 };
  // The options of an agent have no type.
  expect(agents).toMatchObject([{ options: kept }, { options: kept }]);
});

/** Eight calls at once, then the clock moves on, then one call; how many connections each of the two took. */
const connectionsWith = async (movesOnMs: number): Promise<readonly [burst: number, next: number]> => {
  const server = await loopback(json(200, { SecretString: 'text' }));
  let now = Date.UTC(2026, 10, 23);
  const client = await createSdkClient((settings) => new SecretsManagerClient(settings), {
    ...overridesFor(server.url),
    now: () => now,
  });
  const call = () => client.send(new GetSecretValueCommand({ SecretId: 'id' }));
  await Promise.all(Array.from({ length: 8 }, call));
  const burst = server.connections.total;
  now += movesOnMs;
  await call();
  client.destroy();
  return [burst, server.connections.total - burst];
};

test('createSdkClient: uses an idle connection again while the clock runs', async () => {
  expect(await connectionsWith(4_000)).toEqual([8, 0]);
});

test('createSdkClient: uses none of its idle connections after a freeze', async () => {
  expect(await connectionsWith(400_000)).toEqual([8, 1]);
});

test('createSdkClient: one attempt is enough after a freeze in which the server fell silent', async () => {
  const dead = new Set<Socket>();
  const server = await loopback((response, seen, request) =>
    (dead.has(request.socket) ? silence : json(200, { SecretString: 'text' }))(response, seen, request),
  );
  server.server.on('connection', (socket) => alive.add(socket));
  const alive = new Set<Socket>();
  let now = Date.UTC(2026, 10, 23);
  const settings = { ...overridesFor(server.url), maxAttempts: 1, now: () => now };
  const client = await createSdkClient((each) => new SecretsManagerClient(each), settings);
  const call = () => client.send(new GetSecretValueCommand({ SecretId: 'id' }));
  await Promise.all(Array.from({ length: 8 }, call));
  for (const socket of alive) dead.add(socket);
  now += 400_000;
  expect((await call()).SecretString).toBe('text');
  expect(server.seen.length).toBe(9);
  client.destroy();
});
