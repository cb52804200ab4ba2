/** Import files of the identity directory: CSV with a header, or JSON. All rows are validated before any is written. */
import { fieldsOf, isRecord } from '../../events/shapes.ts';
import { identityKey } from '../../lib/ledger/directory.ts';
import { CliError } from '../failure.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import { type IdentityEntry, parseIdentityEntry } from './directory.ts';

const COLUMNS = ['kind', 'value', 'principals'] as const;
/** Further problems are only counted. */
const MAX_PROBLEMS = 20;

/** `where`: `line 3` of CSV, or `entry 2` of JSON. */
interface UncheckedEntry {
  readonly where: string;
  readonly kind: unknown;
  readonly value: unknown;
  readonly principals: readonly unknown[];
}

const invalidFile = (message: string): CliError =>
  new CliError({
    code: 'identities-invalid',
    message,
    next: 'nothing was written; correct the file and import it again',
  });

/** Throws CliError `identities-invalid` with every problem and its place; no problem quotes a value. */
export function parseIdentities(text: string): readonly IdentityEntry[] {
  const rows = /^\ufeff?\s*[[{]/.test(text) ? jsonRows(text) : csvRows(text);
  if (rows.length === 0) throw invalidFile('the file holds no identity');
  const seen = new Map<string, string>();
  const problems: string[] = [];
  const entries = rows.flatMap(({ where, kind, value, principals }) => {
    const entry = parseIdentityEntry(kind, value, principals);
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
  const more = problems.length - MAX_PROBLEMS;
  throw invalidFile([...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
}

function csvRows(text: string): readonly UncheckedEntry[] {
  const csv = parseCsv(text);
  if ('expected' in csv) throw invalidFile(`line ${csv.line}: ${csv.expected}`);
  const [header, ...rows] = csv.rows;
  const names = header?.cells.map((name) => name.trim()) ?? [];
  const places = COLUMNS.map((column) => names.indexOf(column));
  if (places.includes(-1) || names.length !== COLUMNS.length)
    throw invalidFile(`line 1: expected the header ${COLUMNS.join(',')}`);
  const short = rows.find(({ cells }) => cells.length !== COLUMNS.length);
  if (short !== undefined) throw invalidFile(`line ${short.line}: expected ${COLUMNS.length} fields`);
  return rows.map((row) => csvRow(row, places));
}

/** Principals are separated by spaces, which no principal can contain. */
function csvRow({ line, cells }: CsvRow, places: readonly number[]): UncheckedEntry {
  const [kind, value, principals = ''] = places.map((place) => cells[place]);
  return { where: `line ${line}`, kind, value, principals: principals.split(' ').filter((name) => name !== '') };
}

function jsonRows(text: string): readonly UncheckedEntry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // The message of the parser would quote the text.
    throw invalidFile('expected JSON');
  }
  const list = isRecord(parsed) ? parsed.identities : parsed;
  if (!Array.isArray(list)) throw invalidFile('expected a list, or an object with a list `identities`');
  return list.map((item: unknown, index) => {
    const { kind, value, principals } = fieldsOf(item);
    return { where: `entry ${index + 1}`, kind, value, principals: Array.isArray(principals) ? principals : [] };
  });
}
