import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeApi, startFakeApi } from '../../local/coreweave/server.ts';
import { createFunction, type LambdaFunction } from '../../local/function.ts';
import { type QueueServer, startQueueServer } from '../../local/queue-server.ts';
import { createQueues, type Queues } from '../../local/queues.ts';
import { keyLeak } from '../support/event-factory.ts';
import { bundle, recordOf, variables } from './direct.ts';
import { type SecretsManager, startSecretsManager } from './secrets-manager.ts';

let server: QueueServer;
let queues: Queues;
let api: FakeApi;
let secrets: SecretsManager;
let fn: LambdaFunction;
const output: string[] = [];
beforeAll(async () => {
  server = await startQueueServer();
  queues = await createQueues(server.endpoint);
  api = await startFakeApi();
  secrets = await startSecretsManager(`${api.token}\n`);
  fn = createFunction({
    bundle,
    env: variables(server.endpoint, queues, {
      COREWEAVE_API_URL: api.url,
      COREWEAVE_API_TOKEN: '',
      COREWEAVE_API_TOKEN_SECRET_ID: 'token',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    }),
    timeoutMs: 20_000,
    maximumConcurrency: 1,
    onStdout: (line) => output.push(line),
    onStderr: (line) => output.push(line),
  });
});
afterAll(() => Promise.all([fn.close(), api.close(), secrets.close(), server.close()]));

/** Delivers leaks of new keys in one batch; returns the ids of the messages that were not settled. */
async function leak(prefix: string, count: number): Promise<readonly string[]> {
  const keys = Array.from({ length: count }, (_, n) => `CWTOK${prefix}${String(n).padStart(6, '0')}`);
  api.store.add(...keys.map((accessKeyId) => ({ accessKeyId, principalName: 'coreweave/owner' })));
  const Records = keys.map((accessKeyId) =>
    recordOf(accessKeyId, JSON.stringify(keyLeak({ id: accessKeyId, data: { accessKeyId } })), queues.urgent.arn),
  );
  const answer = await fn.invoke({ Records });
  return JSON.parse(JSON.stringify(answer)).batchItemFailures.map(
    (item: { itemIdentifier: string }) => item.itemIdentifier,
  );
}

describe('the API token from Secrets Manager', () => {
  it('is loaded while the environment starts, before any record needs it', async () => {
    expect(await fn.invoke({ Records: [] })).toEqual({ batchItemFailures: [] });
    expect(secrets.loads).toBe(1);
  });

  it('is loaded once for all records, and trimmed', async () => {
    expect(await leak('A', 20)).toEqual([]);
    expect(secrets.loads).toBe(1);
  });

  it('that was rotated is loaded once more by all who were refused, and nothing fails', async () => {
    secrets.secret = api.rotateToken();
    expect(await leak('B', 20)).toEqual([]);
    expect(secrets.loads).toBe(2);
  });

  it('that stays refused brings every record back and is not asked for again and again', async () => {
    api.rotateToken();
    expect(await leak('C', 20)).toHaveLength(20);
    expect(secrets.loads).toBe(3);
  });

  it('that is unusable while an environment starts is loaded again by the first call', async () => {
    secrets.secret = '';
    await fn.recycle();
    expect(await fn.invoke({ Records: [] })).toEqual({ batchItemFailures: [] });
    secrets.secret = api.token;
    expect(await leak('D', 20)).toEqual([]);
    expect(secrets.loads).toBe(5);
  });

  it('is never written', () => {
    expect(output.filter((line) => line.includes(secrets.secret.trim()))).toEqual([]);
  });
});
