/** A strict reader of CSV (RFC 4180): input that other readers interpret in different ways is rejected. */

export interface CsvRow {
  /** Line of the file on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type Csv = { readonly rows: readonly CsvRow[] } | { readonly line: number; readonly expected: string };

/** A quoted cell with doubled quotes inside, or a cell without quotes and line breaks; then its end. */
const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|$)/y;

/** Returns the rows without empty lines, or the line that is no CSV. A byte order mark is dropped. */
export function parseCsv(text: string): Csv {
  const source = text.replace(/^\ufeff/, '');
  const rows: CsvRow[] = [];
  let [at, line, begun] = [0, 1, 1];
  let cells: string[] = [];
  while (at < source.length || cells.length > 0) {
    CELL.lastIndex = at;
    const match = CELL.exec(source);
    if (match === null)
      return { line, expected: 'expected CSV: a quote opens and closes a whole field, and stands doubled inside' };
    const [whole, quoted, plain = '', end] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    at += whole.length;
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: begun, cells });
    cells = [];
    begun = line;
    if (at >= source.length) break;
  }
  return { rows };
}
