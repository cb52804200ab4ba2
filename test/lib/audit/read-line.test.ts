/** One line of a log, read as a record of ours or as something else. */
import { describe, expect, it } from 'vitest';
import { fingerprintOf, openChain } from '../../../lib/audit/chain.ts';
import { checkpointRecord } from '../../../lib/audit/checkpoint-record.ts';
import { readAuditLine } from '../../../lib/audit/read-line.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import { INTENT, linkedTo, sha256 } from '../../support/audit-chains.ts';
import { factsOf, KEY_EVENT, writtenRecord } from '../../support/audit-facts.ts';

const facts = factsOf(INTENT, KEY_EVENT);
const bare = writtenRecord(facts);
const { record, chain } = linkedTo(openChain('chain-1', 'revoke:7'), auditRecord(facts));
const { record: checkpoint, chain: end } = linkedTo(
  chain,
  checkpointRecord({ id: 'r-2', now: 5, requestId: 'r-1', settings: facts.settings, chain }),
);

const readOf = (text: string) => {
  const read = readAuditLine(text);
  if (read.kind !== 'record') throw new Error(read.kind);
  return read.line;
};

/** The checkpoint with another value at a path; undefined: with none. */
function changed(path: string, value: unknown): string {
  const copy = JSON.parse(JSON.stringify(checkpoint));
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  keys.reduce((at, key) => at[key], copy)[last] = value;
  return JSON.stringify(copy);
}

describe('a line with a record', () => {
  it('is read with its place in its chain', () => {
    expect(readOf(JSON.stringify(record))).toStrictEqual({
      record: JSON.parse(JSON.stringify(record)),
      uid: facts.id,
      time: facts.now,
      attestation: { chain: 'chain-1', sequence: 1, fingerprint: chain.last?.fingerprint },
    });
    expect(fingerprintOf(readOf(JSON.stringify(record)).record, sha256)).toBe(chain.last?.fingerprint);
  });

  it('is read without one where it is in none', () => {
    expect(readOf(JSON.stringify(bare))).toStrictEqual({ record: bare, uid: facts.id, time: facts.now });
  });

  it('is read with what it closes, and with the record before it', () => {
    const { attestation, checkpoint: closing } = readOf(JSON.stringify(checkpoint));
    expect({ attestation, checkpoint: closing }).toEqual({
      attestation: {
        chain: 'chain-1',
        sequence: 2,
        fingerprint: end.last?.fingerprint,
        previous: chain.last?.fingerprint,
      },
      checkpoint: { sequence: 1, head: chain.last?.fingerprint, count: 1 },
    });
  });

  it.each([
    ['what has another phase', 'unmapped.phase', 'note'],
    ['what has no facts', 'unmapped', 'checkpoint'],
  ])('closes nothing as %s', (_, path, value) => {
    expect(Object.keys(readOf(changed(path, value)))).toEqual(['record', 'uid', 'time', 'attestation']);
  });

  it('is ours by its chain, whatever log it names', () => {
    expect(readOf(changed('metadata.log_name', 'x')).attestation?.sequence).toBe(2);
  });

  it.each([
    ['time', { timestamp: '2026-11-23T09:30:00Z' }],
    ['level', { level: 'INFO' }],
    ['time and level', { timestamp: '2026-11-23T09:30:00Z', level: 'INFO' }],
  ])('is as it was written without the %s that Lambda may add', (_, added) => {
    const line = readOf(JSON.stringify({ ...added, ...record }));
    expect(line.record).toEqual(record);
    expect(fingerprintOf(line.record, sha256)).toBe(chain.last?.fingerprint);
  });

  it('with any other field is not what was written', () => {
    const line = readOf(JSON.stringify({ ...record, note: 'x' }));
    expect(fingerprintOf(line.record, sha256)).not.toBe(chain.last?.fingerprint);
  });
});

it.each([
  '',
  'START RequestId: 1',
  '{"_aws":{}}',
  '{"log_name":"revocation-audit"}',
  '{"metadata":{"log_name":"x","of":"revocation-audit"}}',
  '["revocation-audit"]',
  '"attestation_list"',
])('%j is something else', (text) => {
  expect(readAuditLine(text)).toEqual({ kind: 'other' });
});

describe('a line that is neither', () => {
  const whyOf = (text: string) => {
    const read = readAuditLine(text);
    return read.kind === 'unreadable' ? read.why : read.kind;
  };
  const long = (length: number) => asciiJson({ ...record, x: 'x'.repeat(length) });

  it.each([
    ['cut', JSON.stringify(record).slice(0, -9), 'expected JSON'],
    ['a text that names the log', 'see the revocation-audit', 'expected JSON'],
    ['with a key twice', JSON.stringify(record).replace('{', '{"time":1,'), 'expected each key of an object once'],
    ['too long', long(256 * 1_024), 'expected at most 262144 bytes'],
  ])('is %s', (_, text, why) => {
    expect(whyOf(text)).toBe(why);
  });

  it('is none of up to 256 KiB that is as we write it', () => {
    expect([whyOf(long(8_000)), whyOf(long(250_000))]).toEqual(['record', 'record']);
  });

  it.each([
    ['metadata', 'x'],
    ['metadata.uid', 7],
    ['time', '5'],
  ])('is a record whose %s is %j', (path, value) => {
    expect(whyOf(changed(path, value))).toBe('expected an id and a time');
  });

  const HASH = { algorithm_id: 3, algorithm: 'SHA-256', value: 'a'.repeat(64) };
  it.each([
    ['attestation_list', 'x'],
    ['attestation_list', []],
    ['attestation_list', ['x']],
    ['attestation_list', [null]],
    ['attestation_list.1', { chain_uid: 'chain-2', fingerprint: HASH }],
    ['metadata.sequence', 0],
    ['metadata.sequence', 1.5],
    ['metadata.sequence', '2'],
    ['metadata.sequence', [2]],
    ['attestation_list.0.chain_uid', ''],
    ['attestation_list.0.chain_uid', 7],
    ['attestation_list.0.fingerprint', 'a'.repeat(64)],
    ['attestation_list.0.fingerprint', undefined],
    ['attestation_list.0.fingerprint', { ...HASH, more: 1 }],
    ['attestation_list.0.fingerprint', { ...HASH, algorithm_id: 4 }],
    ['attestation_list.0.fingerprint', { ...HASH, algorithm: 'MD5' }],
    ['attestation_list.0.fingerprint', { ...HASH, value: [HASH.value] }],
    ['attestation_list.0.fingerprint', { ...HASH, value: `${HASH.value}a` }],
    ['attestation_list.0.fingerprint', { ...HASH, value: `-${HASH.value}` }],
    ['attestation_list.0.fingerprint', { ...HASH, value: 'A'.repeat(64) }],
    ['attestation_list.0.prev_event', 'x'],
    ['attestation_list.0.prev_event', {}],
    ['attestation_list.0.prev_event.fingerprint.value', 'x'],
  ])('is a record whose %s is %j', (path, value) => {
    expect(whyOf(changed(path, value))).toBe('expected one attestation, with its chain and its fingerprints');
  });

  it.each([
    ['checkpoint', 'x'],
    ['checkpoint', undefined],
    ['checkpoint.sequence', 0],
    ['checkpoint.count', '1'],
    ['checkpoint.head', 7],
  ])('is a checkpoint whose %s is %j', (path, value) => {
    expect(whyOf(changed(`unmapped.${path}`, value))).toBe('expected a checkpoint with sequence, head and count');
  });
});
