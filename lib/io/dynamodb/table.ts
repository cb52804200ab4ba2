/**
 * The ledger's table in DynamoDB: conditional writes of single rows and consistent reads, nothing else. The SDK is loaded
 * with the first call, so an invocation that needs no ledger never pays for it.
 */
import type { Table } from '../../ports.ts';
import { SDK_SETTINGS, type SdkOverrides, sdkErrorName } from '../aws/sdk.ts';
import { admitRequest, getRequest, type Place, putRequest, removeRequest, toRow } from '../table-requests.ts';

export interface TableOptions {
  readonly name: string;
  /** Prefixes every key with `dry#`, so that a dry run neither sees nor leaves a real row. */
  readonly dryRun: boolean;
  /** Epoch ms, for expiry. */
  readonly now: () => number;
  readonly overrides?: SdkOverrides;
}

const connect = async (overrides: SdkOverrides) => {
  const { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } = await import(
    '@aws-sdk/client-dynamodb'
  );
  const client = new DynamoDBClient({ ...SDK_SETTINGS, ...overrides });
  return { client, DeleteItemCommand, GetItemCommand, PutItemCommand, UpdateItemCommand };
};

const failure = (operation: string, error: unknown): Error => new Error(`${operation} failed: ${sdkErrorName(error)}`);

/** True when the write was done, false when its condition did not hold. */
const written = async (operation: string, write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (sdkErrorName(error) === 'ConditionalCheckFailedException') return false;
    throw failure(operation, error);
  }
};

/**
 * Takes the table's name, the run's mode and a clock; returns the `Table` port over DynamoDB.
 *
 * An expired row counts as absent (TTL deletes days late): `get` does not see it and `put(row, undefined)` overwrites it.
 * `Row.data` is stored as attributes beside our own, so it may not name `pk`, `version`, `expiresAt` or `members`.
 * `admit` makes the row when there is none (its set reads as the list `members`), raises its version, sets its expiry, and
 * does not look at the expiry of old: a window's key names its start. A limit below 1 admits only members of old.
 *
 * All else rejects with an Error without cause: `<operation> failed: <name of the SDK's error>`, or `… refused: …` before
 * any call. DynamoDB refuses (ValidationException) items over 400 KB and more than 32 levels.
 *
 * Hazard: the SDK tries again after a lost answer and then meets its own write. So `false` from `put` or `remove` can also
 * mean that this very write was done; a read tells. `admit` is safe to repeat.
 */
export const createTable = ({ name, dryRun, now, overrides = {} }: TableOptions): Table => {
  let connected: ReturnType<typeof connect> | undefined;
  const connection = () => {
    connected ??= connect(overrides);
    return connected;
  };
  const placeOf = (pk: string): Place => ({ table: name, key: dryRun ? `dry#${pk}` : pk });
  const seconds = (): number => Math.floor(now() / 1_000);

  return {
    async get(pk) {
      const { client, GetItemCommand } = await connection();
      const read = client.send(new GetItemCommand(getRequest(placeOf(pk))));
      const { Item: item } = await read.catch((error: unknown) => Promise.reject(failure('GetItem', error)));
      const row = item === undefined ? undefined : toRow(pk, item);
      return row?.expiresAt !== undefined && row.expiresAt <= seconds() ? undefined : row;
    },
    async put(row, seen) {
      const request = putRequest(placeOf(row.pk), row, { seen, now: seconds() });
      const { client, PutItemCommand } = await connection();
      return written('PutItem', client.send(new PutItemCommand(request)));
    },
    async remove(pk, seen) {
      const { client, DeleteItemCommand } = await connection();
      return written('DeleteItem', client.send(new DeleteItemCommand(removeRequest(placeOf(pk), seen))));
    },
    async admit(pk, member, limit, expiresAt) {
      const { client, UpdateItemCommand } = await connection();
      const request = admitRequest(placeOf(pk), { member, limit, expiresAt });
      return written('UpdateItem', client.send(new UpdateItemCommand(request)));
    },
  };
};
