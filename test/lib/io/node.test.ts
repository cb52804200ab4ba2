import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemChance, systemClock } from '../../../lib/io/node.ts';

test('the clock tells epoch milliseconds and sleeps as long as it is told', async () => {
  const start = systemClock.now();
  expect(Math.abs(start - Date.now())).toBeLessThan(1_000);
  const before = performance.now();
  await systemClock.sleep(5);
  expect(performance.now() - before).toBeGreaterThanOrEqual(4);
});

test('a sleep ends at once when its signal aborts, and leaves no listener on the signal', async () => {
  const [aborted, stop] = [AbortSignal.abort(), new AbortController()];
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort();
  await Promise.all([systemClock.sleep(60_000, aborted), sleeping]);
  expect([aborted, stop.signal].map((signal) => getEventListeners(signal, 'abort').length)).toEqual([0, 0]);
});

test('a sleep until a time that has passed ends at once, without a warning of Node', () => {
  const module = JSON.stringify(join(import.meta.dirname, '../../../lib/io/node.ts'));
  const script = `import { systemClock } from ${module}; await systemClock.sleep(-5);`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(stderr).not.toContain('TimeoutNegativeWarning');
});

test('chance gives fractions from 0 to below 1, and ids that differ', () => {
  const fractions = Array.from({ length: 1_000 }, () => systemChance.fraction());
  expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
  expect(new Set(fractions).size).toBeGreaterThan(990);
  const ids = Array.from({ length: 1_000 }, () => systemChance.id());
  expect(new Set(ids).size).toBe(1_000);
  expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
    true,
  );
});
