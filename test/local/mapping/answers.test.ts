import type { SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf, failing, receiveCounts, type Stack, startStack } from './stack.ts';

let m: Stack;

beforeEach(async () => {
  m = await startStack();
});
afterEach(() => m.close());

describe('the answer of the function', () => {
  test('leaves the messages that it lists, with a receive count that grows, and deletes the others', async () => {
    const events: SQSEvent[] = [];
    const mapping = await m.start(async (event) => {
      events.push(event);
      if (events.length > 1) return { batchItemFailures: [] };
      await m.showAgain(event, 'm1');
      return failing(event, 'm1');
    });
    await m.send('m0', 'm1', 'm2');
    await mapping.drained();
    expect(events.map(bodiesOf)).toEqual([['m0', 'm1', 'm2'], ['m1']]);
    expect(events.map(receiveCounts)).toEqual([['1', '1', '1'], ['2']]);
    expect(mapping.stats).toEqual({
      invocations: 2,
      failedInvocations: 0,
      records: 4,
      deleted: 3,
      deleteFailures: 0,
      receiveFailures: 0,
      mostRunning: expect.any(Number),
    });
  });

  test.each([
    ['undefined', undefined],
    ['an empty object', {}],
    ['a misspelt list', { batchItemFailure: [{ itemIdentifier: 'x' }] }],
  ])('%s deletes every message, whatever became of it', async (_, answer) => {
    const mapping = await m.start(async () => answer);
    await m.send('m0', 'm1');
    await mapping.drained();
    expect(mapping.stats).toMatchObject({ invocations: 1, failedInvocations: 0, deleted: 2 });
  });

  test.each<[string, (event: SQSEvent) => unknown]>([
    ['an exception', () => Promise.reject(new Error('failed'))],
    ['a thrown null', () => Promise.reject(null)],
    ['a foreign message id', () => ({ batchItemFailures: [{ itemIdentifier: 'foreign' }] })],
    ['a list with one bad item', (event) => ({ batchItemFailures: [...failing(event, 'm0').batchItemFailures, {}] })],
    ['no object', () => 'done'],
  ])('%s leaves every message', async (_, answer) => {
    const mapping = await m.start(async (event) => answer(event));
    await m.send('m0', 'm1');
    await expect.poll(() => mapping.stats.failedInvocations).toBe(1);
    expect(mapping.stats).toMatchObject({ invocations: 1, deleted: 0 });
    expect(await m.hidden()).toBe(2);
  });

  test('that never comes is a failed invocation, and frees its place', async () => {
    const events: SQSEvent[] = [];
    const never = new Promise<never>(() => {});
    const mapping = await m.start(
      async (event) => {
        events.push(event);
        if (events.length > 1) return undefined;
        await m.showAgain(event, 'm0');
        return never;
      },
      { functionTimeoutMs: 50, initTimeoutMs: 0, maximumConcurrency: 1 },
    );
    await m.send('m0');
    await mapping.drained();
    expect(events.map(receiveCounts)).toEqual([['1'], ['2']]);
    expect(mapping.stats).toMatchObject({ invocations: 2, failedInvocations: 1, deleted: 1 });
  });
});
