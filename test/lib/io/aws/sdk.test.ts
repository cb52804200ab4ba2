import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test, vi } from 'vitest';
import { SDK_SETTINGS, sdkErrorName } from '../../../../lib/io/aws/sdk.ts';
import { type Answer, loopback, silence } from '../../../support/loopback.ts';

/** A client with our settings, and time-outs of 80 ms in place of seconds. */
const clientOf = (url: URL) =>
  new SecretsManagerClient({
    ...SDK_SETTINGS,
    requestHandler: { ...SDK_SETTINGS.requestHandler, requestTimeout: 80, socketTimeout: 80 },
    endpoint: url.origin,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'x'.repeat(40) },
  });

const failure = async (answer: Answer): Promise<{ name: string; attempts: number }> => {
  const server = await loopback(answer);
  const error = await clientOf(server.url)
    .send(new GetSecretValueCommand({ SecretId: 'id' }))
    .then(
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
  ['an error without name or code', new Error('secret'), 'Error'],
  ['a name that is a text', Object.assign(new Error(''), { name: 'secret text\n' }), 'unknown'],
  ['no error', 'secret', 'unknown'],
] as const)('of %s nothing but its name goes on', ([, error, name]) => {
  expect(sdkErrorName(error)).toBe(name);
});
