/** What commands print, as values: lines of pieces, sanitised and painted in one place, on their way out. */
import type { Sparse } from '../lib/model/json.ts';
import { cut, shown, widthOf, wrapped } from './sanitize.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

/** A text, or one with a colour for terminals. Any text will do: it is made harmless when it is printed. */
export type Piece = string | { readonly text: string; readonly colour: Colour };

export type Line = readonly Piece[];

/** What a command has to say in the end. */
export interface Report {
  /** With --json: the one value on stdout. */
  readonly json: Sparse;
  /** Without. */
  readonly lines: readonly Line[];
  /** 0 done (absent), 1 something failed, 3 an operator has to act. */
  readonly exitCode?: 0 | 1 | 3;
}

const CODES: Readonly<Record<Colour, number>> = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 };

const textOf = (piece: Piece | undefined): string => (typeof piece === 'object' ? piece.text : (piece ?? ''));

/** Takes a line and whether colours are wanted; returns it as text without a line end, every piece sanitised. */
export const rendered = (line: Line, colours: boolean): string =>
  line
    .map((piece) => {
      const text = shown(textOf(piece));
      return colours && typeof piece === 'object' && text !== ''
        ? `\u001b[${CODES[piece.colour]}m${text}\u001b[0m`
        : text;
    })
    .join('')
    .trimEnd();

/** No column is cut, and none is wrapped, narrower than this. */
const LEAST_WIDTH = 8;
const LEAST_WRAP = 24;

export interface TableOptions {
  readonly header: readonly string[];
  readonly rows: readonly (readonly Piece[])[];
  /** Columns of the terminal; Infinity: nothing is cut. */
  readonly width: number;
  /** The column that may be cut (the last one, if absent). */
  readonly flexible?: number;
  readonly right?: readonly number[];
  /** The last column goes on in lines of its own instead of being cut: all of it must be read. */
  readonly wrap?: boolean;
}

/** Takes a header and rows of equal length; returns lines of aligned columns, two spaces apart. */
export function table({ header, rows, width, flexible, right = [], wrap = false }: TableOptions): readonly Line[] {
  const last = header.length - 1;
  const soft = flexible ?? last;
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => widthOf(shown(textOf(row[column]))))),
  );
  const excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  const wide = widths[soft] ?? 0;
  if (excess > 0) widths[soft] = Math.min(wide, Math.max(wrap ? LEAST_WRAP : LEAST_WIDTH, wide - excess));

  const cell = (piece: Piece | undefined, column: number): Piece => {
    const most = widths[column] ?? 0;
    const text = wrap && column === soft ? shown(textOf(piece)) : cut(shown(textOf(piece)), most);
    const pad = ' '.repeat(Math.max(0, most - widthOf(text)));
    const placed = right.includes(column) ? pad + text : column === last ? text : text + pad;
    return typeof piece === 'object' ? { ...piece, text: placed } : placed;
  };
  const line = (cells: readonly Piece[]): Line =>
    cells.flatMap((piece, column) => (column === 0 ? [cell(piece, column)] : ['  ', cell(piece, column)]));
  const bold = (text: string): Piece => ({ text, colour: 'bold' });
  const wrappedRow = (cells: readonly Piece[]): readonly Line[] => {
    const piece = cells[last] ?? '';
    const texts = wrapped(shown(textOf(piece)), widths[last] ?? 0);
    const part = (text: string): Piece => (typeof piece === 'object' ? { ...piece, text } : text);
    const indent = header.map((): Piece => '');
    return texts.map((text, index) => line([...(index === 0 ? cells : indent).slice(0, last), part(text)]));
  };
  return [line(header.map(bold)), ...(wrap ? rows.flatMap(wrappedRow) : rows.map(line))];
}

/** Takes labels and what stands beside them; returns aligned lines. */
export function fields(pairs: readonly (readonly [label: string, ...Line])[], indent = ''): readonly Line[] {
  const width = Math.max(0, ...pairs.map(([label]) => label.length));
  return pairs.map(([label, ...rest]) => [indent, { text: label.padEnd(width), colour: 'dim' }, '  ', ...rest]);
}

export const dim = (text: string): Piece => ({ text, colour: 'dim' });
export const bold = (text: string): Piece => ({ text, colour: 'bold' });

/** Takes a number and a noun; returns both, the noun with an `s` unless there is one. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Takes whether the ledger's rows are those of the dry run, which are others than those in earnest; returns the note about it. */
export const dryRunNote = (dryRun: boolean): Line => (dryRun ? [dim(' of the dry run (MODE is dry-run)')] : []);
