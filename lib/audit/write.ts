/** Writes audit records and checkpoints. */
import type { Chance, Clock, Log } from '../ports.ts';
import type { Chain } from './chain.ts';
import { checkpointRecord } from './checkpoint-record.ts';
import { type AuditFacts, auditRecord, type OrderedRecord } from './record.ts';

export interface AuditPorts {
  readonly audit: AuditLog;
  readonly chance: Chance;
  readonly clock: Clock;
}

/** Rejects if the record cannot be written. */
export function writeAuditRecord(
  { audit, chance, clock }: AuditPorts,
  step: Omit<AuditFacts, 'id' | 'now'>,
): Promise<void> {
  const facts = { ...step, id: chance.id(), now: clock.now() };
  return audit.write(auditRecord(facts), facts);
}

export interface AuditLog {
  /**
   * Appends the record to the chain. Resolves once the line is in the log pipe; rejects if it is not. Metrics are
   * derived from `facts`.
   */
  write(record: OrderedRecord, facts?: AuditFacts): Promise<void>;
  /** Appends the checkpoint that `make` returns, unless nothing was written since the last one. Rejects as `write`. */
  checkpoint(make: (end: Chain) => OrderedRecord): Promise<void>;
}

export interface AuditServices {
  readonly ports: AuditPorts & { readonly log: Log };
  readonly settings: Pick<AuditFacts['settings'], 'handler' | 'configHash' | 'mode'>;
}

/** Never rejects: the records before it are written, and `audit verify` reports a chain without its checkpoint. */
export async function writeCheckpoint({ ports, settings }: AuditServices, requestId: string): Promise<void> {
  const { audit, chance, clock, log } = ports;
  try {
    await audit.checkpoint((chain) =>
      checkpointRecord({ id: chance.id(), now: clock.now(), requestId, settings, chain }),
    );
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    log.error('no-checkpoint', { error: code });
  }
}
