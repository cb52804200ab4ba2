/** The way of every step to its audit record. */

import type { Chance, Clock, Log } from '../ports.ts';
import type { Chain } from './chain.ts';
import { checkpointRecord } from './checkpoint-record.ts';
import { type AuditFacts, type AuditRecord, auditRecord } from './record.ts';

/** What it takes to write an audit record. */
export interface AuditPorts {
  readonly audit: AuditLog;
  readonly chance: Chance;
  readonly clock: Clock;
}

/** Takes the ports and what happened; writes its audit record. Rejects when it could not be written. */
export function writeAuditRecord(
  { audit, chance, clock }: AuditPorts,
  step: Omit<AuditFacts, 'id' | 'now'>,
): Promise<void> {
  const facts = { ...step, id: chance.id(), now: clock.now() };
  return audit.write(auditRecord(facts), facts);
}

export interface AuditLog {
  /** Puts the record at the end of the chain. Resolves when the line was handed to the log pipe; rejects when it was not. `facts` are what it was made of, for whoever measures. */
  write(record: AuditRecord, facts?: AuditFacts): Promise<void>;
  /** Closes what was written since the last checkpoint, with the record that `make` makes of the chain's end. Writes nothing when nothing was written since. As `write`. */
  checkpoint(make: (end: Chain) => AuditRecord): Promise<void>;
}

export interface Closing {
  readonly ports: AuditPorts & { readonly log: Log };
  readonly settings: Pick<AuditFacts['settings'], 'handler' | 'configHash' | 'mode'>;
}

/**
 * Takes the ports, the settings and the id of the invocation; writes the checkpoint of its records, if it wrote any.
 * Never rejects: what is settled stays so, and a chain without its checkpoint shows as open.
 */
export async function checkpoint({ ports, settings }: Closing, requestId: string): Promise<void> {
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
