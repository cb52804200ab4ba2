/** One line of a log, read as a record of ours or as something else. */
import { describe, expect, it } from 'vitest';
import { fingerprintOf, link, openChain } from '../../lib/domain/audit-chain.ts';
import { readAuditLine } from '../../lib/domain/audit-line.ts';
import { auditRecord } from '../../lib/domain/audit-record.ts';
import { INTENT, sha256 } from '../support/audit-chains.ts';
import { factsOf, KEY_EVENT } from './audit/facts.ts';

const { record, chain } = link(openChain('chain-1', 'revoke:7'), auditRecord(factsOf(INTENT, KEY_EVENT)), sha256);
const readOf = (text: string) => {
  const read = readAuditLine(text);
  if (read.kind !== 'record') throw new Error(read.kind);
  return read.line;
};

describe('a line with a record', () => {
  it('is read with its place in its chain', () => {
    const line = readOf(JSON.stringify(record));
    expect(line.attested).toEqual({ chain: 'chain-1', sequence: 1, fingerprint: chain.last?.fingerprint });
    expect(fingerprintOf(line.record, sha256)).toBe(chain.last?.fingerprint);
  });

  it('is as it was written without the time and level that Lambda may add', () => {
    const line = readOf(JSON.stringify({ timestamp: '2026-11-23T09:30:00Z', level: 'INFO', ...record }));
    expect(line.record).toEqual(record);
    expect(fingerprintOf(line.record, sha256)).toBe(chain.last?.fingerprint);
  });

  it('with any other field is not what was written', () => {
    const line = readOf(JSON.stringify({ ...record, note: 'x' }));
    expect(fingerprintOf(line.record, sha256)).not.toBe(chain.last?.fingerprint);
  });
});

it.each(['', 'START RequestId: 1', '{"_aws":{}}', '{"log_name":"revocation-audit"}'])(
  '%j is something else',
  (text) => {
    expect(readAuditLine(text)).toEqual({ kind: 'other' });
  },
);

it('a line that is cut is neither', () => {
  expect(readAuditLine(JSON.stringify(record).slice(0, -9)).kind).toBe('unreadable');
});
