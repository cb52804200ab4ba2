import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Deeds, failing, writeDeeds } from './environment/deeds.ts';

let d: Deeds;

beforeEach(async () => {
  d = await writeDeeds();
});
afterEach(() => d.remove());

describe('an environment', () => {
  test('is used again, one invocation at a time', async () => {
    const made = d.create();
    expect(await Promise.all([1, 2, 3].map(() => made.invoke({ deed: 'count' })))).toEqual([1, 2, 3]);
    expect(made.coldStarts).toBe(1);
  });
  test('is one of several when invocations overlap, up to the maximum', async () => {
    const made = d.create({ maximumConcurrency: 2 });
    const processes = await Promise.all([1, 2, 3, 4].map(() => made.invoke({ deed: 'wait', ms: 30 })));
    expect(new Set(processes).size).toBe(2);
    expect(made.coldStarts).toBe(2);
  });

  test.each(['hang', 'block'])('dies of a time-out (%s), and the next invocation is a cold start', async (deed) => {
    const made = d.create({ timeoutMs: 500 });
    expect(await made.invoke({ deed: 'count' })).toBe(1);
    await expect(made.invoke({ deed })).rejects.toEqual(
      failing('Sandbox.Timedout', 'Task timed out after 0.50 seconds'),
    );
    expect(await made.invoke({ deed: 'count' })).toBe(1);
    expect(made.coldStarts).toBe(2);
    expect(d.stdout).toEqual(deed === 'hang' ? ['before the hang'] : []);
  });
  test('that ends its process fails the invocation, and its last words are heard', async () => {
    const made = d.create();
    await expect(made.invoke({ deed: 'exit' })).rejects.toEqual(failing('Runtime.ExitError'));
    expect(d.stderr).toEqual(['last words']);
    expect(await made.invoke({ deed: 'count' })).toBe(1);
    expect(made.coldStarts).toBe(2);
  });
  test('that ends its process between invocations is not used again', async () => {
    const made = d.create();
    await made.invoke({ deed: 'dieAfterwards' });
    // A line without an end is handed on when its stream closes; the process is gone then.
    await expect.poll(() => d.stderr).toEqual(['gone']);
    await pause(5);
    expect(await made.invoke({ deed: 'count' })).toBe(1);
    expect(made.coldStarts).toBe(2);
  });
  test('in which nothing runs ends when the function is recycled: the next invocation is a cold start', async () => {
    const made = d.create();
    expect(await made.invoke({ deed: 'count' })).toBe(1);
    await made.recycle();
    expect(await made.invoke({ deed: 'count' })).toBe(1);
    expect(made.coldStarts).toBe(2);
  });
  test('ends after an unhandled rejection', async () => {
    const made = d.create();
    await expect(made.invoke({ deed: 'reject' })).rejects.toEqual(failing('Runtime.ExitError'));
    expect(d.stderr.join('\n')).toContain('unhandled on purpose');
  });
});

describe('a bundle', () => {
  test('that throws on load fails each invocation, each with a cold start', async () => {
    const made = d.create({}, 'broken.mjs');
    await expect(made.invoke({})).rejects.toEqual(failing('SyntaxError', 'does not load'));
    await expect(made.invoke({})).rejects.toEqual(failing('SyntaxError', 'does not load'));
    expect(made.coldStarts).toBe(2);
  });
  test('without a handler fails the invocation', async () => {
    await expect(d.create({}, 'other.mjs').invoke({})).rejects.toEqual(
      failing('TypeError', 'the bundle exports no function called handler'),
    );
  });
  test('that is not there fails the invocation', async () => {
    await expect(d.create({}, 'absent.mjs').invoke({})).rejects.toEqual(failing('Error'));
  });
  test('that never finishes loading fails the invocation in time', async () => {
    await expect(d.create({ initTimeoutMs: 200 }, 'slow.mjs').invoke({})).rejects.toEqual(failing('Sandbox.Timedout'));
  });
});

test('a closed function rejects what runs, what waits and what comes', async () => {
  const made = d.create();
  const runs = made.invoke({ deed: 'hang' });
  const waits = made.invoke({ deed: 'count' });
  const settled = Promise.allSettled([runs, waits]);
  await expect.poll(() => d.stdout).toEqual(['before the hang']);
  await made.close();
  const rejected = { status: 'rejected', reason: failing('Runtime.ExitError') };
  expect(await settled).toEqual([rejected, rejected]);
  await expect(made.invoke({ deed: 'count' })).rejects.toEqual(failing('Runtime.ExitError'));
});
