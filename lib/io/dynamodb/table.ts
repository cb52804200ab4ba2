/**
 * The ledger's table in DynamoDB: conditional writes of single rows and consistent reads, nothing else. The SDK is
 * loaded with the first call, so an invocation that needs no ledger never pays for it.
 */
import type {
  AttributeValue,
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Json } from '../../model/json.ts';
import type { Row, Table } from '../../ports.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { createSdkClient, type SdkOverrides, sdkErrorName } from '../aws/sdk.ts';
import { once } from '../deferred.ts';
import { mergeIncrements } from './merged-increments.ts';

export interface LedgerTableOptions {
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
  const client = await createSdkClient((settings) => new DynamoDBClient(settings), overrides);
  return { client, DeleteItemCommand, GetItemCommand, PutItemCommand, UpdateItemCommand };
};

const failure = (error: unknown) => new AdapterError('ledger-unavailable', sdkErrorName(error));

/** True when the write was done, false when its condition did not hold. */
const written = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (sdkErrorName(error) === 'ConditionalCheckFailedException') return false;
    throw failure(error);
  }
};

/**
 * An expired row counts as absent (TTL deletes days late): `get` does not see it and `put(row, undefined)` overwrites
 * it. `Row.data` is stored as attributes beside our own, so it may not name `pk`, `version`, `expiresAt` or `members`.
 * `admit` makes the row when there is none (its set reads as the list `members`), raises its version, sets its expiry,
 * and ignores the old expiry: a window's key names its start. A limit below 1 admits only existing members.
 *
 * All else rejects with AdapterError `ledger-unavailable` (naming the SDK's error), or `ledger-refused` before any
 * call. DynamoDB refuses (ValidationException) items over 400 KB and more than 32 levels.
 *
 * Hazard: the SDK tries again after a lost answer and then meets its own write. So `false` from `put` or `remove` can
 * also mean that this very write was done; a read tells. `admit` is safe to repeat. `increment` then counts twice,
 * which only makes a limit stricter. `decrement` is not repeated: lowering twice would make it looser. Calls for one
 * counter may share a write.
 */
export const createTable = ({ name, dryRun, now, overrides = {} }: LedgerTableOptions): Table => {
  const connection = once(() => connect({ now, ...overrides }));
  const connectionOfOneTry = once(() => connect({ now, ...overrides, maxAttempts: 1 }));
  const placeOf = (pk: string): ItemLocation => ({ table: name, key: dryRun ? `dry#${pk}` : pk });
  const seconds = (): number => Math.floor(now() / 1_000);
  const increment = mergeIncrements(async ({ pk, limit, expiresAt }: Counter, by) => {
    if (by > limit) return false;
    const { client, UpdateItemCommand } = await connection();
    const request = incrementRequest(placeOf(pk), { by, limit, expiresAt });
    return written(client.send(new UpdateItemCommand(request)));
  });
  const decrement = mergeIncrements(async (pk: string, by) => {
    const { client, UpdateItemCommand } = await connectionOfOneTry();
    return written(client.send(new UpdateItemCommand(decrementRequest(placeOf(pk), by))));
  });

  return {
    async get(pk) {
      const { client, GetItemCommand } = await connection();
      const read = client.send(new GetItemCommand(getRequest(placeOf(pk))));
      const { Item: item } = await read.catch((error: unknown) => Promise.reject(failure(error)));
      const row = item === undefined ? undefined : toRow(pk, item);
      return row?.expiresAt !== undefined && row.expiresAt <= seconds() ? undefined : row;
    },
    async put(row, seen) {
      const request = putRequest(placeOf(row.pk), row, { seen, now: seconds() });
      const { client, PutItemCommand } = await connection();
      return written(client.send(new PutItemCommand(request)));
    },
    async remove(pk, seen) {
      const { client, DeleteItemCommand } = await connection();
      return written(client.send(new DeleteItemCommand(removeRequest(placeOf(pk), seen))));
    },
    async admit(pk, member, limit, expiresAt) {
      const { client, UpdateItemCommand } = await connection();
      const request = admitRequest(placeOf(pk), { member, limit, expiresAt });
      return written(client.send(new UpdateItemCommand(request)));
    },
    increment: (pk, limit, expiresAt) => increment({ pk, limit, expiresAt }),
    decrement,
  };
};

interface Counter {
  readonly pk: string;
  readonly limit: number;
  readonly expiresAt: number;
}

/** Which item: the table's name and the key as stored. */
export interface ItemLocation {
  readonly table: string;
  readonly key: string;
}

/** Attributes of ours that `Row.data` may not name: all are stored side by side. */
const RESERVED = ['pk', 'version', 'expiresAt', 'members'];
const UNDER_LIMIT = 'contains(#members, :one) OR attribute_not_exists(#members) OR size(#members) < :limit';
const numeric = (value: number): AttributeValue => ({ N: String(value) });
const keyed = ({ table, key }: ItemLocation) => ({ TableName: table, Key: { pk: { S: key } } });
/**
 * The condition that the stored row has version `seen`; undefined: that there is none, or it has expired at `now`
 * (epoch s).
 */
