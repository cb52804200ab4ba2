/** The machine: CPU affinity of the processes, and its description in the results. */
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

/** Prefix of a client's command that pins it to one CPU; empty where that is not possible. */
export type CpuPin = readonly string[];

/**
 * Pins this process and its servers to one CPU; returns the prefix that pins clients to another. Without `taskset` or
 * a second CPU nothing is pinned.
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
  /** Clients and servers had one CPU each. */
  readonly pinned: boolean;
}

/** Contains nothing that identifies the machine. */
export const describeMachine = (pin: CpuPin): Machine => ({
  processors: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 1e9),
  system: `${process.platform} ${process.arch} ${release().split('-')[0]}`,
  node: process.version,
  pinned: pin.length > 0,
});

export const hasCommand = (command: string): boolean => succeeds('sh', ['-c', `command -v ${command}`]);
