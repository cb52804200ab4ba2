/** One line of a log, as whoever checks the audit sees it: an audit record with its place in a chain, something else, or neither whole nor something else. Pure. */
import { type JsonText, readJson } from '../../events/json-text.ts';
import type { Refusal } from '../../events/refusal.ts';
import { isRecord } from '../../events/shapes.ts';
import { asciiJson } from '../model/json.ts';
import type { AuditRecord } from './record.ts';

/** Where a record stands in its chain, as it says itself. */
export interface Attested {
  readonly chain: string;
  /** From 1. */
  readonly sequence: number;
  /** Its own, and that of the record before (absent in a chain's first); SHA-256 in hex. */
  readonly fingerprint: string;
  readonly before?: string;
}

/** What a checkpoint says of the records before it. */
export interface Closed {
  readonly sequence: number;
  readonly head: string;
  readonly count: number;
}

export interface AuditLine {
  readonly record: AuditRecord;
  /** `metadata.uid`. */
  readonly uid: string;
  /** Epoch ms. */
  readonly time: number;
  /** Absent: it is in no chain. */
  readonly attested?: Attested;
  readonly checkpoint?: Closed;
}

export type LineRead =
  | { readonly kind: 'record'; readonly line: AuditLine }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly why: string };

const OTHER = { kind: 'other' } as const;
const unreadable = (why: string): LineRead => ({ kind: 'unreadable', why });

/** A text without either is none of ours; with one, it has to be a whole record. */
export const looksLikeAudit = (text: string): boolean =>
  text.includes('revocation-audit') || text.includes('attestation_list');

/** Takes one event of a log; returns what it is. Texts of more than 256 KiB, of more levels than `readJson` takes, or with a key twice are no records, but for a short one that is as we would have written it, however deep. */
export function readAuditLine(text: string): LineRead {
  if (!looksLikeAudit(text)) return OTHER;
  // Stryker disable next-line ConditionalExpression,EqualityOperator: a shortcut, both read such a text alike
  const read = text.length > SHORT ? readJson(text) : readShort(text);
  if (read.kind !== 'json') return unreadable(read.detail);
  if (!isAuditRecord(read.value)) return OTHER;
  // Lambda may add these two to a JSON line, when it reads the line's level. No record has them.
  const { timestamp: _timestamp, level: _level, ...value } = read.value;
  const { metadata, time } = value;
  if (!isRecord(metadata) || typeof metadata.uid !== 'string' || typeof time !== 'number') {
    return unreadable('expected an id and a time');
  }
  const line = { record: value, uid: metadata.uid, time };
  if (value.attestation_list === undefined) return { kind: 'record', line };
  const attested = attestedOf(metadata.sequence, value.attestation_list);
  if (attested === undefined) return unreadable('expected one attestation, with its chain and its fingerprints');
  if (!isRecord(value.unmapped) || value.unmapped.phase !== 'checkpoint') {
    return { kind: 'record', line: { ...line, attested } };
  }
  const checkpoint = closedOf(value.unmapped.checkpoint);
  if (checkpoint === undefined) return unreadable('expected a checkpoint with sequence, head and count');
  return { kind: 'record', line: { ...line, attested, checkpoint } };
}

/** No text so short is so deep that a function that descends into it overflows the stack. */
const SHORT = 8_000;

/** What is as we would have written it needs no look at its structure: it has no key twice. */
function readShort(text: string): JsonText | Refusal {
  // Stryker disable next-line BlockStatement: a shortcut, readJson reads such a text alike
  try {
    const value = JSON.parse(text);
    // Stryker disable next-line ConditionalExpression: as above; that a text with a key twice takes no shortcut is tested
    if (asciiJson(value) === text) return { kind: 'json', value };
  } catch {
    // No JSON, or too deep: readJson says so in our own words.
  }
  return readJson(text);
}

/** JSON.parse gives nothing but JSON. */
const isAuditRecord = (value: unknown): value is AuditRecord =>
  isRecord(value) &&
  (value.attestation_list !== undefined ||
    (isRecord(value.metadata) && value.metadata.log_name === 'revocation-audit'));

const HEX = /^[0-9a-f]{64}$/;

function attestedOf(sequence: unknown, list: unknown): Attested | undefined {
  if (!Array.isArray(list) || list.length !== 1 || !isPositive(sequence)) return undefined;
  const [own]: readonly unknown[] = list;
  if (!isRecord(own) || typeof own.chain_uid !== 'string' || own.chain_uid === '') return undefined;
  const fingerprint = hashOf(own.fingerprint);
  if (fingerprint === undefined) return undefined;
  const attested = { chain: own.chain_uid, sequence, fingerprint };
  if (own.prev_event === undefined) return attested;
  const before = isRecord(own.prev_event) ? hashOf(own.prev_event.fingerprint) : undefined;
  return before === undefined ? undefined : { ...attested, before };
}

/** A record's hash does not cover its own fingerprint: nothing may hide in there. */
function hashOf(fingerprint: unknown): string | undefined {
  if (!isRecord(fingerprint) || Object.keys(fingerprint).length !== 3) return undefined;
  const { algorithm_id: id, algorithm, value } = fingerprint;
  return id === 3 && algorithm === 'SHA-256' && typeof value === 'string' && HEX.test(value) ? value : undefined;
}

function closedOf(value: unknown): Closed | undefined {
  if (!isRecord(value)) return undefined;
  const { sequence, head, count } = value;
  return isPositive(sequence) && isPositive(count) && typeof head === 'string' ? { sequence, head, count } : undefined;
}

const isPositive = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
