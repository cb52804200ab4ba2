import type { Clock } from '../ports.ts';

/** A call needs at least this long, in ms, to be worth starting. */
export const MIN_CALL_MS = 100;

/** Resolves when `work` has ended, and at `at` (epoch ms) at the latest. Rejects as the work does. */
export async function withDeadline(clock: Clock, at: number, work: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  // Without a reason each wait would create a DOMException with its stack.
  // Stryker disable next-line StringLiteral: nothing reads the reason
  await Promise.race([work, clock.sleep(at - clock.now(), ended.signal)]).finally(() => ended.abort('over'));
}
