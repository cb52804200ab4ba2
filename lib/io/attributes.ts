/** JSON as DynamoDB attribute values and back (DynamoDB API reference, AttributeValue). Lists stay lists, also of strings. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Json } from '../model/json.ts';

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Takes a JSON value; returns it as S, N, BOOL, NULL, L or M. */
export const toAttribute = (value: Json): AttributeValue => {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (isList(value)) return { L: value.map(toAttribute) };
  return { M: Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toAttribute(inner)])) };
};

/**
 * Takes an attribute as stored; returns it as JSON, a string set (SS) as a list in no particular order. Throws an Error
 * without data when it has a type that we never write (B, BS, NS).
 */
export const fromAttribute = (value: AttributeValue): Json => {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (value.SS !== undefined) return [...value.SS];
  if (value.L !== undefined) return value.L.map(fromAttribute);
  if (value.M === undefined) throw new Error('row has an attribute of a type that is never written');
  return Object.fromEntries(Object.entries(value.M).map(([name, inner]) => [name, fromAttribute(inner)]));
};
