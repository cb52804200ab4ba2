/** The machine: which processor runs what, and what is said of it in the results. */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

const succeeds = (command: string, args: readonly string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const CLIENT_CPU = '0';
const SERVER_CPU = '1';

/** Words before a client's command that keep it on a processor of its own; none where that cannot be had. */
export type CpuPin = readonly string[];

/**
 * Keeps this process, and so the servers that it starts, on one processor; returns the words that keep clients on
 * another. Without `taskset` or a second processor all share what there is.
 */
export function pinServers(): CpuPin {
  const words = ['taskset', '-c', CLIENT_CPU] as const;
  const [taskset, ...client] = words;
  if (process.platform !== 'linux' || !succeeds(taskset, [...client, 'true'])) return [];
  return succeeds(taskset, ['-pc', SERVER_CPU, String(process.pid)]) ? words : [];
}

export interface Machine {
  readonly processors: number;
  readonly model: string;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** Whether clients and servers had a processor each. */
  readonly pinned: boolean;
}

/** Takes how clients are pinned; returns the machine in words and numbers, nothing that names it. */
export const describeMachine = (pin: CpuPin): Machine => ({
  processors: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 1e9),
  system: `${process.platform} ${process.arch} ${release().split('-')[0]}`,
  node: process.version,
  pinned: pin.length > 0,
});

/** Whether a command is there. */
export const hasCommand = (command: string): boolean => succeeds('sh', ['-c', `command -v ${command}`]);
