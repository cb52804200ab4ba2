/** What became of the mutants, as a table: by folder, how many were killed, excused in the code, or are open. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The part of Stryker's report that is read (mutation-testing-report-schema). */
interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

const COLUMNS = { killed: ['Killed'], 'timed out': ['Timeout'], excused: ['Ignored'] } as const;
/** Those that could not run as TypeScript, or at all, say nothing either way. */
const NO_MUTANTS: ReadonlySet<string> = new Set(['CompileError', 'RuntimeError']);

/** Takes paths of reports, of which the last that names a file counts for it; returns the table in lines. */
export function mutationTable(paths: readonly string[]): string {
  const files: Record<string, readonly string[]> = {};
  for (const path of paths) {
    const report: Report = JSON.parse(readFileSync(path, 'utf8'));
    for (const [file, { mutants }] of Object.entries(report.files)) files[file] = mutants.map(({ status }) => status);
  }
  const folders = Object.groupBy(Object.entries(files), ([file]) => dirname(file));
  const rows = Object.entries(folders)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, entries = []]) => [folder, ...countsOf(entries.flatMap(([, statuses]) => statuses))] as const);
  const total = ['all', ...countsOf(Object.values(files).flat())] as const;
  const heading = ['mutants in', 'all', ...Object.keys(COLUMNS), 'open'];
  return aligned([heading, ...[...rows, total].map((row) => row.map(String))]);
}

function countsOf(statuses: readonly string[]): readonly number[] {
  const real = statuses.filter((status) => !NO_MUTANTS.has(status));
  const counts = Object.values(COLUMNS).map((of) => real.filter((status) => of.some((each) => each === status)).length);
  return [real.length, ...counts, real.length - counts.reduce((sum, count) => sum + count, 0)];
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  ');
  return rows.map((row) => `${line(row)}\n`).join('');
}
