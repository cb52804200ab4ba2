/**
 * The results of the mutation tests by folder: how many mutants were killed, excused in the code, or are open, and
 * which state of the code was tested. `npm run mutate` records each folder in test/mutation/runs.json. Run: `node
 * scripts/mutation-table.ts`.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
export const RUNS_FILE = join(ROOT, 'test', 'mutation', 'runs.json');

export interface Counts {
  readonly all: number;
  readonly killed: number;
  /** Killed too: the mutant made something endless. */
  readonly timedOut: number;
  /** A comment on the line says why no test can fail. */
  readonly excused: number;
  readonly open: number;
}

export interface Run extends Counts {
  /** The date of the run, such as `2026-11-29`. */
  readonly date: string;
  /** Short hash of the commit that was tested, with `+` where the folder had changes that were not committed. */
  readonly commit: string;
}

/** By folder, such as `lib/ledger`. */
export type Runs = Readonly<Record<string, Run>>;

const COUNTED: ReadonlyMap<string, Exclude<keyof Counts, 'all' | 'open'>> = new Map([
  ['Killed', 'killed'],
  ['Timeout', 'timedOut'],
  ['Ignored', 'excused'],
]);
/** Mutants that do not compile or run prove nothing. */
const NO_MUTANTS: ReadonlySet<string> = new Set(['CompileError', 'RuntimeError']);

/** `statuses` are those of Stryker's mutants. */
export function countMutants(statuses: readonly string[]): Counts {
  const counts = { all: 0, killed: 0, timedOut: 0, excused: 0, open: 0 };
  for (const status of statuses) {
    if (NO_MUTANTS.has(status)) continue;
    counts.all += 1;
    counts[COUNTED.get(status) ?? 'open'] += 1;
  }
  return counts;
}

/**
 * Folders with files to mutate: all of `events` and `lib` without adapters. A file counts only for its own folder.
 */
export function mutatedFolders(): readonly string[] {
  const files = globSync(['events/**/*.ts', 'lib/**/*.ts'], { cwd: ROOT }).map((path) => path.replaceAll(sep, '/'));
  return [...new Set(files.map(dirname))].filter((folder) => !/^lib\/io(\/|$)/.test(folder)).toSorted();
}

/** The recorded runs. */
export const readRuns = (): Runs => (existsSync(RUNS_FILE) ? JSON.parse(readFileSync(RUNS_FILE, 'utf8')) : {});

const CELLS = ['all', 'killed', 'timedOut', 'excused', 'open'] as const;
const HEADING = ['mutants in', 'all', 'killed', 'timed out', 'excused', 'open', 'run on', 'at commit'];

/** One row per folder, also if it was never run, and the sum. */
export function mutationTable(folders: readonly string[], runs: Runs): string {
  const rows = folders.map((folder) => {
    const run = runs[folder];
    return run === undefined
      ? [folder, ...CELLS.map(() => '-'), 'not run', '']
      : [folder, ...CELLS.map((cell) => String(run[cell])), run.date, run.commit];
  });
  const counted = folders.flatMap((folder) => runs[folder] ?? []);
  const sums = CELLS.map((cell) => String(counted.reduce((sum, run) => sum + run[cell], 0)));
  return aligned([HEADING, ...rows, ['all', ...sums, '', '']]);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = HEADING.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const isText = (column: number): boolean => column === 0 || column > CELLS.length;
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

if (import.meta.main) process.stdout.write(mutationTable(mutatedFolders(), readRuns()));
