/**
 * From what a scanner wrote to JSON values. Scanners, shells and CI systems put more around them: a byte order mark,
 * colors, a banner, log lines. People concatenate reports.
 */
import { isRecord } from '../shapes.ts';
import { decodeText } from '../text-encoding.ts';
import { recordsIn } from './csv.ts';

/** Most bytes of a report. Larger ones are scanned in parts. */
export const MAX_REPORT_LENGTH = 64 * 1024 * 1024;

export interface ReportValues {
  readonly kind: 'values';
  readonly values: readonly unknown[];
  /** Pieces of JSON that cannot be read: the report is cut off or damaged. */
  readonly lost: number;
  /** Lines in which the scanner says that it failed. */
  readonly errors: number;
}

/** `why` is a fixed sentence, never data of the report. */
export interface RefusedText {
  readonly kind: 'refused';
  readonly why: string;
}

const refused = (why: string): RefusedText => ({ kind: 'refused', why });

const AS_JSON = 'run gitleaks with --report-format json, trufflehog with --json';
const EMPTY = `the report is empty, which does not show that the scan ran: ${[
  'use `set -o pipefail`',
  'run gitleaks with --report-format json',
  'run trufflehog with --json and 2>&1',
].join(', ')}`;
const NO_JSON = `expected a report in JSON, SARIF or CSV, but this text is none (did the scanner start?): ${AS_JSON}`;
const DAMAGED = 'the report is damaged or cut off, and nothing in it can be read: scan again';

type KnownText = readonly [pattern: RegExp, why: string];

/** Texts that are no report, whatever JSON stands inside them: JUnit quotes the finding. */
const MARKUP: readonly KnownText[] = [
  [/^\s*<(?:!doctype html|html)\b/i, 'expected a report, but this is HTML, such as the error page of a server'],
  [/^\s*<(?:\?xml|testsuites?)\b/i, `expected JSON, SARIF or CSV, but this is XML (JUnit?): ${AS_JSON}`],
];

/** Texts that hold no value, by what is in them. */
const KNOWN_TEXTS: readonly KnownText[] = [
  [/^Found (?:un)?verified result|^Detector Type:/m, 'this is the text output of trufflehog: run it with --json'],
  [/^Finding: {2,}|^RuleID: {2,}/m, 'this is the text output of gitleaks: run it with --report-format json'],
  [
    /^::(?:warning|error) file=/m,
    'this is output for GitHub Actions, without what was found: run trufflehog with --json',
  ],
];

/** Colors, and what a program asks a terminal (ECMA-48 control sequences). */
const ESCAPE = String.fromCharCode(0x1b);
const BELL = String.fromCharCode(0x07);
const CONTROL = new RegExp(
  [`\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?`, '\\[[0-?]*[ -/]*[@-~]', '[@-Z\\\\^_]']
    .map((rest) => ESCAPE + rest)
    .join('|'),
  'g',
);
const CSV_HEADER = /^\s*"?RuleID"?,"?Commit"?,/;

/** Never throws, and never repeats a parser's message, which quotes the text. */
export function valuesIn(report: string | Uint8Array): ReportValues | RefusedText {
  if (report.length > MAX_REPORT_LENGTH) return refused('expected at most 64 MiB: scan in parts');
  const decoded = typeof report === 'string' ? report.replace(/^\uFEFF/, '') : decodeText(report);
  const text = decoded.replace(CONTROL, '');
  if (text.trim() === '') return refused(EMPTY);
  if (CSV_HEADER.test(text)) {
    const { records, lost } = recordsIn(text);
    return { kind: 'values', values: [records], lost, errors: 0 };
  }
  const markup = MARKUP.find(([pattern]) => pattern.test(text));
  if (markup !== undefined) return refused(markup[1]);
  const known = KNOWN_TEXTS.find(([pattern]) => pattern.test(text));
  const { values, others } = parsed(text);
  if (values.length === 0) return refused(known?.[1] ?? (others.some(isPiece) ? DAMAGED : NO_JSON));
  const logged = values.filter(isLog);
  return {
    kind: 'values',
    values: values.filter((value) => !isLog(value)),
    lost: others.filter(isPiece).length,
    errors: others.filter(isError).length + logged.filter(isErrorLog).length,
  };
}

