/**
 * The ledger's rows as requests of DynamoDB and back. All names of attributes go through placeholders, since some words
 * are reserved. Source: DynamoDB API reference and developer guide, condition and update expressions.
 */
import type {
  AttributeValue,
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Row } from '../ports.ts';
import { fromAttribute, toAttribute } from './attributes.ts';

/** Which item: the table's name and the key as stored. */
export interface Place {
  readonly table: string;
  readonly key: string;
}

/** Attributes of ours that `Row.data` may not name: all are stored side by side. */
const RESERVED = ['pk', 'version', 'expiresAt', 'members'];
const UNDER_LIMIT = 'contains(#members, :one) OR attribute_not_exists(#members) OR size(#members) < :limit';

const numeric = (value: number): AttributeValue => ({ N: String(value) });
const keyed = ({ table, key }: Place) => ({ TableName: table, Key: { pk: { S: key } } });

/** The condition that the stored row has version `seen`; undefined: that there is none, or it has expired at `now` (epoch s). */
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
export const getRequest = (place: Place): GetItemCommandInput => ({ ...keyed(place), ConsistentRead: true });

/**
 * Replaces the item by `row` if it is as `seen` at `now` (epoch s). Throws an Error without data when the row's data names
 * an attribute that is ours.
 */
export const putRequest = (
  place: Place,
  row: Row,
  { seen, now }: { seen: number | undefined; now: number },
): PutItemCommandInput => {
  if (RESERVED.some((name) => Object.hasOwn(row.data, name)))
    throw new Error('PutItem refused: reserved attribute name');
  const item = Object.entries(row.data).map(([name, value]): [string, AttributeValue] => [name, toAttribute(value)]);
  item.push(['pk', { S: place.key }], ['version', numeric(row.version)]);
  if (row.expiresAt !== undefined) item.push(['expiresAt', numeric(row.expiresAt)]);
  return { TableName: place.table, Item: Object.fromEntries(item), ...asSeen(seen, now) };
};

/** Deletes the item if it has version `seen`. */
export const removeRequest = (place: Place, seen: number): DeleteItemCommandInput => ({
  ...keyed(place),
  ...asSeen(seen, 0),
});

/** Adds `member` to the item's string set if that stays within `limit`; who is a member already is within any. `expiresAt` in epoch s. */
export const admitRequest = (
  place: Place,
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

/** Takes the key as the ledger knows it and the item as stored; returns the row. Throws as `fromAttribute` does. */
export const toRow = (pk: string, { pk: _, version, expiresAt, ...item }: Record<string, AttributeValue>): Row => ({
  pk,
  version: Number(version?.N),
  ...(expiresAt?.N === undefined ? {} : { expiresAt: Number(expiresAt.N) }),
  data: Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromAttribute(value)])),
});
