/** What a scenario is given and what it gives. */
import type { ContestantSet } from './contestants.ts';
import type { CpuPin } from './machine.ts';
import type { Cell } from './tables.ts';
import type { Goal } from './verdicts.ts';

export interface Bench {
  readonly pin: CpuPin;
  readonly contestants: ContestantSet;
  /** A folder for files of this run. */
  readonly folder: string;
  /** Takes what the scenario would do by itself; returns how many rounds it is to run. */
  rounds(usual: number): number;
  /** Says how far it is. */
  step(what: string): void;
}

export interface Outcome {
  /** Numbers by the names of columns, one row per contestant or size; `name` first. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly goals: readonly Goal[];
  /** The ratio of ours to its twin; absent: nothing here is a matter of time. */
  readonly twin?: number;
  /** What a reader must know to read the rows. */
  readonly notes: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<Outcome>;
}
