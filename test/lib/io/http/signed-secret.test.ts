/** The current version of a secret by one signed request, over real sockets. */
import { createHash, createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { endpointOf, type SignedSecretsOptions, signedSecretReader } from '../../../../lib/io/http/signed-secret.ts';
import { type Answer, json, loopback, type Seen } from '../../../support/loopback.ts';

const PLANTED = `CW-SECRET-${'s'.repeat(32)}`;
const NOW = Date.UTC(2026, 10, 23, 9, 30, 1);
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'AKIDTEST',
  AWS_SECRET_ACCESS_KEY: 'x'.repeat(40),
  AWS_SESSION_TOKEN: 'session',
};
const ENV = { AWS_REGION: 'eu-central-1', ...CREDENTIALS };

/** `pauses`: how long it would have slept, in ms. */
const against = async (answer: Answer, more: SignedSecretsOptions['env'] = {}) => {
  const server = await loopback(answer);
  const pauses: number[] = [];
  const read = signedSecretReader({
    env: { ...ENV, AWS_ENDPOINT_URL_SECRETS_MANAGER: server.url.href, ...more },
    clock: { now: () => NOW, sleep: async (ms) => void pauses.push(ms) },
    chance: { fraction: () => 0 },
  })('coreweave/api-token');
  return { seen: server.seen, read, pauses };
};

const failureOf = async (read: () => Promise<unknown>): Promise<unknown> =>
  read().then(
    () => undefined,
    (error: unknown) => error,
  );

/** Signature Version 4 once more, by its documentation. (IAM user guide, create a signed AWS API request) */
function signatureOf({ method, path, headers, body }: Seen): string {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const signed = /SignedHeaders=([^,]+)/.exec(String(headers.authorization))?.[1] ?? '';
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, path, '', lines.join(''), signed, hash(body)].join('\n');
  const scope = ['20261123', 'eu-central-1', 'secretsmanager', 'aws4_request'];
  const key = scope.reduce<string | Buffer>(mac, `AWS4${CREDENTIALS.AWS_SECRET_ACCESS_KEY}`);
  return mac(key, ['AWS4-HMAC-SHA256', '20261123T093001Z', scope.join('/'), hash(canonical)].join('\n')).toString(
    'hex',
  );
}

describe('a secret', () => {
  it('is fetched anew each time, with the day on which it was stored', async () => {
    let text = 'one';
    const { seen, read } = await against((...call) =>
      json(200, { SecretString: text, CreatedDate: 1_795_426_200.25 })(...call),
    );
    expect(await read()).toEqual({ text: 'one', storedAt: 1_795_426_200_250 });
    text = 'two';
    expect(await read()).toMatchObject({ text: 'two' });
    expect(seen.map(({ method, path, body }) => [method, path, JSON.parse(body)])).toEqual([
      ['POST', '/', { SecretId: 'coreweave/api-token' }],
      ['POST', '/', { SecretId: 'coreweave/api-token' }],
    ]);
  });

  it('has no day where the service names none', async () => {
    const { read } = await against(json(200, { SecretString: 'one' }));
    expect(await read()).toEqual({ text: 'one', storedAt: undefined });
  });

  it('is asked for with a signature that the documentation of AWS gives, too', async () => {
    const { seen, read } = await against(json(200, { SecretString: 'one' }));
    await read();
    const [request] = seen;
    if (request === undefined) throw new Error('nothing was sent');
    expect(request.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-date': '20261123T093001Z',
      'x-amz-security-token': 'session',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    });
    const { authorization = '' } = request.headers;
    expect(authorization).toContain('Credential=AKIDTEST/20261123/eu-central-1/secretsmanager/aws4_request');
    expect(authorization).toMatch(/SignedHeaders=content-type;host;[a-z0-9;-]*x-amz-security-token;x-amz-target,/);
    expect(authorization).toContain(`Signature=${signatureOf(request)}`);
  });

  it('is asked for without a session where the credentials have none', async () => {
    const { seen, read } = await against(json(200, { SecretString: 'one' }), { AWS_SESSION_TOKEN: '' });
    await read();
    expect(seen[0]?.headers).not.toHaveProperty('x-amz-security-token');
  });
});

