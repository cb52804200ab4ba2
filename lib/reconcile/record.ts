/** Audit records of the reconciliation: they are about no event and no message. */
import type { AuditEntry } from '../audit/entry.ts';
import { writeAuditRecord } from '../audit/write.ts';
import type { Ports, Runtime } from '../context.ts';
import type { SurveyServices } from './found.ts';

export interface ReconcileServices extends SurveyServices {
  readonly ports: SurveyServices['ports'] & Pick<Ports, 'audit' | 'chance' | 'lanes' | 'log'>;
  readonly settings: Runtime['settings'];
}

/** Rejects if the record cannot be written. */
export const recordReconciliation = (
  { ports, settings }: ReconcileServices,
  requestId: string,
  entry: Extract<AuditEntry, { phase: 'reconcile' }>,
): Promise<void> => {
  const delivery = {
    messageId: '',
    receiveCount: 1,
    senderId: '',
    requestId,
    replays: 0,
    sha256: ports.sha256(''),
    size: 0,
  };
  return writeAuditRecord(ports, { entry, event: null, delivery, settings });
};
