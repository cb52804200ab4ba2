import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { readReplayRequest } from '../../../../lib/io/lambda/replay-request.ts';

const DAY_MS = 86_400_000;

test('all fields are read, and ages become milliseconds', () => {
  const filter = { reason: 'held-stale', source: '//hr', lane: 'bulk', eventType: 'user.offboarded.v1', eventId: '7' };
  const rest = { max: 10, ratePerSecond: 0.5, dryRun: true, approve: false };
  expect(readReplayRequest({ ...filter, olderThan: 'PT1H', newerThan: 'P13D', ...rest, operator: 'ann' })).toEqual({
    filter: { ...filter, olderThan: 3_600_000, newerThan: 13 * DAY_MS },
    ...rest,
    operator: { name: 'ann', claimed: true },
  });
});

const LONGEST_ARN = `arn:aws-us-gov:iam::123456789012:user/${'p'.repeat(510)}/${'u'.repeat(64)}`;

test('an operator may have the longest ARN of an IAM user', () => {
  expect(readReplayRequest({ operator: LONGEST_ARN })).toMatchObject({ operator: { name: LONGEST_ARN } });
  expect(() => readReplayRequest({ operator: 'a'.repeat(1_025) })).toThrow('operator: expected 1 to 1024');
});

test('an operator is all that is needed, and is never more than a claim', () => {
  expect(readReplayRequest({ operator: 'arn:aws:iam::123456789012:user/ann' })).toEqual({
    filter: {},
    operator: { name: 'arn:aws:iam::123456789012:user/ann', claimed: true },
  });
});

test.each([{ eventId: '7' }, { source: '//hr', reason: 'held-limit' }, {}])(
  'an approval of events that are not named is refused: %j',
  (filter) => {
    expect(() => readReplayRequest({ operator: 'ann', ...filter, approve: true })).toThrow(
      'messageIds, or source and eventId: expected beside approve',
    );
  },
);

test.each([
  { messageIds: ['0f0e7c1a', '0f0e7c1a-1f6d-4c62-9f6a-5d8f7f6f0a11'] },
  { eventId: '7', source: '//hr' },
  { reason: 'retries-exhausted' },
  { dryRun: true },
])('an approval is read that names its events, covers no hold, or is a dry run: %j', (fields) => {
  expect(readReplayRequest({ operator: 'ann', ...fields, approve: true })).toMatchObject({ approve: true });
});

test.for<[string, object, string]>([
  ['no operator', { operator: undefined }, 'operator: expected 1 to 1024 printable ASCII characters'],
  ['a nameless operator', { operator: '' }, 'operator: expected 1 to 1024 printable ASCII characters'],
  ['an operator of several lines', { operator: 'a\nb' }, 'operator: expected 1 to 1024 printable ASCII characters'],
  ['an operator who vouches for themselves', { operator: { name: 'a' } }, 'operator: expected 1 to 1024'],
  ['an unknown reason', { reason: 'held' }, 'reason: expected one of the reasons for a dead letter'],
  ['a lane that there is not', { lane: 'Bulk' }, 'lane: expected urgent or bulk'],
  ['an empty id', { eventId: '' }, 'eventId: expected 1 to 512 printable ASCII characters'],
  ['a short message id', { messageIds: ['0f0e7c1'] }, 'expected 1 to 10000 message ids of dead letters'],
  ['no message ids', { messageIds: [] }, 'messageIds: expected 1 to 10000 message ids of dead letters'],
  ['an age in other words', { olderThan: '1h' }, 'olderThan: expected an ISO 8601 duration'],
  ['an age as a number', { newerThan: 3_600 }, 'newerThan: expected an ISO 8601 duration'],
  ['no dead letters', { max: 0 }, 'max: expected an integer from 1 to 1000000'],
  ['half a dead letter', { max: 1.5 }, 'max: expected an integer from 1 to 1000000'],
  ['no pace', { ratePerSecond: 0 }, 'ratePerSecond: expected a number from 0.1 to 1000'],
  ['a key of another row', { approvals: ['event#0'], approve: true, messageIds: ['0f0e7c1a'] }, 'ledger keys of'],
  ['no time', { seconds: 0 }, 'seconds: expected a number from 1 to 840'],
  ['more time than Lambda has', { seconds: 900 }, 'seconds: expected a number from 1 to 840'],
  ['an operation of another form', { operationId: 'a b' }, 'operationId: expected 1 to 64 of A-Z'],
  ['a flag as text', { approve: 'true' }, 'approve: expected true or false'],
  ['a flag that is null', { dryRun: null }, 'dryRun: expected true or false'],
  ['a misspelt filter', { reasons: 'crashed' }, 'expected an object with reason, source, lane'],
])('%s is refused, and not shown', ([, fields, expected]) => {
  let seen: unknown;
  try {
    seen = readReplayRequest({ operator: 'ann', secret: undefined, ...fields });
  } catch (error) {
    seen = error;
  }
  expect(seen).toMatchObject({ name: 'ReplayRequestError', code: 'request-invalid' });
  expect(inspect(seen)).toContain(expected);
});

test.each([
  { approvals: [], messageIds: ['0f0e7c1a'] },
  { approvals: [], approve: true, reason: 'crashed' },
])('stored approvals are refused without approve and messageIds: %j', (fields) => {
  expect(() => readReplayRequest({ operator: 'ann', ...fields })).toThrow(
    'approvals: expected up to 20000 ledger keys of approvals, beside approve and messageIds',
  );
});

test('what the CLI sends is read: stored approvals, a time, and the id of the run', () => {
  const request = {
    messageIds: ['0f0e7c1a-1f6d'],
    approve: true,
    approvals: ['approval#a#held-stale#ANN'],
    seconds: 2.5,
  };
  const { messageIds, ...rest } = request;
  expect(readReplayRequest({ ...request, operationId: '0f0e7c1a-1f6d', operator: 'ann' })).toEqual({
    filter: { messageIds },
    ...rest,
    operationId: '0f0e7c1a-1f6d',
    operator: { name: 'ann', claimed: true },
  });
});

test.for([undefined, null, [], 'all', 7])('%j is no request', (value) => {
  expect(() => readReplayRequest(value)).toThrow('request-invalid: expected an object with reason');
});

test('what was given is never in the message', () => {
  const planted = `cwo${'x'.repeat(40)}`;
  const fields = { reason: planted, [planted]: planted, lane: planted, olderThan: planted, max: planted };
  expect(() => readReplayRequest(fields)).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('cwo') }),
  );
});
