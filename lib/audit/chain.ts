/**
 * The hash chain of one environment's audit records (OCSF 1.9.0, profile record_integrity): each record carries its own
 * SHA-256 and that of the previous record, so a changed, removed or inserted record is detected.
 */
import { isRecord } from '../../events/shapes.ts';
import type { JsonInput } from '../model/json.ts';
import { canonicalJson } from '../model/json.ts';
import type { Sha256 } from '../ports.ts';
import type { AuditRecord, OrderedRecord } from './record.ts';

/** The end of a chain: all that its next record needs. */
export interface Chain {
  readonly uid: string;
  /** The function and its version. */
  readonly authority: string;
  /** Sequence of the last record; the first has 1, 0: there is none. */
  readonly sequence: number;
  /** Records since the last checkpoint. */
  readonly unclosed: number;
  /** The last record; absent: there is none yet. */
  readonly last?: { readonly uid: string; readonly typeUid: number; readonly fingerprint: string };
}

const PROFILES = ['security_control', 'record_integrity'] as const;

export const openChain = (uid: string, authority: string): Chain => ({ uid, authority, sequence: 0, unclosed: 0 });

export const isCheckpoint = (record: AuditRecord): boolean => objectOf(record.unmapped).phase === 'checkpoint';

/**
 * Adds `metadata.sequence` and `attestation_list` to a record that is in no chain yet. `text` is the linked record in
 * its RFC 8785 form: its fields stand in the canonical order.
 */
export function appendToChain(
  chain: Chain,
  record: OrderedRecord,
  sha256: Sha256,
): { readonly text: string; readonly chain: Chain } {
  const sequence = chain.sequence + 1;
  const metadata = objectOf(record.metadata);
  const unsigned = {
    ...record,
    metadata: { ...metadata, profiles: PROFILES, sequence },
    attestation_list: [attestationBefore(chain)],
  };
  const covered = JSON.stringify(unsigned);
  const value = sha256(covered);
  const last = { uid: String(metadata.uid), typeUid: Number(record.type_uid), fingerprint: value };
  return {
    text: withFingerprint(covered, chain, value),
    chain: { ...chain, sequence, unclosed: isCheckpoint(record) ? 0 : chain.unclosed + 1, last },
  };
}

/** That of the next record, still without its fingerprint. */
const attestationBefore = ({ uid, authority, last }: Chain): JsonInput => ({
  authority_uid: authority,
  chain_uid: uid,
  prev_event: last && { fingerprint: fingerprint(last.fingerprint), type_uid: last.typeUid, uid: last.uid },
});

/**
 * The text with the fingerprint of what it says. Its place is behind the first `chain_uid`: in the canonical order no
 * other stands before that of the attestation, and quotes inside a text are escaped.
 */
function withFingerprint(covered: string, { uid }: Chain, value: string): string {
  const before = `"chain_uid":${JSON.stringify(uid)}`;
  const at = covered.indexOf(before) + before.length;
  return `${covered.slice(0, at)},"fingerprint":${JSON.stringify(fingerprint(value))}${covered.slice(at)}`;
}

const fingerprint = (value: string) => ({ algorithm: 'SHA-256', algorithm_id: 3, value });

/**
 * SHA-256 (hex) of the record's RFC 8785 form without its own fingerprint. All other fields are covered, also the
 * previous record's fingerprint. (OCSF 1.9.0, attestation)
 */
export function fingerprintOf(record: AuditRecord, sha256: Sha256): string {
  const [own, ...others] = [record.attestation_list ?? null].flat();
  const { fingerprint: _, ...covered } = objectOf(own);
  return sha256(canonicalJson({ ...record, attestation_list: [covered, ...others] }));
}

const objectOf = (value: JsonInput | undefined): AuditRecord => (isRecord(value) ? value : {});
