/** The way of every step to its audit record. */
import { type AuditFacts, auditRecord } from './record.ts';
import type { Ports } from '../ports.ts';

/** Takes the ports and what happened; writes its audit record. Rejects when it could not be written. */
export function putOnRecord(
  { audit, chance, clock }: Pick<Ports, 'audit' | 'chance' | 'clock'>,
  step: Omit<AuditFacts, 'id' | 'now'>,
): Promise<void> {
  const facts = { ...step, id: chance.id(), now: clock.now() };
  return audit.write(auditRecord(facts), facts);
}
