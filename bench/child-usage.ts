/** What the process of a function has used, from procfs. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** Peak resident memory in MB. (proc(5), VmHWM) */
  readonly peakMb: number;
  /** User and system time in seconds. (proc(5), utime and stime, in ticks of 10 ms) */
  readonly cpuSeconds: number;
}

const TICKS_PER_SECOND = 100;

/** Of the one function that this process has started. Throws if there is none. */
export function childUsage(): Usage {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      if (fields[1] !== String(process.pid)) continue;
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('environment-child')) continue;
      const peakMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_000;
      return { peakMb, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND };
    } catch {
      // The process has ended since the listing.
    }
  }
  throw new Error('the process of the function was not found');
}
