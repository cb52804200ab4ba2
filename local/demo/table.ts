/** Text for a terminal: aligned columns, colour where it is wanted. */

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';
export type Paint = (text: string, colour: Colour) => string;

const CODES: Readonly<Record<Colour, number>> = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 };

/** Takes whether the output is a terminal, and the environment; returns a painter that leaves text alone where colour is not wanted (no-color.org). */
export const painter = (isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Paint =>
  isTerminal && !env.NO_COLOR ? (text, colour) => `\u001b[${CODES[colour]}m${text}\u001b[0m` : (text) => text;

/** Takes a text and a width; returns it with its end left out, if it is longer. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** A cell, or one with the colour that it gets once it is as wide as its column. */
export type Cell = string | { readonly text: string; readonly colour: Colour };

const textOf = (cell: Cell | undefined): string => (typeof cell === 'object' ? cell.text : (cell ?? ''));

export interface Layout {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width: number;
}

/** No column is cut narrower than this. */
const LEAST_WIDTH = 8;

/**
 * Takes a header and rows of equal length; returns lines of aligned columns, two spaces apart. When they are wider than
 * the layout, the column `flexible` (the last one, if absent) is cut as far as needed and useful.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  { paint, width, flexible = header.length - 1 }: Layout & { readonly flexible?: number },
): readonly string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => textOf(row[column]).length)),
  );
  const last = header.length - 1;
  const excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  const wide = widths[flexible] ?? 0;
  if (excess > 0) widths[flexible] = Math.min(wide, Math.max(LEAST_WIDTH, wide - excess));
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, column) => {
        const text = cut(textOf(cell), widths[column] ?? 0);
        const padded = column === last ? text : text.padEnd(widths[column] ?? 0);
        return typeof cell === 'object' ? paint(padded, cell.colour) : padded;
      })
      .join('  ')
      .trimEnd();
  return [paint(line(header), 'bold'), paint(line(widths.map((each) => '-'.repeat(each))), 'dim'), ...rows.map(line)];
}
