import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Environment } from '../../../../lib/io/config/environment.ts';
import { readReplayConfig } from '../../../../lib/io/config/read.ts';
import { VARIABLES } from '../../../../lib/io/config/variables.ts';
import { LEAST, read } from './environment.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const { COREWEAVE_API_TOKEN_SECRET_ID: _, ...WITHOUT_TOKEN } = LEAST;
const replayConfig = (more: Environment = {}) =>
  readReplayConfig({ ...WITHOUT_TOKEN, ...more }, hash, () => {
    throw new Error('ENOENT');
  });

test('the replay needs no token, and has the settings that revoke has', () => {
  const { settings, urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl, ledgerTable } = read();
  expect(replayConfig()).toEqual({ settings, urgentQueueUrl, bulkQueueUrl, deadLetterQueueUrl, ledgerTable });
});

test('the replay says all that it misses at once', () => {
  const needed = VARIABLES.filter(({ requiredBy }) => requiredBy.includes('replay')).map(({ name }) => name);
  expect(needed).toEqual([
    'MODE',
    'URGENT_QUEUE_URL',
    'BULK_QUEUE_URL',
    'DEAD_LETTER_QUEUE_URL',
    'LEDGER_TABLE',
    'OWN_ROLES',
  ]);
  const none = Object.fromEntries(needed.map((name) => [name, undefined]));
  expect(() => replayConfig(none)).toThrow(
    expect.objectContaining({
      problems: needed.map((name) => expect.stringMatching(new RegExp(`^${name}: missing, `))),
    }),
  );
});

test('a queue that is two of the three is a problem of the replay too', () => {
  expect(() => replayConfig({ DEAD_LETTER_QUEUE_URL: LEAST.BULK_QUEUE_URL })).toThrow(
    'expected three different queues',
  );
});

test('a list of protections that cannot be read is a problem of the replay too: records name its hash', () => {
  expect(() => replayConfig({ PROTECTED: '@missing.json' })).toThrow('PROTECTED: expected a readable file after @');
});
