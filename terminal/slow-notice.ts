/** A word for whoever watches a command that takes its time: silence looks like a hang. */
import type { Context } from '../cli/context.ts';

/** Longer than an answer takes that needs no word. */
const SILENCE_MS = 1_000;

/**
 * Takes what is done, as in `reading the dead letters`, and the work; ends as that does. After a second one line on stderr
 * says what is done, where that is a terminal.
 */
export async function patiently<T>(
  { terminal, clock }: Pick<Context, 'terminal' | 'clock'>,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  if (terminal.progress === undefined) return await work();
  const over = new AbortController();
  void clock.sleep(SILENCE_MS, over.signal).then(() => {
    if (!over.signal.aborted) terminal.writeError(`${what}…\n`);
  });
  try {
    return await work();
  } finally {
    over.abort();
  }
}
