import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import type { SdkOverrides } from '../../../../lib/io/aws/sdk.ts';
import { parseApiToken, secretLoader, secretReader, tokenSource } from '../../../../lib/io/secrets/token.ts';
import { type Answer, json, loopback } from '../../../support/loopback.ts';

const PLANTED = `CW-SECRET-${'s'.repeat(32)}`;

const against = async (answer: Answer, more: SdkOverrides = { maxAttempts: 1 }) => {
  const server = await loopback(answer);
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'x'.repeat(40) };
  const overrides = { endpoint: server.url.origin, region: 'eu-central-1', credentials, ...more };
  return { server, load: secretLoader('coreweave/api-token', overrides) };
};

test('the current text of the secret is fetched, each time anew', async () => {
  let text = 'one';
  const { server, load } = await against((...call) => json(200, { SecretString: text })(...call));
  expect(await load()).toBe('one');
  text = 'two';
  expect(await load()).toBe('two');
  expect(server.seen.map(({ headers, body }) => [headers['x-amz-target'], JSON.parse(body)])).toEqual([
    ['secretsmanager.GetSecretValue', { SecretId: 'coreweave/api-token' }],
    ['secretsmanager.GetSecretValue', { SecretId: 'coreweave/api-token' }],
  ]);
});

test.for<readonly [string, Answer, string, string]>([
  ['is binary', json(200, { SecretBinary: 'eHh4' }), 'token-malformed', 'the secret is binary, not a string'],
  [
    'does not exist',
    json(400, { __type: 'ResourceNotFoundException', message: PLANTED }),
    'token-unavailable',
    'ResourceNotFoundException',
  ],
  ['cannot be reached', (_, __, request) => request.socket.resetAndDestroy(), 'token-unavailable', 'TimeoutError'],
])('a secret that %s is reported by code and name alone', async ([, answer, code, detail]) => {
  const { load } = await against(answer);
  const error = await load().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code, detail });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(PLANTED);
});

test('the shared settings of SDK clients hold here, too', async () => {
  const { server, load } = await against((_, __, request) => request.socket.resetAndDestroy(), {});
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  try {
    await expect(load()).rejects.toMatchObject({ code: 'token-unavailable' });
  } finally {
    vi.unstubAllEnvs();
  }
  expect(server.seen).toHaveLength(3);
});

test.each([
  [{ CreatedDate: 1_795_426_200.25 }, 1_795_426_200_250],
  [{}, undefined],
])('the version says when it was stored, if the service does: %o', async (more, storedAt) => {
  const server = await loopback(json(200, { SecretString: 'one', ...more }));
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'x'.repeat(40) };
  const overrides = { endpoint: server.url.origin, region: 'eu-central-1', credentials, maxAttempts: 1 };
  expect(await secretReader('coreweave/api-token', overrides)()).toEqual({ text: 'one', storedAt });
});

test('a token from the configuration is used as it is', async () => {
  const value = parseApiToken(PLANTED);
  const source = tokenSource({ kind: 'plain', value }, () => 0, { reader: secretReader });
  expect(await source.current()).toBe(value);
});
