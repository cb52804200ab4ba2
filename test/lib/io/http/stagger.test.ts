import { expect, test } from 'vitest';
import { createYieldLimiter } from '../../../../lib/io/http/coreweave.ts';

const turn = (): Promise<void> => new Promise(setImmediate);

test('those that come together pass in their order, so many in each turn', async () => {
  const pass = createYieldLimiter(2);
  const passed: number[] = [];
  for (const n of [1, 2, 3, 4, 5]) void pass().then(() => passed.push(n));
  const seen: number[] = [];
  for (let turns = 0; turns < 4; turns += 1) {
    await turn();
    seen.push(passed.length);
  }
  expect(seen).toEqual([2, 4, 5, 5]);
  expect(passed).toEqual([1, 2, 3, 4, 5]);
});

test('who comes once all have passed is not left waiting', async () => {
  const pass = createYieldLimiter(1);
  await pass();
  const passed: string[] = [];
  void pass().then(() => passed.push('later'));
  await turn();
  await turn();
  expect(passed).toEqual(['later']);
});
