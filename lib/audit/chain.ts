/**
 * The chain of one environment's audit records (OCSF 1.9.0, profile record_integrity): each carries its own SHA-256 and
 * that of the record before, so that none can be changed, left out or put in without a trace. Pure.
 */
import { isRecord } from '../../events/shapes.ts';
import type { Sparse } from '../model/json.ts';
import { canonicalJson } from '../model/json.ts';
import type { Sha256 } from '../ports.ts';
import type { AuditRecord } from './record.ts';

/** Where a chain ends: what its next record takes along. */
export interface Chain {
  readonly uid: string;
  /** Who vouches for it: the function and its version. */
  readonly authority: string;
  /** Records so far, and so the sequence of the last one: they count from 1. */
  readonly sequence: number;
  /** Records since the last checkpoint, or since the beginning. */
  readonly unclosed: number;
  /** Of the last record; absent: there is none yet. */
  readonly last?: { readonly uid: string; readonly typeUid: number; readonly fingerprint: string };
}

export const PROFILES = ['security_control', 'record_integrity'] as const;

/** Takes the id of a new chain and who vouches for it; returns the chain without a record. */
export const openChain = (uid: string, authority: string): Chain => ({ uid, authority, sequence: 0, unclosed: 0 });

/** Takes a record; returns whether it closes what was written before it. */
export const isCheckpoint = (record: AuditRecord): boolean => objectOf(record.unmapped).phase === 'checkpoint';

/**
 * Takes a chain and a record that is not in one; returns the record as the chain's next, with `metadata.sequence` and
 * `attestation_list`, and the chain with it.
 */
export function link(
  chain: Chain,
  record: AuditRecord,
  sha256: Sha256,
): { readonly record: AuditRecord; readonly chain: Chain } {
  const sequence = chain.sequence + 1;
  const metadata = objectOf(record.metadata);
  const unsigned = {
    ...record,
    metadata: { ...metadata, profiles: PROFILES, sequence },
    attestation_list: [attestationOf(chain)],
  };
  const value = sha256(canonicalJson(unsigned));
  const last = { uid: String(metadata.uid), typeUid: Number(record.type_uid), fingerprint: value };
  return {
    record: { ...unsigned, attestation_list: [{ ...attestationOf(chain), fingerprint: fingerprint(value) }] },
    chain: { ...chain, sequence, unclosed: isCheckpoint(record) ? 0 : chain.unclosed + 1, last },
  };
}

const attestationOf = ({ uid, authority, last }: Chain) => ({
  chain_uid: uid,
  authority_uid: authority,
  ...(last === undefined
    ? {}
    : { prev_event: { uid: last.uid, type_uid: last.typeUid, fingerprint: fingerprint(last.fingerprint) } }),
});

const fingerprint = (value: string) => ({ algorithm_id: 3, algorithm: 'SHA-256', value });

/**
 * Takes a record, with or without its own fingerprint; returns the SHA-256 (hex) of its RFC 8785 form without that. All
 * else is covered, the fingerprint of the record before too. (OCSF 1.9.0, attestation)
 */
export function fingerprintOf(record: AuditRecord, sha256: Sha256): string {
  const [own, ...others] = [record.attestation_list ?? null].flat();
  const { fingerprint: _, ...covered } = objectOf(own);
  return sha256(canonicalJson({ ...record, attestation_list: [covered, ...others] }));
}

const objectOf = (value: Sparse | undefined): AuditRecord => (isRecord(value) ? value : {});
