/** A bound on waiting. */
import type { Clock } from '../ports.ts';

/** Takes the clock, the last moment (epoch ms) and the work; resolves when the work has ended, and at that moment at the latest. Rejects as the work does. */
export async function noLongerThan(clock: Clock, at: number, work: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  // Without a reason each wait would make a DOMException, with its stack.
  await Promise.race([work.finally(() => ended.abort('over')), clock.sleep(at - clock.now(), ended.signal)]);
}
