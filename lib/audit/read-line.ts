/** Reads one line of a log: an audit record with its position in a chain, another line, or a damaged record. */
import { type JsonText, readJson } from '../../events/json-text.ts';
import type { Refusal } from '../../events/refusal.ts';
import { isRecord } from '../../events/shapes.ts';
import { asciiJson } from '../model/json.ts';
import type { AuditRecord } from './record.ts';

/** The position of a record in its chain, as the record claims. */
export interface ChainPosition {
  readonly chain: string;
  /** From 1. */
  readonly sequence: number;
  /** SHA-256 in hex. */
  readonly fingerprint: string;
  /** Fingerprint of the previous record; absent: it is the first. */
  readonly previous?: string;
}

/** What a checkpoint claims: the last record before it, and how many it covers. */
export interface Checkpoint {
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
  readonly attestation?: ChainPosition;
  readonly checkpoint?: Checkpoint;
}

export type LogLine =
  | { readonly kind: 'record'; readonly line: AuditLine }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly why: string };

const OTHER = { kind: 'other' } as const;
const unreadable = (why: string): LogLine => ({ kind: 'unreadable', why });

/** False: the text is no audit record. True: it must be a complete one. */
export const mayHoldAuditRecord = (text: string): boolean =>
  text.includes('revocation-audit') || text.includes('attestation_list');

/**
 * `unreadable` also for a text of more than 256 KiB, with duplicate keys, or nested deeper than `readJson` accepts; a
 * short text exactly as this handler writes it may be nested deeper.
 */
export function readAuditLine(text: string): LogLine {
  if (!mayHoldAuditRecord(text)) return OTHER;
  // Stryker disable next-line ConditionalExpression,EqualityOperator: a shortcut, both read such a text alike
  const read = text.length > MAX_SHORT_LENGTH ? readJson(text) : readShort(text);
  if (read.kind !== 'json') return unreadable(read.detail);
  if (!isAuditRecord(read.value)) return OTHER;
  // Lambda may add these two to a JSON line. No record has them.
  const { timestamp: _timestamp, level: _level, ...value } = read.value;
  const { metadata, time } = value;
  if (!isRecord(metadata) || typeof metadata.uid !== 'string' || typeof time !== 'number') {
    return unreadable('expected an id and a time');
  }
  const line = { record: value, uid: metadata.uid, time };
  if (value.attestation_list === undefined) return { kind: 'record', line };
  const attestation = attestationOf(metadata.sequence, value.attestation_list);
  if (attestation === undefined) return unreadable('expected one attestation, with its chain and its fingerprints');
  if (!isRecord(value.unmapped) || value.unmapped.phase !== 'checkpoint') {
    return { kind: 'record', line: { ...line, attestation } };
  }
  const checkpoint = checkpointOf(value.unmapped.checkpoint);
  if (checkpoint === undefined) return unreadable('expected a checkpoint with sequence, head and count');
  return { kind: 'record', line: { ...line, attestation, checkpoint } };
}

/** A text of this length cannot be nested deeply enough to overflow the stack. */
const MAX_SHORT_LENGTH = 8_000;

/** A text exactly as this handler writes it has no duplicate keys, so the slower structural check is skipped. */
function readShort(text: string): JsonText | Refusal {
  // Stryker disable next-line BlockStatement: a shortcut, readJson reads such a text alike
  try {
    const value = JSON.parse(text);
    // Stryker disable next-line ConditionalExpression: as above; that a text with a key twice takes no shortcut is
    // tested
    if (asciiJson(value) === text) return { kind: 'json', value };
  } catch {
    // readJson reports the error without the parser's message, which may quote the text.
  }
  return readJson(text);
}

/** The narrowing to `AuditRecord` is sound: JSON.parse returns JSON values only. */
const isAuditRecord = (value: unknown): value is AuditRecord =>
  isRecord(value) &&
  (value.attestation_list !== undefined ||
    (isRecord(value.metadata) && value.metadata.log_name === 'revocation-audit'));

const HEX = /^[0-9a-f]{64}$/;

function attestationOf(sequence: unknown, list: unknown): ChainPosition | undefined {
  if (!Array.isArray(list) || list.length !== 1 || !isPositive(sequence)) return undefined;
  const [own]: readonly unknown[] = list;
  if (!isRecord(own) || typeof own.chain_uid !== 'string' || own.chain_uid === '') return undefined;
  const fingerprint = hashOf(own.fingerprint);
  if (fingerprint === undefined) return undefined;
  const attestation = { chain: own.chain_uid, sequence, fingerprint };
  if (own.prev_event === undefined) return attestation;
  const previous = isRecord(own.prev_event) ? hashOf(own.prev_event.fingerprint) : undefined;
  return previous === undefined ? undefined : { ...attestation, previous };
}

/** The hash does not cover the fingerprint itself, so unknown fields in it could be forged: they are rejected. */
function hashOf(fingerprint: unknown): string | undefined {
  if (!isRecord(fingerprint) || Object.keys(fingerprint).length !== 3) return undefined;
  const { algorithm_id: id, algorithm, value } = fingerprint;
  return id === 3 && algorithm === 'SHA-256' && typeof value === 'string' && HEX.test(value) ? value : undefined;
}

function checkpointOf(value: unknown): Checkpoint | undefined {
  if (!isRecord(value)) return undefined;
  const { sequence, head, count } = value;
  return isPositive(sequence) && isPositive(count) && typeof head === 'string' ? { sequence, head, count } : undefined;
}

const isPositive = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
