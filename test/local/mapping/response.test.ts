import { describe, expect, test } from 'vitest';
import { readBatchResponse } from '../../../local/mapping/response.ts';

const IDS = ['one', 'two', 'three'];
const failures = (...ids: unknown[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
const circular = () => {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
};

describe('Lambda deletes every message after', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty response', {}],
    ['an empty text', ''],
    ['an empty list instead of a response', []],
    ['an empty list of failures', { batchItemFailures: [] }],
    ['a null list of failures', { batchItemFailures: null }],
    ['an undefined list of failures', { batchItemFailures: undefined }],
    ['a misspelt key (the trap that loses messages)', { batchItemFailure: [{ itemIdentifier: 'one' }] }],
    ['a key in another case', { BatchItemFailures: [{ itemIdentifier: 'one' }] }],
    ['an answer about something else', { statusCode: 500, body: 'failed' }],
  ])('%s', (_, result) => {
    expect(readBatchResponse(result, IDS)).toEqual({ kind: 'success' });
  });
});

describe('Lambda deletes all but the listed messages after', () => {
  test.each([
    ['one failure', failures('two'), ['two']],
    ['every message failed', failures('one', 'two', 'three'), IDS],
    ['the same failure twice', failures('two', 'two'), ['two']],
    ['a failure with a key more', { batchItemFailures: [{ itemIdentifier: 'one', why: 'x' }] }, ['one']],
    ['a response with a key more', { ...failures('one'), note: 'x' }, ['one']],
  ])('%s', (_, result, failed) => {
    expect(readBatchResponse(result, IDS)).toEqual({ kind: 'partial', failed: new Set(failed) });
  });
});

describe('Lambda deletes nothing after', () => {
  test.each([
    ['a text', 'done', 'not-an-object'],
    ['a text that holds JSON', JSON.stringify(failures('one')), 'not-an-object'],
    ['a number', 200, 'not-an-object'],
    ['true', true, 'not-an-object'],
    ['a list', [{ itemIdentifier: 'one' }], 'not-an-object'],
    ['what JSON cannot express', circular(), 'invalid-json'],
    ['a big integer', { batchItemFailures: 1n }, 'invalid-json'],
    ['failures that are no list', { batchItemFailures: { itemIdentifier: 'one' } }, 'not-a-list'],
    ['failures as a text', { batchItemFailures: 'one' }, 'not-a-list'],
    ['an empty identifier', failures(''), 'bad-item'],
    ['a null identifier', failures(null), 'bad-item'],
    ['a numeric identifier', failures(1), 'bad-item'],
    ['a bad key name in an item', { batchItemFailures: [{ id: 'one' }] }, 'bad-item'],
    ['ids instead of items', { batchItemFailures: ['one'] }, 'bad-item'],
    ['a null item', { batchItemFailures: [null] }, 'bad-item'],
    ['an identifier that is not of the batch', failures('four'), 'unknown-id'],
    ['a good item before a bad one', failures('one', ''), 'bad-item'],
    ['a good item before a foreign one', failures('one', 'four'), 'unknown-id'],
  ])('%s', (_, result, reason) => {
    expect(readBatchResponse(result, IDS)).toEqual({ kind: 'failure', reason });
  });
});
