/** The findings of an audit log check, and the verdict that follows from them. */
/** Where a record is: file, line from 1, and which event of the line (from 1) where the line contains several. */
export interface LogPosition {
  readonly file: string;
  readonly line: number;
  readonly part?: number;
}

/** One event of a log. */
export interface LogText extends LogPosition {
  readonly text: string;
}

export type LogTexts = AsyncIterable<LogText> | Iterable<LogText>;

export const FINDINGS = {
  edited: 'hash mismatch: the record was changed',
  unreadable: 'it looks like an audit record and is not a whole one',
  unchained: 'an audit record that is in no chain',
  unlinked: 'it does not follow from the record before it: one of the two was replaced',
  deleted: 'records are missing before it',
  inserted: 'another record has its place in the chain',
  duplicated: 'a copy of a record that was there before',
  swapped: 'it comes after records that were written later',
  miscounted: 'a checkpoint that does not match the records before it',
  rewritten: 'it is not the record that was kept elsewhere',
  'tail-cut': 'the chain went on: a later record was kept elsewhere',
  'chain-missing': 'a chain that was kept elsewhere is not in the log',
  'head-cut': 'the first records of the chain are missing',
  open: 'the chain ends without a checkpoint: its end was cut off, or the function ended before it was written',
  'approval-unmatched': 'a run used an approval whose replay is unmatched in these files: add the records of the CLI',
  'open-intent': 'an intent without an outcome: no record says how the call ended',
} as const;
export type FindingKind = keyof typeof FINDINGS;

/** Something is missing at the end, or may be: the log is not broken. */
const UNFINISHED: ReadonlySet<FindingKind> = new Set(['open', 'open-intent', 'approval-unmatched']);
/** Expected where the files are a window of time: chains begin before it and end after it. */
const CUTS: ReadonlySet<FindingKind> = new Set(['head-cut', 'open', 'tail-cut', 'chain-missing', 'approval-unmatched']);

export interface AuditFinding {
  readonly kind: FindingKind;
  /** Absent: the record is in none of the files. */
  readonly place?: LogPosition;
  readonly chain?: string;
  /** Of the record, or of the first one that is missing. */
  readonly sequence?: number;
  /** `metadata.uid` of the record. */
  readonly uid?: string;
  /** Ids and numbers only. */
  readonly detail?: string;
}

/** The findings that count. `window`: the files are a window of time. */
export const relevantFindings = (findings: readonly AuditFinding[], window: boolean): readonly AuditFinding[] =>
  window ? findings.filter(({ kind }) => !CUTS.has(kind)) : findings;

export const toVerdict = (findings: readonly AuditFinding[]): 'intact' | 'open' | 'broken' => {
  if (findings.length === 0) return 'intact';
  return findings.every(({ kind }) => UNFINISHED.has(kind)) ? 'open' : 'broken';
};

export const describeFinding = ({ kind, detail }: AuditFinding): string =>
  detail === undefined ? FINDINGS[kind] : `${FINDINGS[kind]} (${detail})`;
