/** The common form of all reports. */
import { contains } from '../contains.ts';
import { isRecord } from '../shapes.ts';
import type { Part } from '../sources/findings.ts';
import { shortText } from '../sources/reading.ts';

/** An entry with what it matched. The texts hold secrets: they are searched for credentials and never kept. */
export interface ReportFinding {
  readonly parts: readonly Part[];
  readonly detector: string | undefined;
  readonly fingerprint: string | undefined;
  /** The names of its file in one version, from the repository down, never cut. Absent: the file is unknown. */
  readonly place: readonly string[] | undefined;
  /** A link to the line, or as much of one as is known. */
  readonly url: string;
  /** The alert that a person has closed as false or harmless: it is looked up, and held for approval. */
  readonly dismissed?: unknown;
}

/** An entry without a usable credential. `advice`: how to get one. */
export interface UnusableEntry {
  readonly kind: 'redacted' | 'skipped';
  readonly advice: string;
}

export type ReportEntry = ReportFinding | UnusableEntry;

/** One kind of report, recognized by its structure. */
export interface Format {
  /** For `--format`, and in the source of the events. */
  readonly name: string;
  readonly title: string;
  /** Whether one value is the whole report, and not one entry of many. */
  readonly isWhole: boolean;
  /** Whether a JSON value is an entry of such a report, or the whole of one. */
  recognizes(value: unknown): boolean;
  /** The findings in each of the values that it recognizes in one report. */
  reads(values: readonly unknown[]): readonly (readonly ReportEntry[])[];
}

export const redacted = (advice: string): UnusableEntry => ({ kind: 'redacted', advice });

/** A text of any length: places are compared by it. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A line number from 1, also if it is a string. */
export const lineOf = (value: unknown): number | undefined => {
  const line = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(line) && Number(line) > 0 ? Number(line) : undefined;
};

/** The texts that exist as parts that begin on the same line. */
export const partsOf = (line: number | undefined, ...texts: readonly unknown[]): readonly Part[] =>
  texts.flatMap((text) => (typeof text === 'string' && text !== '' ? [{ text, line }] : []));

/** A match and the secret in it: the match shows on which of its lines the secret is. */
export const matchParts = (line: number | undefined, secret: string, match: unknown): readonly Part[] =>
  typeof match === 'string' && contains(match, secret) ? partsOf(line, match) : partsOf(line, secret, match);

/** `repository:commit:file:line`, without the parts that are unknown. */
export const nameOf = (place: readonly string[], line: number | undefined): string => {
  const name = place.filter((part) => part !== '').join(':');
  return line === undefined || name === '' ? name : `${name}:${line}`;
};

/** A text of at most 512 characters deep inside a value. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const last = path.at(-1);
  const parent = valueAtPath(value, ...path.slice(0, -1));
  return last === undefined ? undefined : shortText(parent, last);
}

export const valueAtPath = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);
