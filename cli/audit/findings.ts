/** What a check of the audit finds, in words. */

import { fieldsOf } from '../../events/shapes.ts';
import type { AuditLine } from '../../lib/audit/read-line.ts';

/** Where a record stands: a file, its line from 1, and which event of that line when it holds several. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly part?: number;
}

/** Each kind with what it says. Those under `cut` are also what a window of time looks like. */
export const FINDINGS = {
  edited: 'its content does not fit its fingerprint',
  unreadable: 'it looks like an audit record and is not a whole one',
  unchained: 'an audit record that is in no chain',
  unlinked: 'it does not follow from the record before it: one of the two was replaced',
  deleted: 'records are missing before it',
  inserted: 'another record has its place in the chain',
  duplicated: 'a copy of a record that was there before',
  swapped: 'it comes after records that were written later',
  miscounted: 'a checkpoint that does not fit the records before it',
  rewritten: 'it is not the record that was kept elsewhere',
  'tail-cut': 'the chain went on: a later record was kept elsewhere',
  'chain-missing': 'a chain that was kept elsewhere is not in the log',
  'head-cut': 'the first records of the chain are missing',
  open: 'the chain ends without a checkpoint: its end was cut off, or the function ended before it was written',
  'open-intent': 'a call was announced, and no record says how it ended',
} as const;
export type FindingKind = keyof typeof FINDINGS;

/** Not broken: something is, or may be, missing at an end. */
const UNFINISHED: ReadonlySet<FindingKind> = new Set(['open', 'open-intent']);
/** What the ends of a window of time look like. */
const CUTS: ReadonlySet<FindingKind> = new Set(['head-cut', 'open', 'tail-cut', 'chain-missing']);

export interface Finding {
  readonly kind: FindingKind;
  /** Absent: it is in none of the files. */
  readonly place?: Place;
  readonly chain?: string;
  /** Of the record, or the first that is missing. */
  readonly sequence?: number;
  /** The record's `metadata.uid`. */
  readonly uid?: string;
  /** More about it: ids and numbers only. */
  readonly detail?: string;
}

/** Takes what was found, and whether the files are a window of time, whose chains may begin before and end after it; returns what counts. */
export const counting = (findings: readonly Finding[], window: boolean): readonly Finding[] =>
  window ? findings.filter(({ kind }) => !CUTS.has(kind)) : findings;

/** Takes findings that count; returns the verdict. */
export const verdictOf = (findings: readonly Finding[]): 'intact' | 'open' | 'broken' => {
  if (findings.length === 0) return 'intact';
  return findings.every(({ kind }) => UNFINISHED.has(kind)) ? 'open' : 'broken';
};

/** Takes a finding; returns what it says. */
export const explained = ({ kind, detail }: Finding): string =>
  detail === undefined ? FINDINGS[kind] : `${FINDINGS[kind]} (${detail})`;
export interface Intent {
  readonly uid: string;
  readonly time: number;
  readonly request: string;
  readonly place: Place;
  readonly chain?: string;
}

/** By event, then by what was to be called. */
export type OpenIntents = Map<string, Map<string, Intent>>;
/** Records that open or close an intent. */
const PHASES: ReadonlySet<unknown> = new Set(['intent', 'outcome', 'dead-letter', 'hold', 'replay']);
interface Told {
  readonly event: string;
  readonly what: string;
  readonly request: string;
  /** An intent; whatever else is told closes one. */
  readonly opens: boolean;
}

/** Takes the open intents, a record and where it stands; opens or closes what it is about. */
export function settle(open: OpenIntents, line: AuditLine, place: Place): void {
  const told = toldBy(line);
  if (told === undefined) return;
  if (!told.opens) {
    close(open, told, line.time);
    return;
  }
  const intents = open.get(told.event) ?? new Map<string, Intent>();
  const known = intents.get(told.what);
  if (known === undefined || known.time <= line.time) {
    const chain = line.attestation === undefined ? {} : { chain: line.attestation.chain };
    intents.set(told.what, { uid: line.uid, time: line.time, request: told.request, place, ...chain });
  }
  open.set(told.event, intents);
}

/** Takes the open intents and a record, wherever it was read; closes what it answers. For files whose order in time is not known. */
export function answer(open: OpenIntents, line: AuditLine): void {
  const told = toldBy(line);
  if (told?.opens === false) close(open, told, line.time);
}

function close(open: OpenIntents, { event, what, request }: Told, time: number): void {
  const intents = open.get(event);
  if (intents === undefined) return;
  for (const [name, intent] of intents) {
    if (intent.time <= time && (name === what || intent.request !== request)) intents.delete(name);
  }
  if (intents.size === 0) open.delete(event);
}

function toldBy({ record }: AuditLine): Told | undefined {
  const { phase, target, source, replay, request_id: request } = fieldsOf(record.unmapped);
  if (!PHASES.has(phase)) return undefined;
  const { correlation_uid: event, original_event_uid: message } = fieldsOf(record.metadata);
  const { operation_id: operation } = fieldsOf(replay);
  const { accessKeyId, principalName } = fieldsOf(target);
  return {
    event: JSON.stringify(event === undefined ? [message] : [fieldsOf(source).claimed, event]),
    what: String(operation ?? accessKeyId ?? principalName),
    request: String(request),
    opens: record.status_detail === 'intent',
  };
}

/** Takes the open intents; returns them, the oldest first, those of one moment as they were read. */
export const listed = (open: OpenIntents): readonly Intent[] =>
  [...open.values()].flatMap((intents) => [...intents.values()]).toSorted((one, other) => one.time - other.time);