/** What trufflehog logs goes to the standard error, and into the report with `2>&1`. */
const isLog = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isRecord(value) && Object.hasOwn(value, 'level') && Object.hasOwn(value, 'msg');
const isErrorLog = ({ level, error }: Readonly<Record<string, unknown>>): boolean =>
  typeof level === 'string' && /^(?:d?panic|error|fatal)/.test(level) && error !== NO_ARCHIVE;
/** trufflehog says so of each compressed file that is no archive, such as the objects of Git. Nothing failed. */
const NO_ARCHIVE = 'no formats matched';

/** A line that was to be JSON, unlike a banner or a line of a log such as `[INFO] …`. */
const isPiece = (line: string): boolean => /^\s*(?:\{|\[\s*(?:[{["\]]|$))|"\s*:/.test(line);
const isError = (line: string): boolean => !isPiece(line) && /^\s*(?:\S+ )?(?:ERR|FTL|panic|fatal|error)\b/i.test(line);

interface Parsed {
  readonly values: readonly unknown[];
  /** Lines, or ends of lines, that are no values. */
  readonly others: readonly string[];
}

function parsed(text: string): Parsed {
  const whole = jsonIn(text);
  if (whole !== undefined) return { values: [whole.value], others: [] };
  const values: unknown[] = [];
  const others: string[] = [];
  // Characters that may be searched in vain for the end of a value; after that, each line is tried once by itself.
  let searchBudget = 4 * text.length;
  for (let at = nextStart(text, 0); at < text.length; ) {
    const lineEnd = endOfLine(text, at);
    const { end, searched } = valueEnd(text, at, searchBudget > 0 ? text.length : lineEnd);
    const found = end === undefined ? undefined : jsonIn(text.slice(at, end));
    if (found !== undefined && end !== undefined) {
      values.push(found.value);
      at = nextStart(text, end);
      continue;
    }
    searchBudget -= searched;
    const line = text.slice(at, lineEnd);
    const inside = searchBudget > 0 ? insideOf(line) : line.length;
    others.push(line.slice(0, inside));
    at = nextStart(text, at + inside);
  }
  return { values, others };
}

/** Where to go on in a line that begins no value: inside a cut off array, or after what a CI system puts first. */
function insideOf(line: string): number {
  if (/^\[\s*(?:[{["\]]|$)/.test(line)) return 1;
  const start = line.startsWith('{') ? -1 : line.search(/[{[]\s*["{]/);
  return start > 0 ? start : line.length;
}

function jsonIn(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** What may stand between values: of an array that is cut off, the elements are read. */
const BETWEEN = /[\s,\]]*/y;

function nextStart(text: string, from: number): number {
  BETWEEN.lastIndex = from;
  return from + (BETWEEN.exec(text)?.[0].length ?? 0);
}

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
};

interface Search {
  /** Behind the closing bracket. */
  readonly end?: number;
  readonly searched: number;
}

/** Where the array, object or null that begins at `from` ends. */
function valueEnd(text: string, from: number, until: number): Search {
  if (/^null\b/.test(text.slice(from, from + 5))) return { end: from + 4, searched: 4 };
  if (text[from] !== '{' && text[from] !== '[') return { searched: 0 };
  let depth = 0;
  let isInString = false;
  for (let at = from; at < until; at++) {
    const character = text[at];
    // A string of JSON stands on one line.
    if (isInString && character === '\n') return { searched: at - from };
    if (isInString && character === '\\') at++;
    else if (character === '"') isInString = !isInString;
    else if (isInString) continue;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return { end: at + 1, searched: at - from };
  }
  return { searched: until - from };
}
