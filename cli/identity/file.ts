/** Files of the identity directory: CSV with a header, or JSON. Every row is checked before any is written. */
import { fieldsOf, isRecord } from '../../events/shapes.ts';
import { CliError } from '../failure.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import { type IdentityEntry, identityEntry, identityKey } from './directory.ts';

const COLUMNS = ['kind', 'value', 'principals'] as const;
/** Problems that are told; the rest is counted. */
const TOLD = 20;

/** A row as it came, and where: `line 3` of CSV, `entry 2` of JSON. */
interface Row {
  readonly where: string;
  readonly kind: unknown;
  readonly value: unknown;
  readonly principals: readonly unknown[];
}

const fault = (message: string): CliError =>
  new CliError({ code: 'identities-invalid', message, next: 'nothing was written; mend the file and import it again' });

/** Takes the text of a file; returns its entries. Throws CliError `identities-invalid` with every problem and its place, none of them quoting a value. */
export function readIdentities(text: string): readonly IdentityEntry[] {
  const rows = /^\ufeff?\s*[[{]/.test(text) ? jsonRows(text) : csvRows(text);
  if (rows.length === 0) throw fault('the file holds no identity');
  const seen = new Map<string, string>();
  const problems: string[] = [];
  const entries = rows.flatMap(({ where, kind, value, principals }) => {
    const entry = identityEntry(kind, value, principals);
    if ('expected' in entry) {
      problems.push(`${where}: ${entry.expected}`);
      return [];
    }
    const earlier = seen.get(identityKey(entry));
    if (earlier !== undefined)
      problems.push(`${where}: the same identity as ${earlier}; put all its principals into one row`);
    seen.set(identityKey(entry), where);
    return [entry];
  });
  if (problems.length === 0) return entries;
  const more = problems.length - TOLD;
  throw fault([...problems.slice(0, TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
}

function csvRows(text: string): readonly Row[] {
  const csv = parseCsv(text);
  if ('expected' in csv) throw fault(`line ${csv.line}: ${csv.expected}`);
  const [header, ...rows] = csv.rows;
  const names = header?.cells.map((name) => name.trim()) ?? [];
  const places = COLUMNS.map((column) => names.indexOf(column));
  if (places.includes(-1) || names.length !== COLUMNS.length)
    throw fault(`line 1: expected the header ${COLUMNS.join(',')}`);
  const short = rows.find(({ cells }) => cells.length !== COLUMNS.length);
  if (short !== undefined) throw fault(`line ${short.line}: expected ${COLUMNS.length} fields`);
  return rows.map((row) => csvRow(row, places));
}

/** Principals are parted by spaces, which none of them can hold. */
function csvRow({ line, cells }: CsvRow, places: readonly number[]): Row {
  const [kind, value, principals = ''] = places.map((place) => cells[place]);
  return { where: `line ${line}`, kind, value, principals: principals.split(' ').filter((name) => name !== '') };
}

function jsonRows(text: string): readonly Row[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // The parser's own message quotes the text.
    throw fault('expected JSON');
  }
  const list = isRecord(parsed) ? parsed.identities : parsed;
  if (!Array.isArray(list)) throw fault('expected a list, or an object with a list `identities`');
  return list.map((item: unknown, index) => {
    const { kind, value, principals } = fieldsOf(item);
    return { where: `entry ${index + 1}`, kind, value, principals: Array.isArray(principals) ? principals : [] };
  });
}
