/** An offboarding that waits for its day and is not to go then: kept as a hold, for a person to see. */
import type { CanonicalEvent } from '../events/canonical.ts';
import type { PrincipalName } from '../events/ids.ts';
import { seal } from './dead-letters/dead-letter.ts';
import { principalTarget } from './model/plan.ts';
import { openRow, park } from './ledger/ledger.ts';
import { recorder, type Work } from './context.ts';

/**
 * Takes the work of the event that stops it, the offboarding, the principal by which it was found and the rule; sends its
 * letter, then closes its row: a crash between makes a second letter, not none. Nothing is done for an offboarding that
 * has gone its way already.
 */
export async function holdScheduled(
  work: Work,
  {
    event,
    principal,
    rule,
  }: { readonly event: CanonicalEvent; readonly principal: PrincipalName; readonly rule: string },
): Promise<void> {
  const { environment, delivery } = work;
  const { ports } = environment;
  // Open: it is about to be scheduled, by a delivery that will find its row closed.
  const claim = await openRow(environment, event);
  if (claim === undefined) return;
  const at = new Date(ports.clock.now()).toISOString();
  const hold = { reason: 'held-superseded', detail: `rule: ${rule}` } as const;
  const letter = seal({
    ...hold,
    event,
    lane: 'bulk',
    attempts: 0,
    firstSeen: at,
    lastSeen: at,
    lastStatus: null,
    replays: 0,
    messageId: delivery.messageId,
  });
  await ports.deadLetters.send(letter);
  await recorder(work, event)({ phase: 'hold', ...hold, target: principalTarget(principal) });
  await park(environment, claim, 'held');
}
