import { createServer, type RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTable } from '../../../../lib/io/dynamodb/table.ts';
import { AdapterError } from '../../../../lib/runtime/adapter-error.ts';
import { listenOnLoopback } from '../../../../local/listen.ts';
import { startTableServer } from '../../../../local/table-server.ts';
import { LOCAL, NOW_MS, NOW_S, outcome, PK, row, useTableServer } from './table-backends.ts';

const { freshName, overrides } = useTableServer();
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the DynamoDB adapter', () => {
  it('keeps the rows of a dry run apart and names them as the ledger does', async () => {
    const name = await freshName();
    const shared = { name, now: () => NOW_MS, overrides: overrides() };
    const dry = createTable({ ...shared, dryRun: true });
    const real = createTable({ ...shared, dryRun: false });
    await dry.put(row({ data: { state: 'dry' } }), undefined);
    await dry.admit('window#a', 'a', 1, NOW_S + 600);
    expect(await real.get(PK)).toBeUndefined();
    expect(await real.put(row(), undefined)).toBe(true);
    expect(await real.admit('window#a', 'b', 1, NOW_S + 600)).toBe(true);
    expect(await dry.get(PK)).toEqual(row({ data: { state: 'dry' } }));
    expect(await real.get(`dry#${PK}`)).toEqual(row({ pk: `dry#${PK}`, data: { state: 'dry' } }));
    expect(await dry.remove(PK, 1)).toBe(true);
    expect(await real.get(PK)).toEqual(row());
  });

  it('reads consistently', async () => {
    const asked: unknown[] = [];
    const recorder = await listenOnLoopback(
      createServer(async (request, response) => {
        asked.push(JSON.parse(await text(request)));
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
      }),
    );
    try {
      const at = { ...LOCAL, endpoint: recorder.endpoint };
      const table = createTable({ name: 'ledger', dryRun: false, now: () => NOW_MS, overrides: at });
      expect(await table.get(PK)).toBeUndefined();
      expect(asked).toEqual([{ TableName: 'ledger', Key: { pk: { S: PK } }, ConsistentRead: true }]);
    } finally {
      await recorder.close();
    }
  });

  it('takes endpoint, region and credentials from the environment of the SDK', async () => {
    const name = await freshName();
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', overrides().endpoint);
    vi.stubEnv('AWS_REGION', LOCAL.region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', LOCAL.credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', LOCAL.credentials.secretAccessKey);
    const table = createTable({ name, dryRun: false, now: () => NOW_MS });
    expect(await table.put(row(), undefined)).toBe(true);
    expect(await table.get(PK)).toEqual(row());
  });

  it('rejects with the name of the error when the table does not exist', async () => {
    const table = createTable({ name: 'ledger-absent', dryRun: false, now: () => NOW_MS, overrides: overrides() });
    const calls = [table.get(PK), table.put(row(), undefined), table.remove(PK, 1), table.admit(PK, 'a', 1, NOW_S)];
    const failed = await Promise.all(calls.map(outcome));
    expect(failed).toEqual(calls.map(() => new AdapterError('ledger-unavailable', 'ResourceNotFoundException')));
  });

  it('rejects within 3 seconds, and only with names, when nothing listens', async () => {
    const closed = await startTableServer();
    await closed.close();
    const down = {
      name: 'ledger',
      dryRun: false,
      now: () => NOW_MS,
      overrides: { ...LOCAL, endpoint: closed.endpoint },
    };
    const started = performance.now();
    const failed = await outcome(createTable(down).put(row({ data: { note: 'not in errors' } }), undefined));
    expect(failed).toEqual(new AdapterError('ledger-unavailable', 'ECONNREFUSED'));
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it.each([
    { fault: 'an error that quotes the request', type: 'AccessDeniedException', name: 'AccessDeniedException' },
    { fault: 'an error whose type is no name', type: 'not a name: {"pk"', name: 'unknown' },
  ])('lets nothing but a name of $fault through', async ({ type, name }) => {
    const hostile: RequestListener = async (request, response) => {
      const message = `refused: ${await text(request)}`;
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: type, message }));
    };
    const quoting = await listenOnLoopback(createServer(hostile));
    try {
      const at = { ...LOCAL, endpoint: quoting.endpoint };
      const table = createTable({ name: 'ledger', dryRun: false, now: () => NOW_MS, overrides: at });
      const failed = await outcome(table.put(row({ data: { note: 'not in errors' } }), undefined));
      expect(failed).toEqual(new AdapterError('ledger-unavailable', name));
    } finally {
      await quoting.close();
    }
  });

  it('lowers a counter by one try, whose answer may be lost, and raises it by several', async () => {
    const tries: string[] = [];
    const silent: RequestListener = async (request, response) => {
      tries.push(JSON.parse(await text(request)).UpdateExpression);
      response.destroy();
    };
    const server = await listenOnLoopback(createServer(silent));
    try {
      const at = { ...LOCAL, endpoint: server.endpoint, maxAttempts: 3 };
      const table = createTable({ name: 'ledger', dryRun: false, now: () => NOW_MS, overrides: at });
      await outcome(table.decrement(PK));
      expect(tries).toHaveLength(1);
      await outcome(table.increment(PK, 2, NOW_S));
      expect(tries).toHaveLength(4);
    } finally {
      await server.close();
    }
  });

  it('rejects a row with an attribute of a type that it never writes', async () => {
    const { DynamoDBClient, PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const name = await freshName();
    const client = new DynamoDBClient(overrides());
    const item = { pk: { S: PK }, version: { N: '1' }, numbers: { NS: ['1'] } };
    await client.send(new PutItemCommand({ TableName: name, Item: item }));
    client.destroy();
    const table = createTable({ name, dryRun: false, now: () => NOW_MS, overrides: overrides() });
    expect(await outcome(table.get(PK))).toEqual(
      new AdapterError('ledger-unavailable', 'a row has an attribute of a type that is never written'),
    );
  });
});
