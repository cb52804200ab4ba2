/** Which pipeline processes an event. */
import { processAlert } from '../alerts/resolve.ts';
import type { EventContext } from '../context.ts';
import { processCheck } from '../follow-up/process-check.ts';
import { type Disposition, dispositionOf } from '../model/disposition.ts';
import { planOf } from '../model/plan.ts';
import { processPrincipalEvent } from '../offboard/principal-event.ts';
import { processReinstatement } from '../offboard/reinstate.ts';
import { processReconciliation } from '../reconcile/process-event.ts';
import { revokeLeakedKey } from '../revoke/key.ts';

/** Rejects if a record, a message or the ledger cannot be written: the message is then retried. */
export async function processEvent(context: EventContext): Promise<Disposition> {
  const plan = planOf(context.event);
  switch (plan.kind) {
    case 'key':
      return dispositionOf(
        await revokeLeakedKey(context, plan.target.accessKeyId),
        context.runtime.settings,
        plan.target,
      );
    case 'principal':
      return processPrincipalEvent(context, plan);
    case 'reconcile':
      return processReconciliation(context, plan);
    case 'reinstate':
      return processReinstatement(context, plan.subject);
    case 'check':
      return processCheck(context, plan);
    case 'alert':
      return processAlert(context, plan.reference);
  }
}
