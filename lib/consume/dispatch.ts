/** Which pipeline processes an event. */
import type { EventContext } from '../context.ts';
import { type Disposition, dispositionOf } from '../model/disposition.ts';
import { planOf } from '../model/plan.ts';
import { revokeLeakedKey } from '../revoke/key.ts';

/** Rejects if a record, a message or the ledger cannot be written: the message is then retried. */
export async function processEvent(context: EventContext): Promise<Disposition> {
  const plan = planOf(context.event);
  if (plan.kind === 'key') {
    const outcome = await revokeLeakedKey(context, plan.target.accessKeyId);
    return dispositionOf(outcome, context.runtime.settings, plan.target);
  }
  return context.runtime.processPlan(context, plan);
}
