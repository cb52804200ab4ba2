import { describe, expect, it } from 'vitest';
import { overruns } from './check/bounds.ts';
import { factsOf } from './check/facts.ts';
import { CONTROLS } from './controls.ts';
import { keepsDeadlines, scheduleOf } from './deadlines.ts';
import { live } from './engine.ts';

describe('ports that are slow, hang or fail', () => {
  it('let no invocation run into its deadline, in 200 schedules', { timeout: 120_000 }, async () => {
    let invocations = 0;
    for (let number = 1; number <= 200; number += 1) {
      const report = await keepsDeadlines(number);
      invocations += report.invocations;
      expect(report.overruns).toEqual([]);
    }
    expect(invocations).toBeGreaterThan(2_000);
  });

  it('would, if the function did not know how much time it has', async () => {
    let found = 0;
    for (let number = 1; number <= 10; number += 1) {
      found += overruns(factsOf(await live(scheduleOf(number), CONTROLS.deadline))).length;
    }
    expect(found).toBeGreaterThan(5);
  });
});
