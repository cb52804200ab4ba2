/** A reinstatement: offboardings of that time or earlier no longer apply, and scheduled ones are cancelled. */
import { auditor, type EventContext } from '../context.ts';
import { resolveAllPrincipals } from '../ledger/directory.ts';
import { type ReinstatedName, writeReinstatement } from '../ledger/reinstatements.ts';
import { type Disposition, DONE } from '../model/disposition.ts';
import { onlyTarget, type Subject } from '../model/plan.ts';
import { cancelSchedule } from './schedule.ts';

/**
 * `done` once the ledger has it, for the person and every principal that may be theirs. Rejects if the ledger or a
 * record cannot be written.
 */
export async function processReinstatement(context: EventContext, subject: Subject): Promise<Disposition> {
  const { runtime, delivery, event } = context;
  const { ports, settings } = runtime;
  const principals = (await resolveAllPrincipals(ports, subject, settings.principalTemplates)) ?? [];
  // Principals first: their follow-up checks ask for no identity, should the ledger fail in between.
  const names: readonly ReinstatedName[] = 'identity' in subject ? [...principals, subject.identity] : principals;
  for (const name of names) await writeReinstatement(ports, name, event.time);
  const cancellation = {
    rule: 'reinstated before it fell due',
    messageId: delivery.messageId,
    auditOf: (scheduled: typeof event) => auditor(context, scheduled),
  };
  for (const principal of principals) await cancelSchedule(ports, { ...cancellation, principal }, event.time);
  const target = onlyTarget(principals);
  await context.audit({ phase: 'note', name: 'Reinstatement', detail: 'reinstated', ...(target && { target }) });
  return DONE;
}
