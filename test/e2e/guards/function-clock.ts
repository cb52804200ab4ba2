/** A clock of the functions that a test can move ahead, for what depends on a time of day or takes days. */
import { MINUTES_10_MS } from '../../../lib/ledger/window.ts';
import { createClockFile } from '../clock-file.ts';

const DAY_MS = 86_400_000;

export interface FunctionClock {
  /** For `startStack`. The deadline of an invocation stands on the machine's clock, so it is far behind all moves. */
  readonly options: { readonly env: Readonly<Record<string, string>>; readonly timeoutMs: number };
  /** Ahead of the machine's clock from now on, in ms. */
  move(ms: number): void;
  remove(): void;
}

export function createFunctionClock(): FunctionClock {
  const { env, write, remove } = createClockFile(new URL('./shifted-clock.ts', import.meta.url), '0');
  return { options: { env, timeoutMs: 20 * DAY_MS }, move: (ms) => write(String(ms)), remove };
}

/** Ms until a window of LIMITS begins. A test that runs across the end of a window could pass its limit twice. */
export const untilNextWindow = (): number => MINUTES_10_MS - (Date.now() % MINUTES_10_MS);
