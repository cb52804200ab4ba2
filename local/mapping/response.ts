/**
 * How Lambda reads what a function with ReportBatchItemFailures returned: pure rules. Sources: Lambda developer guide,
 * "Success and failure conditions" of partial batch responses, and localstack's tests validated against AWS
 * (`test_report_batch_item_failures_*`). The traps are AWS' own: an answer that says nothing deletes every message.
 */
import { isRecord } from '../../events/shapes.ts';

/** The batch's messages that are to be deleted, and why, if it is all or none. */
export type BatchVerdict =
  | { readonly kind: 'success' }
  | { readonly kind: 'partial'; readonly failed: ReadonlySet<string> }
  | { readonly kind: 'failure'; readonly reason: BatchFailure };

export type BatchFailure = 'invalid-json' | 'not-an-object' | 'not-a-list' | 'bad-item' | 'unknown-id';

const SUCCESS: BatchVerdict = { kind: 'success' };
const failure = (reason: BatchFailure): BatchVerdict => ({ kind: 'failure', reason });

/** Null, an empty text or an empty list instead of an object count as an empty response. */
const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** The value as it crosses to Lambda: JSON. Undefined crosses as null; what JSON cannot express is an error. */
const crossed = (result: unknown): { readonly json: unknown } | undefined => {
  try {
    return { json: JSON.parse(JSON.stringify(result) ?? 'null') };
  } catch {
    return undefined;
  }
};

/** Reads the list itself; `batchItemFailures` was there and is no null. */
const readItems = (items: readonly unknown[], messageIds: ReadonlySet<string>): BatchVerdict => {
  const failed = new Set<string>();
  for (const item of items) {
    const id = isRecord(item) ? item.itemIdentifier : undefined;
    if (typeof id !== 'string' || id === '') return failure('bad-item');
    if (!messageIds.has(id)) return failure('unknown-id');
    failed.add(id);
  }
  return failed.size === 0 ? SUCCESS : { kind: 'partial', failed };
};

/**
 * Which messages Lambda deletes: all (`success`: also for undefined, null, `{}`, a null list and a misspelled key), all
 * but `failed`, or none (`failure`: no JSON object, or an item whose `itemIdentifier` is missing, null, empty, not a
 * string or not in this batch).
 */
export const readBatchResponse = (result: unknown, messageIds: readonly string[]): BatchVerdict => {
  const answer = crossed(result);
  if (answer === undefined) return failure('invalid-json');
  if (isEmpty(answer.json)) return SUCCESS;
  if (!isRecord(answer.json)) return failure('not-an-object');
  const items = answer.json.batchItemFailures;
  if (items === undefined || items === null) return SUCCESS;
  if (!Array.isArray(items)) return failure('not-a-list');
  return readItems(items, new Set(messageIds));
};
