/** The pipelines of all events but a leaked key. */
import { processAlert } from '../alerts/resolve.ts';
import type { EventContext } from '../context.ts';
import { processCheck } from '../follow-up/process-check.ts';
import type { Disposition } from '../model/disposition.ts';
import type { OtherPlan } from '../model/plan.ts';
import { processPrincipalEvent } from '../offboard/principal-event.ts';
import { processReinstatement } from '../offboard/reinstate.ts';
import { processReconciliation } from '../reconcile/process-event.ts';

/** Rejects like `processEvent`. */
export function processPlan(context: EventContext, plan: OtherPlan): Promise<Disposition> {
  switch (plan.kind) {
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
