/** One event: its plan decides which flow settles it. */

import type { Settlement } from './domain/settlement.ts';
import { planOf } from './domain/target.ts';
import { settleCheck } from './follow-up.ts';
import { settleReinstatement } from './reinstate.ts';
import { settleReference } from './resolve-alert.ts';
import { settleKey } from './settle-key.ts';
import { settleKeysOf } from './settle-keys-of.ts';
import type { Work } from './work.ts';

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
