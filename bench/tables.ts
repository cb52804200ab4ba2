/** The tables of the benchmark, as text. Pure. */
import { formatNumber } from '../terminal/format.ts';
import { renderLine } from '../terminal/lines.ts';
import { formatTable } from '../terminal/table.ts';
import type { JudgedGoal } from './verdicts.ts';

export type Cell = string | number;
/** One row by the names of its columns. */
export type Row = Readonly<Record<string, Cell>>;

const textOf = (cell: Cell | undefined): string =>
  cell === undefined ? '' : typeof cell === 'number' ? formatNumber(cell) : cell;

/** The columns are in the order of their first appearance; all but the first are aligned to the right. */
export function tableLines(rows: readonly Row[]): readonly string[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const table = formatTable({
    header: columns,
    rows: rows.map((row) => columns.map((column) => textOf(row[column]))),
    right: columns.map((_, at) => at).slice(1),
    width: Number.POSITIVE_INFINITY,
  });
  return table.map((line) => renderLine(line, false));
}

export const goalRows = (goals: readonly JudgedGoal[]): readonly Row[] =>
  goals.map(({ figure, bound, value, verdict }) => ({
    goal: figure,
    value,
    bound: 'most' in bound ? `≤ ${formatNumber(bound.most)}` : `≥ ${formatNumber(bound.least)}`,
    verdict,
  }));
