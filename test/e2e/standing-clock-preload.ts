/**
 * Preloaded into a function's process: once the file named in CLOCK_FILE holds a time (epoch ms), its clock
 * stands there, and its timers with it. What must happen between two times of a deadline then has all the time it
 * needs, however busy the machine is.
 */
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import promises from 'node:timers/promises';

const { CLOCK_FILE = '' } = process.env;
const LOOK_EVERY_MS = 10;
const machine = Date.now;
Date.now = () => {
  const stands = readFileSync(CLOCK_FILE, 'utf8');
  return stands === '' ? machine() : Number(stands);
};

/** As of Node, by this clock. It can be cleared and refreshed like Node's. */
const startTimer = (work: (...values: unknown[]) => void, ms = 0, ...values: unknown[]): NodeJS.Timeout => {
  let due = Date.now() + ms;
  const timer = setInterval(() => {
    if (Date.now() < due) return;
    clearInterval(timer);
    work(...values);
  }, LOOK_EVERY_MS);
  const restart = timer.refresh.bind(timer);
  timer.refresh = () => {
    due = Date.now() + ms;
    return restart();
  };
  return timer;
};
Reflect.set(globalThis, 'setTimeout', startTimer);

const sleep = (ms = 0, value?: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<unknown> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = startTimer(resolve, ms, value);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
Reflect.set(promises, 'setTimeout', sleep);
syncBuiltinESMExports();
