/** Reports in CSV with a header line (RFC 4180). */

/** Records by the names of the header. `lost`: rows that are cut off. */
export interface CsvRecords {
  readonly records: readonly Readonly<Record<string, string>>[];
  readonly lost: number;
}

export function recordsIn(text: string): CsvRecords {
  const { rows, isCutOff } = rowsIn(text);
  const [header = [], ...others] = rows;
  const filled = others.filter((cells) => cells.length > 1 || cells[0] !== '');
  const whole = filled.filter((cells) => cells.length === header.length);
  return {
    records: whole.map((cells) => Object.fromEntries(cells.map((cell, at) => [header[at] ?? '', cell]))),
    lost: filled.length - whole.length + (isCutOff ? 1 : 0),
  };
}

/** A cell: in quotes, in which a doubled quote is one, or up to the next comma or line end. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y;

function rowsIn(text: string): { readonly rows: readonly (readonly string[])[]; readonly isCutOff: boolean } {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    CELL.lastIndex = at;
    const [all, quoted, plain = '', end] = CELL.exec(text) ?? [];
    // A quote that never closes: the report ends inside a cell.
    if (all === undefined) return { rows, isCutOff: true };
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    at += all.length;
    if (end === ',' && at < text.length) continue;
    if (end === ',') row.push('');
    rows.push(row);
    row = [];
  }
  return { rows, isCutOff: false };
}
