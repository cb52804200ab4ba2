/** What all reports come to, whatever the scanner. */
import { contains } from '../contains.ts';
import { isRecord } from '../shapes.ts';
import type { Part } from '../sources/findings.ts';
import { shortText } from '../sources/reading.ts';

/** An entry with what it matched. The texts are read for credentials and let go: they hold secrets. */
export interface Finding {
  readonly parts: readonly Part[];
  readonly detector: string | undefined;
  readonly fingerprint: string | undefined;
  /** The names of its file in one version, from the repository down, never cut. Absent: nobody knows the file. */
  readonly place: readonly string[] | undefined;
  /** A link to the line, or what there is of one. */
  readonly url: string;
}

/** An entry that holds nothing to revoke by. `advice`: how to get one that does. */
export interface Unusable {
  readonly kind: 'redacted' | 'skipped';
  readonly advice: string;
}

export type Outcome = Finding | Unusable;

/** One kind of report, told by its structure. */
export interface Format {
  /** For `--format`, and in the source of the events. */
  readonly name: string;
  readonly title: string;
  /** Whether one value is all that a scan wrote, and not an entry beside others. */
  readonly isWhole: boolean;
  /** Whether a JSON value is an entry of such a report, or the whole of one. */
  recognizes(value: unknown): boolean;
  /** The findings in each of the values that it recognizes in one report. */
  reads(values: readonly unknown[]): readonly (readonly Outcome[])[];
}

export const redacted = (advice: string): Unusable => ({ kind: 'redacted', advice });

/** Any text, however long: places are compared by it. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A line from 1, also where it is written as text. */
export const lineOf = (value: unknown): number | undefined => {
  const line = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(line) && Number(line) > 0 ? Number(line) : undefined;
};

/** Parts of the texts that are there, all from one line on. */
export const partsOf = (line: number | undefined, ...texts: readonly unknown[]): readonly Part[] =>
  texts.flatMap((text) => (typeof text === 'string' && text !== '' ? [{ text, line }] : []));

/** A match and the secret in it: the match shows on which line of it the secret stands. */
export const matchParts = (line: number | undefined, secret: string, match: unknown): readonly Part[] =>
  typeof match === 'string' && contains(match, secret) ? partsOf(line, match) : partsOf(line, secret, match);

/** `repository:commit:file:line` of what there is. */
export const nameOf = (place: readonly string[], line: number | undefined): string => {
  const name = place.filter((part) => part !== '').join(':');
  return line === undefined || name === '' ? name : `${name}:${line}`;
};

/** A text of at most 512 characters deep inside a value. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const last = path.at(-1);
  const parent = valueAt(value, ...path.slice(0, -1));
  return last === undefined ? undefined : shortText(parent, last);
}

export const valueAt = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);
