/** One report: which scanners wrote it, and what they found. */
import type { Format, ReportFinding, UnusableEntry } from './finding.ts';
import { AUTO, FORMATS } from './formats.ts';
import { type RefusedText, valuesIn } from './report-text.ts';

export interface FileFinding extends ReportFinding {
  /** The name of its format. */
  readonly format: string;
  /** What was written at once: nothing is paired across documents. */
  readonly document: string;
}

export interface FileFindings {
  readonly kind: 'findings';
  readonly findings: readonly FileFinding[];
  readonly unusable: readonly UnusableEntry[];
  /** Entries and pieces that nothing can be made of. */
  readonly unreadable: number;
  /** Lines in which the scanner says that it failed. */
  readonly errors: number;
}

/** A value with the document that it stands in. An array is a document; objects behind one another are one. */
interface Item {
  readonly value: unknown;
  readonly document: string;
  /** Where the value is a document by itself. */
  readonly own: string;
}

/** Takes the name of a format, or `auto`. `null` and `[]` are reports of scans that found nothing. */
export function readReportFile(name: string, report: string | Uint8Array): FileFindings | RefusedText {
  const text = valuesIn(report);
  if (text.kind === 'refused') return text;
  const items = text.values.flatMap(itemsOf);
  const byFormat = Map.groupBy(items, ({ value }) => FORMATS.find(({ recognizes }) => recognizes(value)));
  const known = [...byFormat].flatMap(([format, own]) => (format === undefined ? [] : [{ format, own }]));
  const stranger = known.find(({ format }) => name !== AUTO && format.name !== name)?.format;
  if (stranger !== undefined) return refused(`this is a report of ${stranger.title}: use --format ${stranger.name}`);
  const unreadable = text.lost + (byFormat.get(undefined) ?? []).length;
  if (unreadable > 0 && known.length === 0) return refused(UNKNOWN);
  const outcomes = known.flatMap(({ format, own }) => outcomesOf(format, own));
  return {
    kind: 'findings',
    findings: outcomes.flatMap((outcome) => ('parts' in outcome ? [outcome] : [])),
    unusable: outcomes.flatMap((outcome) => ('parts' in outcome ? [] : [outcome])),
    unreadable,
    errors: text.errors,
  };
}

const outcomesOf = (format: Format, items: readonly Item[]): readonly (FileFinding | UnusableEntry)[] =>
  format.reads(items.map(({ value }) => value)).flatMap((outcomes, at) => {
    const document = items[at]?.[format.isWhole ? 'own' : 'document'] ?? '';
    return outcomes.map((outcome) => ('parts' in outcome ? { ...outcome, format: format.name, document } : outcome));
  });

const refused = (why: string): RefusedText => ({ kind: 'refused', why });

const TITLES = [...new Set(FORMATS.map(({ title }) => title))].join(', ');
const UNKNOWN = `expected a report of ${TITLES}: none of them writes this`;

function itemsOf(value: unknown, index: number): readonly Item[] {
  if (value === null) return [];
  if (!Array.isArray(value)) return [{ value, document: 'stream', own: `${index}` }];
  return value.flatMap((element, at) => {
    // `jq -s` puts whole reports into one array.
    const own = `${index}.${at}`;
    if (!Array.isArray(element)) return [{ value: element, document: `${index}`, own }];
    return element.map((inner, inside) => ({ value: inner, document: own, own: `${own}.${inside}` }));
  });
}
