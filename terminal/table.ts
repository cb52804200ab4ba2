/** The table printer of the CLI, the demo and the benchmarks. */
import { bold, dim, formatFields, type Line, type Span, textOfSpan } from './lines.ts';
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
  /** Truncates nothing: of a table that does not fit, each row is a block of fields. */
  readonly whole?: boolean;
  /** Draws a line of dashes below the header. */
  readonly rule?: boolean;
}

/** Returns the table as lines of aligned columns, two spaces apart. */
export function formatTable(options: TableOptions): readonly Line[] {
  const { header, rows, width, right = [], wrap = false, rule = false, whole = false } = options;
  if (whole && totalWidth(naturalWidths(options)) > width) return formatBlocks(options);
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

/** Each as wide as its widest cell. */
const naturalWidths = ({ header, rows }: Pick<TableOptions, 'header' | 'rows'>): number[] =>
  header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => displayWidth(sanitizeForTerminal(textOfSpan(row[column]))))),
  );

const totalWidth = (widths: readonly number[]): number => widths.reduce((sum, each) => sum + each + 2, -2);

/** A block for each row, one field for each cell that is not empty, blocks separated by an empty line. */
function formatBlocks({ header, rows, width }: TableOptions): readonly Line[] {
  const labelWidth = Math.max(...header.map(({ length }) => length));
  const fieldsOf = (row: readonly Span[]): readonly (readonly [label: string, Span])[] =>
    header.flatMap((title, column) =>
      wrapCell(row[column] ?? '', width - labelWidth - 2).map(
        (text, index) => [index === 0 ? title : '', text] as const,
      ),
    );
  return rows.flatMap((row, index) => [...(index === 0 ? [] : [[]]), ...formatFields(fieldsOf(row))]);
}

/** A cell as one span for each line; none if it is empty. */
function wrapCell(cell: Span, width: number): readonly Span[] {
  const texts = wrapWords(sanitizeForTerminal(textOfSpan(cell)), width).filter((text) => text !== '');
  return texts.map((text) => (typeof cell === 'object' ? { ...cell, text } : text));
}

/** The flexible column gives way where the table is wider than the terminal. */
function columnWidths({ header, rows, width, flexible, wrap }: TableOptions): readonly number[] {
  const widths = naturalWidths({ header, rows });
  const excess = totalWidth(widths) - width;
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
  const indent = row.map((): Span => '');
  const cells = wrapCell(row[last] ?? '', widths[last] ?? 0);
  if (cells.length === 0) return [row];
  return cells.map((cell, index) => [...(index === 0 ? row : indent).slice(0, last), cell]);
}
