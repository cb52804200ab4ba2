import { expect, test } from 'vitest';
import { brokenLimits } from '../../../local/mapping/limits.ts';

const urgent = {
  batchSize: 10,
  windowMs: 0,
  maximumConcurrency: 10,
  functionTimeoutMs: 30_000,
  visibilitySeconds: 180,
};
const bulk = {
  batchSize: 100,
  windowMs: 5_000,
  maximumConcurrency: 2,
  functionTimeoutMs: 120_000,
  visibilitySeconds: 725,
};

test.each([
  ['urgent', urgent],
  ['bulk', bulk],
])('the numbers of the %s mapping are within the limits of Lambda', (_, numbers) => {
  expect(brokenLimits(numbers)).toEqual([]);
});

test.each([
  ['a batch of none', { batchSize: 0 }, 'batchSize must be from 1 to 10,000'],
  ['a batch over 10,000', { batchSize: 10_001, windowMs: 1_000 }, 'batchSize must be from 1 to 10,000'],
  ['a batch over 10 without a window', { batchSize: 11 }, 'a batchSize over 10 needs a window of at least 1 s'],
  ['half a second', { windowMs: 500 }, 'windowMs must be whole seconds from 0 to 300'],
  ['a window over 300 s', { windowMs: 301_000 }, 'windowMs must be whole seconds from 0 to 300'],
  ['a concurrency of 1', { maximumConcurrency: 1 }, 'maximumConcurrency must be from 2 to 1,000'],
  ['a concurrency over 1,000', { maximumConcurrency: 1_001 }, 'maximumConcurrency must be from 2 to 1,000'],
  [
    'a visibility shorter than the time-out',
    { visibilitySeconds: 29 },
    'the function must not time out later than the visibility of the queue ends',
  ],
])('Lambda refuses %s', (_, change, sentence) => {
  expect(brokenLimits({ ...urgent, ...change })).toEqual([sentence]);
});
