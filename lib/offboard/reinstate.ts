/** Someone stays after all: offboardings of that time or before are superseded, those that wait for their day cancelled. */
import type { PrincipalName } from '../../events/ids.ts';
import type { Work } from '../context.ts';
import { directoryEntry, markReinstated, type Name } from '../ledger/ledger.ts';
import { candidatesOf } from '../model/directory.ts';
import { principalTarget, type Subject } from '../model/plan.ts';
import { DONE, type Settlement } from '../model/settlement.ts';
import { cancelSchedule } from './schedule.ts';

/** Takes a reinstatement's work and subject; returns `done` once it is in the ledger, for the person and every principal that may be theirs. */
export async function settleReinstatement(work: Work, subject: Subject): Promise<Settlement> {
  const { ports } = work.environment;
  const principals = await principalsOf(work, subject);
  // Principals first: their checks ask for no identity, should the ledger fail in between.
  const names: readonly Name[] = 'identity' in subject ? [...principals, subject.identity] : principals;
  for (const name of names) await markReinstated(ports, name, work.event.time);
  for (const principal of principals) await cancelSchedule(work, principal, work.event.time);
  const [only, ...others] = principals;
  const target = only === undefined || others.length > 0 ? {} : { target: principalTarget(only) };
  await work.record({ phase: 'note', name: 'Reinstatement', detail: 'reinstated', ...target });
  return DONE;
}

async function principalsOf(
  { environment: { ports, settings } }: Work,
  subject: Subject,
): Promise<readonly PrincipalName[]> {
  if ('principalName' in subject) return [subject.principalName];
  const entry = await directoryEntry(ports, subject.identity);
  return candidatesOf(subject.identity, entry, settings.principalTemplates) ?? [];
}
