/** Someone stays after all: offboardings of that time or before are superseded, those that wait for their day cancelled. */
import { parseEvent } from '../events/canonical.ts';
import type { PrincipalName } from '../events/ids.ts';
import { seal } from './domain/dead-letter.ts';
import { candidatesOf } from './domain/directory.ts';
import type { Settlement } from './domain/settlement.ts';
import { principalTarget, type Subject } from './domain/target.ts';
import { directoryEntry, markReinstated, type Name, parkEvent } from './ledger.ts';
import { cancelSchedule } from './schedule-leaver.ts';
import { recorder, type Work } from './work.ts';

/** Takes a reinstatement's work and subject; returns `done` once it is in the ledger, for the person and every principal that may be theirs. */
export async function settleReinstatement(work: Work, subject: Subject): Promise<Settlement> {
  const { ports } = work.environment;
  const principals = await principalsOf(work, subject);
  const names: readonly Name[] = 'identity' in subject ? [subject.identity, ...principals] : principals;
  for (const name of names) await markReinstated(ports, name, work.event.time);
  for (const principal of principals) await cancel(work, principal);
  const [only, ...others] = principals;
  const target = only === undefined || others.length > 0 ? {} : { target: principalTarget(only) };
  await work.record({ phase: 'note', name: 'Reinstatement', detail: 'reinstated', ...target });
  return { kind: 'done' };
}

async function principalsOf(
  { environment: { ports, settings } }: Work,
  subject: Subject,
): Promise<readonly PrincipalName[]> {
  if ('principalName' in subject) return [subject.principalName];
  const entry = await directoryEntry(ports, subject.identity);
  return candidatesOf(subject.identity, entry, settings.principalTemplates) ?? [];
}

/** The cancelled offboarding is kept for a person to see. Its letter is out before its row is closed: a crash makes a second letter, not none. */
async function cancel(work: Work, principal: PrincipalName): Promise<void> {
  const { environment, delivery } = work;
  const { ports } = environment;
  const cancelled = await cancelSchedule(work, principal, work.event.time);
  if (cancelled === undefined) return;
  const now = ports.clock.now();
  const parsed = parseEvent(cancelled.event, now);
  if (parsed.kind === 'event') {
    const reason = 'held-superseded';
    const detail = 'rule: reinstated before it fell due';
    const at = new Date(now).toISOString();
    const seen = {
      attempts: 0,
      firstSeen: at,
      lastSeen: at,
      lastStatus: null,
      replays: 0,
      messageId: delivery.messageId,
    };
    await ports.deadLetters.send(seal({ reason, detail, event: parsed.event, lane: 'bulk', ...seen }));
    await recorder(work, parsed.event)({ phase: 'hold', reason, detail, target: principalTarget(principal) });
    await parkEvent(environment, parsed.event, 'held');
  }
  await cancelled.close();
}