describe('a secret that cannot be read', () => {
  it.each<readonly [string, Answer, string, string]>([
    ['is binary', json(200, { SecretBinary: 'eHh4' }), 'token-malformed', 'the secret is binary, not a string'],
    [
      'does not exist',
      json(400, { __type: 'ResourceNotFoundException', message: PLANTED }),
      'token-unavailable',
      'ResourceNotFoundException',
    ],
    [
      'may not be read',
      json(400, { __type: 'com.amazonaws.secretsmanager#AccessDeniedException' }),
      'token-unavailable',
      'AccessDeniedException',
    ],
    ['has a name that is none', json(400, { __type: PLANTED.repeat(9) }), 'token-unavailable', 'unknown'],
    ['is behind a proxy', json(302, {}, { location: 'http://127.0.0.1:9/' }), 'token-unavailable', 'status 302'],
    ['is no JSON', (response) => void response.end(PLANTED), 'token-unavailable', 'status 200'],
  ])('%s: it is asked for once, and reported by code and name alone', async (_, answer, code, detail) => {
    const { seen, read, pauses } = await against(answer);
    const error = await failureOf(read);
    expect(error).toMatchObject({ code, detail });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(PLANTED);
    expect([seen.length, pauses]).toEqual([1, []]);
  });

  it.each<readonly [string, Answer, string]>([
    ['is throttled', json(400, { __type: 'ThrottlingException' }), 'ThrottlingException'],
    ['meets a rate limit', json(429, {}), 'status 429'],
    ['meets an internal error', json(500, { __type: 'InternalServiceError' }), 'InternalServiceError'],
    ['meets an overload', json(503, {}), 'status 503'],
    ['loses its connection', (_, __, request) => void request.socket.resetAndDestroy(), 'reset'],
  ])('%s: it is asked for three times, with pauses', async (_, answer, detail) => {
    const { seen, read, pauses } = await against(answer);
    expect(await failureOf(read)).toMatchObject({ code: 'token-unavailable', detail });
    expect([seen.length, pauses]).toEqual([3, [50, 200]]);
  });

  it('is read with the second answer, if that has it', async () => {
    let calls = 0;
    const { read } = await against((...call) => {
      calls += 1;
      return json(calls === 1 ? 503 : 200, calls === 1 ? {} : { SecretString: 'one' })(...call);
    });
    expect(await read()).toMatchObject({ text: 'one' });
  });
});

describe('the endpoint', () => {
  const reader = (env: SignedSecretsOptions['env']) =>
    signedSecretReader({ env, clock: { now: () => NOW, sleep: async () => undefined }, chance: { fraction: () => 0 } })(
      'a',
    );

  it('is that of all services where none is set for this one', async () => {
    const server = await loopback(json(200, { SecretString: 'one' }));
    expect(await reader({ ...ENV, AWS_ENDPOINT_URL: server.url.href })()).toMatchObject({ text: 'one' });
  });

  it.each(
    ['eu-central-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1'].flatMap((region) =>
      [undefined, 'false', 'true'].map((fips) => [region, fips] as const),
    ),
  )('is that of the SDK in %s with AWS_USE_FIPS_ENDPOINT %s', (region, fips) => {
    const { endpointProvider } = new SecretsManagerClient({ region }).config;
    const { url } = endpointProvider({ Region: region, UseFIPS: fips === 'true' });
    expect(endpointOf({ AWS_REGION: region, AWS_USE_FIPS_ENDPOINT: fips }).href).toBe(url.href);
  });

  it.each(['eu-central-1', 'us-gov-west-1'])('is the same in %s with AWS_USE_DUALSTACK_ENDPOINT', (region) => {
    const { endpointProvider } = new SecretsManagerClient({ region }).config;
    for (const fips of [false, true]) {
      const { url } = endpointProvider({ Region: region, UseFIPS: fips, UseDualStack: true });
      expect(endpointOf({ AWS_REGION: region, AWS_USE_FIPS_ENDPOINT: String(fips) }).href).toBe(url.href);
    }
  });

  it.each([
    [{ AWS_REGION: '' }, 'AWS_REGION is not set'],
    [{ AWS_ENDPOINT_URL: 'no URL' }, 'the endpoint of Secrets Manager is no URL'],
  ])('is refused without a call: %o', async (more, detail) => {
    expect(await failureOf(reader({ ...ENV, ...more }))).toMatchObject({ code: 'token-unavailable', detail });
  });
});
