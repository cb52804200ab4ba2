/** Looks at what was revoked, until it is seen gone or no look is left: revocation takes a moment to show. */
import type { KeyList } from './audit/entry.ts';
import { budgetMs, type Work } from './context.ts';

/** What a look at a target after a call showed of it. */
export interface Sight {
  /** Nothing of it is live any more. */
  readonly gone: boolean;
  /** What of it still is. */
  readonly after?: KeyList;
}

/**
 * Takes the pauses before each look (ms) and the look, which shows undefined when it proves nothing; returns what was
 * seen last, or undefined for nothing. Begins no look after the invocation's end.
 */
export async function lookUntilGone(
  work: Work,
  pausesMs: readonly number[],
  look: () => Promise<Sight | undefined>,
): Promise<Sight | undefined> {
  let sight: Sight | undefined;
  for (const pauseMs of pausesMs) {
    if (pauseMs >= budgetMs(work)) break;
    if (pauseMs > 0) await work.environment.ports.clock.sleep(pauseMs);
    sight = (await look()) ?? sight;
    if (sight?.gone) break;
  }
  return sight;
}
