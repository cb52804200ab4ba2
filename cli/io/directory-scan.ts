/**
 * Lists the identity directory by a Scan of the ledger table, which only operators do: it needs `dynamodb:Scan`. The
 * table has no index, because nothing else reads many rows.
 */
import { SDK_SETTINGS, type SdkOverrides, sdkErrorName } from '../../lib/io/aws/sdk.ts';
import { type LedgerTableOptions, toRow } from '../../lib/io/dynamodb/table.ts';
import type { Row } from '../../lib/ports.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';

const [IDENTITIES, EVENTS] = ['identity#', 'event#'];

interface ScanOptions extends Omit<LedgerTableOptions, 'now'> {
  readonly prefix: string;
}

export interface DirectoryScan {
  /** In no order. Rejects with AdapterError `ledger-unavailable`. */
  rows(): AsyncIterable<Row>;
}

export const createDirectoryScan = (options: Omit<LedgerTableOptions, 'now'>): DirectoryScan =>
  createScan({ ...options, prefix: IDENTITIES });

/** The rows of all events. */
export const createEventScan = (options: Omit<LedgerTableOptions, 'now'>): DirectoryScan =>
  createScan({ ...options, prefix: EVENTS });

/** Each page is read consistently. */
const createScan = ({ name, dryRun, prefix: own, overrides = {} }: ScanOptions): DirectoryScan => ({
  async *rows() {
    const prefix = dryRun ? `dry#${own}` : own;
    const scan = await createScanRequest(overrides, { name, prefix });
    let start: Page['LastEvaluatedKey'];
    do {
      const { Items: items = [], LastEvaluatedKey: next } = await scan(start);
      for (const item of items) yield toRow((item.pk?.S ?? '').slice(prefix.length - own.length), item);
      start = next;
    } while (start !== undefined);
  },
});

const createScanRequest = async (
  overrides: SdkOverrides,
  { name, prefix }: { readonly name: string; readonly prefix: string },
) => {
  const { DynamoDBClient, ScanCommand } = await import('@aws-sdk/client-dynamodb');
  const client = new DynamoDBClient({ ...SDK_SETTINGS, ...overrides });
  const request = {
    TableName: name,
    ConsistentRead: true,
    FilterExpression: 'begins_with(#pk, :prefix)',
    ExpressionAttributeNames: { '#pk': 'pk' },
    ExpressionAttributeValues: { ':prefix': { S: prefix } },
  };
  return async (start: Page['LastEvaluatedKey']): Promise<Page> => {
    try {
      return await client.send(
        new ScanCommand(start === undefined ? request : { ...request, ExclusiveStartKey: start }),
      );
    } catch (error) {
      throw new AdapterError('ledger-unavailable', sdkErrorName(error));
    }
  };
};

type Page = Pick<import('@aws-sdk/client-dynamodb').ScanCommandOutput, 'Items' | 'LastEvaluatedKey'>;
