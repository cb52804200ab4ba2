/** Aligned tables for people. Pure. */
import type { Judged } from './verdicts.ts';

export type Cell = string | number;
/** One line of a table by the names of its columns. */
export type Row = Readonly<Record<string, Cell>>;

/** A number with about three significant digits, thousands apart; `–` when it is none. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return Number.isInteger(value) ? value.toLocaleString('en-US') : value.toLocaleString('en-US', fixed(digits));
}

const fixed = (digits: number) => ({ minimumFractionDigits: digits, maximumFractionDigits: digits });

const textOf = (cell: Cell | undefined): string =>
  cell === undefined ? '' : typeof cell === 'number' ? formatNumber(cell) : cell;

/** Takes rows; returns the lines of a table, columns in order of their first appearance, the first to the left, all others to the right. */
export function tableLines(rows: readonly Row[]): readonly string[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [columns, ...rows.map((row) => columns.map((column) => textOf(row[column])))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Takes judged goals; returns the rows of their table. */
export const goalRows = (goals: readonly Judged[]): readonly Row[] =>
  goals.map(({ figure, bound, value, verdict }) => ({
    goal: figure,
    value,
    bound: 'most' in bound ? `≤ ${formatNumber(bound.most)}` : `≥ ${formatNumber(bound.least)}`,
    verdict,
  }));
