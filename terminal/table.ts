/** The table printer of the CLI, the demo and the benchmarks. */
import { bold, dim, type Line, type Span, textOfSpan } from './lines.ts';
import { displayWidth, sanitizeForTerminal, truncate, wrapWords } from './text.ts';

/** A column is never truncated, and never wrapped, to fewer columns of the terminal than this. */
const MIN_WIDTH = 8;
const MIN_WRAP_WIDTH = 24;

export interface TableOptions {
  readonly header: readonly string[];
  /** Each as long as the header. */
  readonly rows: readonly (readonly Span[])[];
  /** Columns of the terminal; Infinity: nothing is truncated. */
  readonly width: number;
  /** The table column that may be truncated (the last one). */
  readonly flexible?: number;
  /** Table columns that are aligned to the right. */
  readonly right?: readonly number[];
  /** Wraps the last table column instead of truncating it, for text that must be read whole. */
  readonly wrap?: boolean;
  /** Draws a line of dashes below the header. */
  readonly rule?: boolean;
}

/** Returns the table as lines of aligned columns, two spaces apart. */
export function formatTable(options: TableOptions): readonly Line[] {
  const { header, rows, right = [], wrap = false, rule = false } = options;
  const widths = columnWidths(options);
  const last = header.length - 1;
  const toCell = (cell: Span, column: number): Span =>
    alignCell(cell, widths[column] ?? 0, {
      right: right.includes(column),
      last: column === last,
      truncated: !(wrap && column === last),
    });
  const toLine = (cells: readonly Span[]): Line =>
    cells.flatMap((cell, column) => [...(column === 0 ? [] : ['  ']), toCell(cell, column)]);
  return [
    toLine(header.map(bold)),
    ...(rule ? [toLine(widths.map((width) => dim('-'.repeat(width))))] : []),
    ...(wrap ? rows.flatMap((row) => wrapRow(row, widths)) : rows).map(toLine),
  ];
}

/** As wide as the widest cell; the flexible column gives way where the table is wider than the terminal. */
function columnWidths({ header, rows, width, flexible, wrap }: TableOptions): readonly number[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => displayWidth(sanitizeForTerminal(textOfSpan(row[column]))))),
  );
  const excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  const soft = flexible ?? header.length - 1;
  const wide = widths[soft] ?? 0;
  if (excess > 0) widths[soft] = Math.min(wide, Math.max(wrap ? MIN_WRAP_WIDTH : MIN_WIDTH, wide - excess));
  return widths;
}

function alignCell(
  cell: Span,
  width: number,
  { right, last, truncated }: Readonly<Record<'right' | 'last' | 'truncated', boolean>>,
): Span {
  const whole = sanitizeForTerminal(textOfSpan(cell));
  const text = truncated ? truncate(whole, width) : whole;
  const padding = ' '.repeat(Math.max(0, width - displayWidth(text)));
  const aligned = right ? padding + text : last ? text : text + padding;
  return typeof cell === 'object' ? { ...cell, text: aligned } : aligned;
}

/** Splits a row into one row per line of its last cell. */
function wrapRow(row: readonly Span[], widths: readonly number[]): readonly (readonly Span[])[] {
  const last = row.length - 1;
  const cell = row[last] ?? '';
  const texts = wrapWords(sanitizeForTerminal(textOfSpan(cell)), widths[last] ?? 0);
  const indent = row.map((): Span => '');
  return texts.map((text, index) => [
    ...(index === 0 ? row : indent).slice(0, last),
    typeof cell === 'object' ? { ...cell, text } : text,
  ]);
}
