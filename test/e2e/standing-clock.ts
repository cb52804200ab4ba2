/** A clock of one function that a test can stop at a time. Until then it is the machine's. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StandingClock {
  /** Variables of the function. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on it is `time` (epoch ms); what was due by then happens. */
  standAt(time: number): void;
  remove(): void;
}

export function createStandingClock(): StandingClock {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  const file = join(folder, 'stands');
  writeFileSync(file, '');
  return {
    env: {
      NODE_OPTIONS: `--import ${new URL('./standing-clock-preload.ts', import.meta.url)}`,
      CLOCK_STANDS_FILE: file,
    },
    standAt(time) {
      // At once: the function reads the file whenever it asks for the time.
      writeFileSync(`${file}.next`, String(time));
      renameSync(`${file}.next`, file);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
