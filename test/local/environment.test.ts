import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Deeds, failing, writeDeeds } from './environment/deeds.ts';

let d: Deeds;

beforeEach(async () => {
  d = await writeDeeds();
});
afterEach(() => d.remove());

describe('what the function returns', () => {
  test('crosses as JSON', async () => {
    const { invoke } = d.create();
    const value = { text: 'é', list: [1, null], at: '2026-11-23T09:30:00Z' };
    expect(await invoke({ deed: 'echo', value })).toEqual(value);
    expect(await invoke({ deed: 'nothing' })).toBeNull();
  });
  test('and what it throws as type and message', async () => {
    const made = d.create();
    await expect(made.invoke({ deed: 'throwError' })).rejects.toEqual(failing('RangeError', 'out of range'));
    await expect(made.invoke({ deed: 'throwNull' })).rejects.toEqual(failing('object', 'null'));
    await expect(made.invoke({ deed: 'circular' })).rejects.toEqual(failing('TypeError'));
    expect(made.coldStarts).toBe(1);
  });
});

describe('the function gets', () => {
  test('a context with its deadline', async () => {
    const context = await d.create({ timeoutMs: 4_000 }).invoke({ deed: 'context' });
    expect(context).toEqual({
      awsRequestId: expect.stringMatching(/^[\da-f-]{36}$/),
      functionName: 'revoke',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:revoke',
      memoryLimitInMB: '512',
      logGroupName: '/aws/lambda/revoke',
      logStreamName: 'local',
      callbackWaitsForEmptyEventLoop: true,
      remaining: expect.any(Number),
    });
    const { remaining } = context as { remaining: number };
    expect(remaining).toBeGreaterThan(3_000);
    expect(remaining).toBeLessThanOrEqual(4_000);
  });
  test('the environment that was given and the basics of a Lambda, nothing of the host', async () => {
    process.env.OF_THE_HOST = 'x';
    const env = await d.create({ env: { MODE: 'enforce', AWS_REGION: 'eu-west-1' } }).invoke({ deed: 'env' });
    delete process.env.OF_THE_HOST;
    const { NODE_CHANNEL_FD: _, NODE_CHANNEL_SERIALIZATION_MODE: __, ...rest } = env as Record<string, string>;
    expect(rest).toEqual({
      MODE: 'enforce',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      HOME: '/nonexistent',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_LAMBDA_FUNCTION_NAME: 'revoke',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    });
  });
});

describe('what the function writes', () => {
  test('comes line by line before its answer, cut at line feeds only', async () => {
    await d.create().invoke({ deed: 'write' });
    expect(d.stdout).toEqual(['one', 'two', '{"text":"a\u2028bé"}', 'not ended']);
    expect(d.stderr).toEqual(['trouble']);
  });
  test('comes whole, however much', async () => {
    await d.create().invoke({ deed: 'flood' });
    expect(d.stdout).toEqual(Array.from({ length: 2_000 }, (_, n) => `${'x'.repeat(100)}${n}`));
  });
});
