/**
 * The embedded DynamoDB: dynalite in process, in memory, on 127.0.0.1. It has no TTL (rows never expire) and no
 * transactions; conditional writes and string sets behave as in DynamoDB.
 */
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { SDK_SETTINGS } from '../lib/io/aws/sdk.ts';
import { type Listening, listenOnLoopback } from './listen.ts';

export type TableServer = Listening;

/** dynalite accepts any credentials, but the SDK requires some. */
const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const MAX_LOOKS = 200;

/** Starts an empty server on a free port of 127.0.0.1. */
export const startTableServer = (): Promise<TableServer> =>
  listenOnLoopback(dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 }));

/**
 * Creates the ledger's table (string key `pk`, on demand), and resolves when it is writable. Rejects with the SDK's
 * error if the name exists.
 */
export const createLedgerTable = async (endpoint: string, name: string): Promise<void> => {
  const client = new DynamoDBClient({ ...SDK_SETTINGS, ...LOCAL, endpoint });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      }),
    );
    // A new table is `CREATING` until dynalite's next timer tick.
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
      if (table?.TableStatus === 'ACTIVE') return;
    }
    throw new Error('table did not become active');
  } finally {
    client.destroy();
  }
};
