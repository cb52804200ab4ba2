/** The input and the output of a scenario. */
import type { ContestantSet } from './contestants.ts';
import type { CpuPin } from './machine.ts';
import type { Cell } from './tables.ts';
import type { Goal } from './verdicts.ts';

export interface Bench {
  readonly pin: CpuPin;
  readonly contestants: ContestantSet;
  /** Folder for temporary files of the run. */
  readonly folder: string;
  /** The number of rounds; `usual` is the scenario's default. */
  rounds(usual: number): number;
  /** Reports one sample. */
  step(what: string): void;
}

export interface Outcome {
  /** One row per contestant or size, by column name; `name` first. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly goals: readonly Goal[];
  /** Ratio of the product to its twin. Absent where no time is measured. */
  readonly twin?: number;
  /** What a reader needs to know to interpret the rows. */
  readonly notes: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<Outcome>;
}
