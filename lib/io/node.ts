/** The system's clock and chance, and waits for the outside. */
import { hash, randomUUID } from 'node:crypto';
import type { Chance, Clock } from '../ports.ts';

/** Epoch milliseconds of the machine, and real waits. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // That of `node:timers/promises` rejects when it is aborted, and most are: each error would have a stack.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, signal?.aborted ? 0 : Math.max(0, ms));
      signal?.addEventListener('abort', end);
    }),
};

/** Numbers for jitter (not for secrets), and random UUIDs (version 4). */
export const systemChance: Chance = {
  fraction: () => Math.random(),
  id: () => randomUUID(),
};

/** In hex; of a text's UTF-8. */
export const sha256 = (content: string | Uint8Array): string => hash('sha256', content);

/** What the promise resolves to, or undefined if it rejects or takes longer than `ms`. */
export const withTimeout = async <T>(promise: Promise<T>, ms: number): Promise<T | undefined> => {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, ms, undefined);
  try {
    return await Promise.race([promise, late.promise]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
};
