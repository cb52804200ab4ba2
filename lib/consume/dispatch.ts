/** One event: its plan decides which flow settles it. */

import { settleReference } from '../alerts/resolve.ts';
import type { Work } from '../context.ts';
import { settleCheck } from '../follow-up/settle-check.ts';
import { planOf } from '../model/plan.ts';
import type { Settlement } from '../model/settlement.ts';
import { settleKeysOf } from '../offboard/offboard.ts';
import { settleReinstatement } from '../offboard/reinstate.ts';
import { settleKey } from '../revoke/access-key.ts';

/** Takes one event's work; returns its settlement. Rejects when a record or the ledger cannot be written: the message then comes back. */
export function settleEvent(work: Work): Promise<Settlement> {
  const plan = planOf(work.event);
  switch (plan.kind) {
    case 'key':
      return settleKey(work, plan.target.accessKeyId);
    case 'keys-of':
      return settleKeysOf(work, plan);
    case 'reinstate':
      return settleReinstatement(work, plan.subject);
    case 'check':
      return settleCheck(work, plan);
    case 'resolve':
      return settleReference(work, plan.reference);
  }
}
