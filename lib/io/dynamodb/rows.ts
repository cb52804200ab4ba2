/** Consistent reads of many rows of the ledger's table, in batches. */
import type { AttributeValue, BatchGetItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Clock, Row, RowReader } from '../../ports.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { mapWithConcurrency } from '../../runtime/limit.ts';
import { createSdkClient, type SdkOverrides, sdkErrorName } from '../aws/sdk.ts';
import { once } from '../deferred.ts';
import { toRow } from './table.ts';

export interface RowReaderOptions {
  readonly name: string;
  /** As in createTable. */
  readonly dryRun: boolean;
  readonly clock: Clock;
  readonly overrides?: SdkOverrides;
}

/** Keys in one request, the most that DynamoDB takes. (API reference, BatchGetItem) */
const BATCH_KEYS = 100;
const CONCURRENT_BATCHES = 4;
/** DynamoDB answers what fits in 16 MB or in the table's throughput, and leaves the rest to be asked again. */
const MAX_ROUNDS = 8;
const FIRST_PAUSE_MS = 50;

type Keys = readonly Record<string, AttributeValue>[];

/** An expired row counts as absent. Rejects with AdapterError `ledger-unavailable`. */
export const createRowReader = ({ name, dryRun, clock, overrides = {} }: RowReaderOptions): RowReader => {
  const connection = once(() => connect({ now: clock.now, ...overrides }));
  const prefix = dryRun ? 'dry#' : '';

  const readBatch = async (pks: readonly string[]): Promise<readonly Row[]> => {
    const { client, BatchGetItemCommand } = await connection();
    const rows: Row[] = [];
    let keys: Keys = pks.map((pk) => ({ pk: { S: `${prefix}${pk}` } }));
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (round > 0) await clock.sleep(FIRST_PAUSE_MS * 2 ** round);
      const read = client.send(new BatchGetItemCommand(batchRequest(name, keys)));
      const { Responses, UnprocessedKeys } = await read.catch((error: unknown) => {
        throw new AdapterError('ledger-unavailable', sdkErrorName(error));
      });
      for (const item of Responses?.[name] ?? []) rows.push(toRow((item.pk?.S ?? '').slice(prefix.length), item));
      keys = UnprocessedKeys?.[name]?.Keys ?? [];
      if (keys.length === 0) return rows;
    }
    throw new AdapterError('ledger-unavailable', 'UnprocessedKeys');
  };

  return {
    async getAll(pks) {
      const distinct = [...new Set(pks)];
      const batches = Array.from({ length: Math.ceil(distinct.length / BATCH_KEYS) }, (_, n) =>
        distinct.slice(n * BATCH_KEYS, (n + 1) * BATCH_KEYS),
      );
      const rows = (await mapWithConcurrency(CONCURRENT_BATCHES, batches, readBatch)).flat();
      const seconds = Math.floor(clock.now() / 1_000);
      const isLive = ({ expiresAt }: Row): boolean => expiresAt === undefined || expiresAt > seconds;
      return new Map(rows.filter(isLive).map((row) => [row.pk, row]));
    },
  };
};

/** A consistent read of some items. */
const batchRequest = (table: string, keys: Keys): BatchGetItemCommandInput => ({
  RequestItems: { [table]: { Keys: [...keys], ConsistentRead: true } },
});

const connect = async (overrides: SdkOverrides) => {
  const { BatchGetItemCommand, DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  return { client: await createSdkClient((settings) => new DynamoDBClient(settings), overrides), BatchGetItemCommand };
};
