/** The file by which a test changes the clock of a function's process; a module that is preloaded there reads it. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ClockFile {
  /** Variables of the function. */
  readonly env: Readonly<Record<string, string>>;
  write(text: string): void;
  /** The processes that read it must have ended. */
  remove(): void;
}

export function createClockFile(preload: URL, text: string): ClockFile {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  const file = join(folder, 'time');
  const write = (next: string): void => {
    // In one step: the process may read it at this moment.
    writeFileSync(`${file}.next`, next);
    renameSync(`${file}.next`, file);
  };
  write(text);
  return {
    env: { NODE_OPTIONS: `--import ${preload}`, CLOCK_FILE: file },
    write,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
