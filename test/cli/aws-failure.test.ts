/** The sentence and the next step for the errors of AWS and of the API, by the name of the error. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { explainApiFailure } from '../../cli/api-failure.ts';
import { explainAwsError } from '../../cli/aws-failure.ts';
import { explainFailure } from '../../cli/explain-failure.ts';
import { CliError } from '../../cli/failure.ts';
import { DeadLettersUnavailable } from '../../lib/dead-letters/iterate.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';
import { BARE, enterEnvironment, leaveEnvironment, runHere } from './stand.ts';

afterEach(leaveEnvironment);

const START = expect.stringMatching(/^is the localhost stack running\? .*`npm start -- --watch`/);

describe('explainAwsError', () => {
  const explain = (name: string, env: NodeJS.ProcessEnv = {}) =>
    explainAwsError(name, { service: 'SQS', env, next: 'own step' });

  it.each([
    ['ECONNREFUSED', 'cannot connect to SQS', 'network'],
    ['ENOTFOUND', 'the host name of SQS cannot be resolved', 'AWS_REGION'],
    ['TimeoutError', 'SQS did not answer in time', 'run it again'],
    ['CredentialsProviderError', 'no AWS credentials were found', 'sign in or set AWS_PROFILE'],
    ['ExpiredToken', 'your AWS credentials have expired', 'sign in again'],
    ['ExpiredTokenException', 'your AWS credentials have expired', 'sign in again'],
    ['UnrecognizedClientException', 'AWS does not accept your credentials', 'AWS_PROFILE'],
    ['AccessDenied', 'your AWS credentials lack a permission for SQS', 'own step'],
    ['AccessDeniedException', 'your AWS credentials lack a permission for SQS', 'own step'],
    ['RequestThrottled', 'rate limited by SQS', 'in a minute'],
    ['ProvisionedThroughputExceededException', 'rate limited by SQS', 'in a minute'],
    ['QueueDoesNotExist', 'SQS finds no such resource', 'own step'],
  ])('%s: "%s"', (name, message, next) => {
    expect(explain(name)).toEqual({ message: `${message} (${name})`, next: expect.stringContaining(next) });
  });

  it('an unknown name is the failure of the service', () => {
    expect(explain('Strange')).toEqual({ message: 'SQS failed: Strange', next: 'own step' });
  });

  it.each(['ECONNREFUSED', 'TimeoutError'])('%s of an endpoint on localhost asks for the stack', (name) => {
    for (const variable of ['AWS_ENDPOINT_URL_SQS', 'AWS_ENDPOINT_URL']) {
      const { message, next } = explain(name, { [variable]: 'http://me:word@127.0.0.1:4566/path' });
      expect({ message, next }).toEqual({ message: expect.stringContaining('127.0.0.1:4566'), next: START });
      expect(message).not.toMatch(/word|path/);
    }
  });

  it('names a configured host elsewhere, and does not ask for the stack', () => {
    expect(explain('ECONNREFUSED', { AWS_ENDPOINT_URL_SQS: 'https://sqs.example:8443' })).toEqual({
      message: 'cannot connect to sqs.example:8443 (ECONNREFUSED)',
      next: expect.stringContaining('network'),
    });
  });
});

describe('explainFailure', () => {
  const env = { AWS_REGION: 'us-east-1' };
  it.each([
    [
      new AdapterError('queue-unavailable', 'ECONNREFUSED'),
      'queue-unavailable',
      'cannot connect to SQS (ECONNREFUSED)',
    ],
    [
      new DeadLettersUnavailable(new AdapterError('queue-unavailable', 'ECONNREFUSED')),
      'dead-letters-unavailable',
      'cannot connect to SQS (ECONNREFUSED)',
    ],
    [
      new AdapterError('ledger-unavailable', 'AccessDeniedException'),
      'ledger-unavailable',
      'your AWS credentials lack a permission for DynamoDB (AccessDeniedException)',
    ],
    [
      new AdapterError('ledger-refused', 'a row may not name an attribute of the table'),
      'ledger-refused',
      'a row may not name an attribute of the table',
    ],
    [new AdapterError('token-malformed', 'the secret is empty'), 'token-malformed', 'the secret is empty'],
    [new CliError({ code: 'a', message: 'b', next: 'c' }), 'a', 'b'],
  ])('%s', async (error, code, message) => {
    expect(await explainFailure(error, env)).toEqual({ code, message, next: expect.any(String), exitCode: 1 });
  });
});

describe('explainApiFailure', () => {
  const fault = (kind: 'connect' | 'timeout' | 'token', env: NodeJS.ProcessEnv) =>
    explainApiFailure({ kind: 'fault', fault: kind, latencyMs: 1 }, env);

  it('asks for the localhost stack where the API on localhost refuses', async () => {
    expect(await fault('connect', { COREWEAVE_API_URL: 'http://127.0.0.1:4567' })).toEqual({
      code: 'api-unreachable',
      message: 'cannot connect to 127.0.0.1:4567',
      next: START,
    });
    expect((await fault('connect', {})).message).toBe('the API could not be reached');
    expect((await fault('timeout', {})).message).toBe('the API did not answer in time');
  });

  it('names the cause for which there is no token', async () => {
    const env = { ...BARE, COREWEAVE_API_TOKEN_SECRET_ID: 'token' };
    enterEnvironment(env);
    expect(await fault('token', env)).toMatchObject({
      code: 'token-unavailable',
      message: 'cannot connect to 127.0.0.1:9 (ECONNREFUSED)',
    });
  });
});

describe('a command without AWS credentials', () => {
  const nowhere = join(import.meta.dirname, 'nowhere');
  const env = {
    ...BARE,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    HOME: nowhere,
  };
  it.each([
    [['doctor', '--stack', 'foo'], 'stack-unavailable'],
    [['sender', 'id', 'arn:aws:iam::123456789012:role/hr'], 'role-unavailable'],
  ])('%j says so', async (args, code) => {
    enterEnvironment(env);
    expect(await runHere(args, { env })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error [${code}] no AWS credentials were found (CredentialsProviderError)\n` +
        '  next: sign in or set AWS_PROFILE; a sign-in may have expired\n',
    });
  });
});

describe('a command of a localhost stack that has ended', () => {
  it('says so of the env file that the stack has removed', async () => {
    expect(await runHere(['doctor', '--env-file', '/tmp/revoker-pXGz5b/local.env'])).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^error \[env-file-unreadable\] the localhost stack has ended: .+\n {2}next: start it again with `npm start /,
      ),
    });
  });
});