const asSeen = (seen: number | undefined, now: number) =>
  seen === undefined
    ? {
        ConditionExpression: 'attribute_not_exists(#pk) OR #expiresAt <= :now',
        ExpressionAttributeNames: { '#pk': 'pk', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: { ':now': numeric(now) },
      }
    : {
        ConditionExpression: '#version = :seen',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':seen': numeric(seen) },
      };
/** A consistent read of one item. */
const getRequest = (place: ItemLocation): GetItemCommandInput => ({ ...keyed(place), ConsistentRead: true });
/**
 * Replaces the item by `row` if it is as `seen` at `now` (epoch s). Throws AdapterError `ledger-refused` when the row's
 * data names an attribute that is ours.
 */
const putRequest = (
  place: ItemLocation,
  row: Row,
  { seen, now }: { seen: number | undefined; now: number },
): PutItemCommandInput => {
  if (RESERVED.some((name) => Object.hasOwn(row.data, name))) {
    throw new AdapterError('ledger-refused', 'a row may not name an attribute of the table');
  }
  const item = Object.entries(row.data).map(([name, value]): [string, AttributeValue] => [name, toAttribute(value)]);
  item.push(['pk', { S: place.key }], ['version', numeric(row.version)]);
  if (row.expiresAt !== undefined) item.push(['expiresAt', numeric(row.expiresAt)]);
  return { TableName: place.table, Item: Object.fromEntries(item), ...asSeen(seen, now) };
};

/** Deletes the item if it has version `seen`. */
const removeRequest = (place: ItemLocation, seen: number): DeleteItemCommandInput => ({
  ...keyed(place),
  ...asSeen(seen, 0),
});

/**
 * Adds `member` to the item's string set if that stays within `limit`; who is a member already is within any.
 * `expiresAt` in epoch s.
 */
const admitRequest = (
  place: ItemLocation,
  { member, limit, expiresAt }: { member: string; limit: number; expiresAt: number },
): UpdateItemCommandInput => {
  // An absent set would pass a limit of 0, and DynamoDB refuses a value that no expression uses.
  const isClosed = limit < 1;
  return {
    ...keyed(place),
    UpdateExpression: 'ADD #members :member, #version :step SET #expiresAt = :expiresAt',
    ConditionExpression: isClosed ? 'contains(#members, :one)' : UNDER_LIMIT,
    ExpressionAttributeNames: { '#members': 'members', '#version': 'version', '#expiresAt': 'expiresAt' },
    ExpressionAttributeValues: {
      ':member': { SS: [member] },
      ':one': { S: member },
      ':step': numeric(1),
      ':expiresAt': numeric(expiresAt),
      ...(isClosed ? {} : { ':limit': numeric(limit) }),
    },
  };
};

/** Raises the item's version by `by` (at most `limit`) if it then is within `limit`. `expiresAt` in epoch s. */
const incrementRequest = (
  place: ItemLocation,
  { by, limit, expiresAt }: { by: number; limit: number; expiresAt: number },
): UpdateItemCommandInput => ({
  ...keyed(place),
  UpdateExpression: 'ADD #version :by SET #expiresAt = :expiresAt',
  ConditionExpression: 'attribute_not_exists(#version) OR #version <= :before',
  ExpressionAttributeNames: { '#version': 'version', '#expiresAt': 'expiresAt' },
  ExpressionAttributeValues: { ':by': numeric(by), ':expiresAt': numeric(expiresAt), ':before': numeric(limit - by) },
});

/** Lowers the item's version by `by` if it is at least as high. */
const decrementRequest = (place: ItemLocation, by: number): UpdateItemCommandInput => ({
  ...keyed(place),
  UpdateExpression: 'ADD #version :less',
  ConditionExpression: '#version >= :by',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':less': numeric(-by), ':by': numeric(by) },
});

/** `pk`: as the ledger knows it. Throws as `fromAttribute` does. */
export const toRow = (pk: string, { pk: _, version, expiresAt, ...item }: Record<string, AttributeValue>): Row => ({
  pk,
  version: Number(version?.N),
  ...(expiresAt?.N === undefined ? {} : { expiresAt: Number(expiresAt.N) }),
  data: Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromAttribute(value)])),
});

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
/** As S, N, BOOL, NULL, L or M. */
const toAttribute = (value: Json): AttributeValue => {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (isList(value)) return { L: value.map(toAttribute) };
  return { M: Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toAttribute(inner)])) };
};

/**
 * A string set (SS) becomes a list in no particular order. Throws AdapterError `ledger-unavailable` for a type that we
 * never write (B, BS, NS).
 */
const fromAttribute = (value: AttributeValue): Json => {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (value.SS !== undefined) return [...value.SS];
  if (value.L !== undefined) return value.L.map(fromAttribute);
  if (value.M === undefined) {
    throw new AdapterError('ledger-unavailable', 'a row has an attribute of a type that is never written');
  }
  return Object.fromEntries(Object.entries(value.M).map(([name, inner]) => [name, fromAttribute(inner)]));
};
