/** Text for a terminal: aligned columns, colour where it is wanted. */

export type Paint = (text: string, colour: 'green' | 'yellow' | 'red' | 'dim' | 'bold') => string;

const CODES = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 } as const;

/** Takes whether the output is a terminal, and the environment; returns a painter that leaves text alone where colour is not wanted (no-color.org). */
export const painter = (isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Paint =>
  isTerminal && !env.NO_COLOR ? (text, colour) => `\u001b[${CODES[colour]}m${text}\u001b[0m` : (text) => text;

/** Takes a header and rows of equal length; returns lines of aligned columns, two spaces apart. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
