/** From the text of a scanner's report to its entries: a JSON array, a single object, or a JSON value per line. */
import { isRecord } from '../shapes.ts';

/** Most characters of a report. Larger ones are scanned in parts. */
export const MAX_REPORT_LENGTH = 64 * 1024 * 1024;

export type Entries =
  | { readonly kind: 'entries'; readonly entries: readonly unknown[]; readonly unreadable: number }
  | { readonly kind: 'refused'; readonly why: string };

const refused = (why: string): Entries => ({ kind: 'refused', why });

const SARIF = 'expected JSON, but this is SARIF, which gitleaks and trufflehog write without what we need: scan again';

/**
 * Takes the text of a report; returns its entries, and how many lines are no JSON. Lines that trufflehog logs are left
 * out. Refused: SARIF, a text over MAX_REPORT_LENGTH, and one without a single JSON value. Never throws, and never
 * repeats a parser's message, which quotes the text.
 */
export function entriesIn(text: string): Entries {
  if (text.length > MAX_REPORT_LENGTH) return refused('expected at most 64 MiB: scan in parts');
  // Windows writes a byte order mark before what is sent to a file.
  const bare = text.replace(/^\uFEFF/, '');
  const whole = valuesOf(bare);
  const [value] = whole;
  if (Array.isArray(value)) return { kind: 'entries', entries: value, unreadable: 0 };
  if (isRecord(value) && Object.hasOwn(value, 'runs')) return refused(SARIF);
  const lines = bare.split('\n').filter((line) => line.trim() !== '');
  const values = whole.length === 0 ? lines.map(valuesOf) : [whole];
  const entries = values.flat().filter((entry) => !isLog(entry));
  const unreadable = values.filter((each) => each.length === 0).length;
  if (unreadable > 0 && unreadable === values.length) return refused('expected JSON, whole or a value per line');
  return { kind: 'entries', entries, unreadable };
}

/** The JSON value that a text is, or nothing. */
function valuesOf(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

/** What trufflehog logs goes to the standard error, and into the report with `2>&1`. */
const isLog = (value: unknown): boolean =>
  isRecord(value) && Object.hasOwn(value, 'level') && Object.hasOwn(value, 'msg');
