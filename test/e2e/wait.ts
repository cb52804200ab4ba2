/** Waiting for what another process does: by looking, never by a fixed time. */
import { setTimeout as pause } from 'node:timers/promises';

const LONGEST_MS = 40_000;

/** Resolves once `look` gives a value; rejects after LONGEST_MS with what was waited for. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + LONGEST_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(10);
  }
}
