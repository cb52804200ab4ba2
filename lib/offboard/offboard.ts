/**
 * All keys of a person or principal. Not harmless to repeat, so one delivery leads at a time, and every guard is asked
 * before anything is called.
 */
import type { PrincipalName } from '../../events/ids.ts';
import type { Work } from '../context.ts';
import { approvedCodes, type EventRow } from '../ledger/event-row.ts';
import {
  bodyHash,
  type Claim,
  claimEvent,
  directoryEntry,
  eventKey,
  type Lead,
  unlessLost,
  updateClaim,
} from '../ledger/ledger.ts';
import { candidatesOf } from '../model/directory.ts';
import { type KeysOf, principalTarget, type Subject } from '../model/plan.ts';
import { DONE, type Settlement } from '../model/settlement.ts';
import { protectedAmong } from '../revoke/guards.ts';
import { takeFence } from './fence.ts';
import { overLimit, stopsFor } from './guards.ts';
import { type Principals, revokePrincipals } from './revoke-principal.ts';
import { clearSchedule, postpone } from './schedule.ts';

/** How long after the invocation's end a lease holds, in ms. */
const LEASE_SLACK_MS = 5_750;

/** Takes a principal-wide event's work and plan; returns its settlement. Rejects when the ledger or a record cannot be written. */
export async function settleKeysOf(work: Work, plan: KeysOf): Promise<Settlement> {
  const { ports } = work.environment;
  // Who replays has deleted the letter: what was parked meanwhile, or is so for a door of another mode, has nobody else.
  const reopens = work.letter || work.delivery.replays > 0;
  const claim = await claimEvent(ports, eventKey(ports, work.event), { row: newRow(work, plan), reopens });
  if ('kind' in claim) return notLeading(work, plan.subject, claim.kind);
  let current = claim;
  const keep = async (change: Partial<EventRow>): Promise<Claim> => {
    current = await updateClaim(ports, current, change);
    return current;
  };
  const followed = new Set<PrincipalName>();
  try {
    const settlement = await lead(work, plan, { claim, keep, follows: (principal) => followed.add(principal) });
    if (settlement.kind === 'done' && current.row.state === 'open') {
      await clearSchedule(work, current.row.principals);
      const checked = Object.fromEntries([...followed].map((principal) => [principal, 0]));
      await keep({ state: 'done', leaseUntil: 0, checked });
    }
    return settlement;
  } finally {
    // A lease that is not given back would only make the next delivery wait.
    if (current.row.state === 'open') await keep({ leaseUntil: 0 }).catch(unlessLost);
  }
}

function newRow({ environment: { ports }, invocation, event }: Work, { late }: KeysOf): EventRow {
  return {
    state: 'open',
    bodyHash: bodyHash(ports, event),
    time: event.time,
    holder: ports.chance.id(),
    leaseUntil: invocation.endsAt + LEASE_SLACK_MS,
    principals: [],
    late,
    checked: {},
  };
}

async function notLeading(
  work: Work,
  subject: Subject,
  kind: 'busy' | 'duplicate' | 'parked' | 'conflict',
): Promise<Settlement> {
  if (kind === 'busy') return { kind: 'retry', code: 'busy' };
  if (kind === 'conflict') {
    return { kind: 'dead', reason: 'held-conflict', detail: 'the same source and id came before with another body' };
  }
  await (kind === 'duplicate'
    ? work.record({ phase: 'outcome', ...namedIn(subject), outcome: 'duplicate' })
    : work.record({ phase: 'note', name: 'Already Parked', detail: 'parked' }));
  return DONE;
}

/** For the record of a duplicate: whom the event names, as it names them. */
const namedIn = (subject: Subject) =>
  'principalName' in subject ? { target: principalTarget(subject.principalName) } : {};

const UNMAPPABLE: Settlement = {
  kind: 'dead',
  reason: 'unmappable',
  detail: 'neither the directory nor a template names a principal for this identity',
};

async function lead(
  work: Work,
  plan: KeysOf,
  { claim, keep, follows }: Lead & Pick<Principals, 'follows'>,
): Promise<Settlement> {
  const named = 'principalName' in plan.subject;
  // Once there is a fence, the row's principals are final. Until then, also when a scheduled event falls due, today's
  // directory is asked: it may have been mended.
  const known = claim.row.principals;
  const fenced = claim.row.fence === undefined ? undefined : known;
  const principals = fenced ?? (await principalsOf(work, plan)) ?? known;
  if (principals.length === 0) return UNMAPPABLE;
  const approved = approvedCodes(claim.row);
  const fencing = { claim, keep, principals, unfenced: plan.late && approved.includes('held-limit') };
  // What a compromise may reach is settled at first sight, before any hold: what is minted while it waits is a replacement.
  const early = plan.late ? undefined : await takeFence(work, fencing);
  if (early !== undefined && 'kind' in early) return early;
  const stop = (await stopsFor(work, plan, principals)).find(({ reason }) => !approved.includes(reason));
  if (stop !== undefined) return { kind: 'dead', ...stop, ...oneTarget(principals) };

  const postponed = await postpone(work, plan, { principals, keep, approved });
  if (postponed !== undefined) return postponed;
  const isFree = (ids: readonly string[]) => approved.includes('held-limit') || wasAdmitted(plan, claim.row, ids);
  return revokePrincipals(work, plan, {
    principals,
    named,
    fence: () => (early === undefined ? takeFence(work, fencing) : Promise.resolve(early)),
    follows,
    protects: (ids) => (approved.includes('held-protected') ? undefined : protectedAmong(work, ids)),
    admit: async (principal, ids) => (isFree(ids) ? undefined : overLimit(work, principal)),
  });
}

/**
 * A leaver's row has its fence once its principals were admitted: a later try is free, or an outage would pile up holds in
 * the window after it. A candidate that had no keys then was not admitted; if it has some now, it is counted.
 */
function wasAdmitted({ subject, late }: KeysOf, { fence }: EventRow, ids: readonly string[]): boolean {
  if (!late || fence === undefined) return false;
  const fenced = new Set(fence);
  return 'principalName' in subject || ids.some((id) => fenced.has(id));
}

async function principalsOf({ environment: { ports, settings } }: Work, { subject }: KeysOf) {
  if ('principalName' in subject) return [subject.principalName];
  return candidatesOf(subject.identity, await directoryEntry(ports, subject.identity), settings.principalTemplates);
}

/** For the record of a hold: whom it is about, if that is just one. */
function oneTarget(principals: readonly PrincipalName[]) {
  const [target, ...others] = principals.map(principalTarget);
  return { ...(others.length === 0 && target && { target }) };
}
