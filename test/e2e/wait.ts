/** Waiting for what another process does: by looking, never by a fixed time. */
import { setTimeout as pause } from 'node:timers/promises';

/** Resolves once `look` gives a value; rejects after `ms` with what was waited for. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  ms = 40_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(10);
  }
}
