/** A clock of one function that a test can stop at a time. Until then it is the machine's. */
import { type ClockFile, createClockFile } from './clock-file.ts';

export interface StandingClock extends Pick<ClockFile, 'env' | 'remove'> {
  /** From now on it is `time` (epoch ms); what was due by then happens. */
  standAt(time: number): void;
}

export function createStandingClock(): StandingClock {
  const { env, write, remove } = createClockFile(new URL('./standing-clock-preload.ts', import.meta.url), '');
  return { env, standAt: (time) => write(String(time)), remove };
}
