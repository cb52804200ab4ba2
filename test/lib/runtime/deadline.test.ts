import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/io/node.ts';
import { withDeadline } from '../../../lib/runtime/deadline.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

describe('withDeadline', () => {
  it('resolves when the work has ended, or at the deadline', async () => {
    const clock = virtualClock(EVENT_MS);
    await clock.run(withDeadline(clock, EVENT_MS + 1_000, clock.sleep(400)));
    expect([clock.now() - EVENT_MS, clock.waiting()]).toEqual([400, 0]);
    await clock.run(withDeadline(clock, EVENT_MS + 1_000, new Promise(() => undefined)));
    expect([clock.now() - EVENT_MS, clock.waiting()]).toEqual([1_000, 0]);
  });

  it.each([
    ['virtual', virtualClock(EVENT_MS)],
    ['system', systemClock],
  ])('rejects as the work does, by the %s clock', async (_name, clock) => {
    const failed = withDeadline(clock, clock.now() + 60_000, Promise.reject(new Error('down')));
    await expect(failed).rejects.toThrow('down');
  });
});
