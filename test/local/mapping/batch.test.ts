import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MappingOptions } from '../../../local/mapping.ts';
import { bodiesOf, numbered, type Stack, startStack } from './stack.ts';

let m: Stack;

beforeEach(async () => {
  m = await startStack();
});
afterEach(() => m.close());

describe('a batch', () => {
  const sizesOf = async (count: number, numbers: Partial<MappingOptions>) => {
    await m.send(...numbered(count));
    const sizes: number[] = [];
    const mapping = await m.start(
      async ({ Records }) => {
        sizes.push(Records.length);
      },
      { maximumConcurrency: 1, ...numbers },
    );
    await mapping.drained();
    return sizes;
  };

  test('without a window is what one receive brings', async () => {
    expect(await sizesOf(25, { windowMs: 0 })).toEqual([10, 10, 5]);
  });
  test('with a window grows over ten', async () => {
    expect(await sizesOf(25, { batchSize: 100, windowMs: 200 })).toEqual([25]);
  });
  test('is sent as soon as it is full', async () => {
    expect(await sizesOf(25, { batchSize: 12, windowMs: 200 })).toEqual([12, 12, 1]);
  });
  test('waits for more messages until its window is over', async () => {
    const batches: string[][] = [];
    const mapping = await m.start(
      async (event) => {
        batches.push(bodiesOf(event));
      },
      { batchSize: 100, windowMs: 250 },
    );
    await m.send('first');
    await expect.poll(() => m.hidden(), { interval: 5 }).toBe(1);
    await m.send('second');
    await mapping.drained();
    expect(batches).toEqual([['first', 'second']]);
  });
});
