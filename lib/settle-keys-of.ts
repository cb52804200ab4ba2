/**
 * All keys of a person or principal. Not harmless to repeat, so one delivery leads at a time, and every guard is asked
 * before anything is called.
 */
import type { PrincipalName } from '../events/ids.ts';
import { candidatesOf } from './domain/directory.ts';
import { approvedCodes, type EventRow } from './domain/event-row.ts';
import { DONE, type Settlement } from './domain/settlement.ts';
import { type KeysOf, principalTarget } from './domain/target.ts';
import { overLimit, protectedAmong, stopsFor } from './guard-principals.ts';
import {
  bodyHash,
  type Claim,
  claimEvent,
  directoryEntry,
  eventKey,
  type Lead,
  unlessLost,
  updateClaim,
} from './ledger.ts';
import { type Principals, revokePrincipals, takeFence } from './revoke-principals.ts';
import { clearSchedule, postpone } from './schedule-leaver.ts';
import type { Work } from './work.ts';

/** How long after the invocation's end a lease holds, in ms. */
const LEASE_SLACK_MS = 5_750;

/** Takes a principal-wide event's work and plan; returns its settlement. Rejects when the ledger or a record cannot be written. */
export async function settleKeysOf(work: Work, plan: KeysOf): Promise<Settlement> {
  const { ports } = work.environment;
  const claim = await claimEvent(ports, eventKey(ports, work.event), { row: newRow(work, plan), reopens: work.letter });
  if ('kind' in claim) return notLeading(work, claim.kind);
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

async function notLeading(work: Work, kind: 'busy' | 'duplicate' | 'parked' | 'conflict'): Promise<Settlement> {
  if (kind === 'busy') return { kind: 'retry', code: 'busy' };
  if (kind === 'conflict') {
    return { kind: 'dead', reason: 'held-conflict', detail: 'the same source and id came before with another body' };
  }
  await (kind === 'duplicate'
    ? work.record({ phase: 'outcome', ...targetOf(work), outcome: 'duplicate' })
    : work.record({ phase: 'note', name: 'Already Parked', detail: 'parked' }));
  return DONE;
}

/** For the record of a duplicate: whom the event names, as it names them. */
const targetOf = ({ event }: Work) =>
  'principalName' in event.data && event.data.principalName !== undefined
    ? { target: principalTarget(event.data.principalName) }
    : {};

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
  // Once fenced they stand. Before, as when its day has come, the directory of now speaks, and may have learnt since.
  const known = claim.row.principals.length > 0 ? claim.row.principals : undefined;
  const fenced = claim.row.fence === undefined ? undefined : known;
  const principals = fenced ?? (await principalsOf(work, plan)) ?? known;
  if (principals === undefined || principals.length === 0) return UNMAPPABLE;
  const approved = approvedCodes(claim.row);
  const fencing = { claim, keep, principals, unfenced: plan.late && approved.includes('held-limit') };
  // What a compromise may reach is settled at first sight, before any hold: what is minted while it waits is a replacement.
  const early = plan.late ? undefined : await takeFence(work, fencing);
  if (early !== undefined && 'kind' in early) return early;
  const stop = [...(await stopsFor(work, plan, principals))].find(({ reason }) => !approved.includes(reason));
  if (stop !== undefined) return { kind: 'dead', ...stop, ...oneTarget(principals) };

  const postponed = await postpone(work, plan, { principals, keep, approved });
  if (postponed !== undefined) return postponed;
  const isFree = (principal: PrincipalName): Promise<boolean> =>
    approved.includes('held-limit') ? Promise.resolve(true) : wasAdmitted(work, plan, { row: claim.row, principal });
  return revokePrincipals(work, plan, {
    principals,
    named,
    fence: () => (early === undefined ? takeFence(work, fencing) : Promise.resolve(early)),
    follows,
    protects: (ids) => (approved.includes('held-protected') ? undefined : protectedAmong(work, ids)),
    admit: async (principal) => ((await isFree(principal)) ? undefined : overLimit(work, principal)),
  });
}

/**
 * A leaver's row has its fence once its principals were admitted: a later try is free, or an outage would pile up holds in
 * the window after it. Not admitted was a candidate without keys, which may have got some since.
 */
async function wasAdmitted(
  work: Work,
  { subject, late }: KeysOf,
  { row, principal }: { readonly row: EventRow; readonly principal: PrincipalName },
): Promise<boolean> {
  if (!late || row.fence === undefined) return false;
  if ('principalName' in subject) return true;
  const fence = new Set(row.fence);
  const listing = await work.invocation.inventory.before();
  return listing?.liveKeys(principal).some((id) => fence.has(id)) ?? false;
}

async function principalsOf({ environment: { ports, settings } }: Work, { subject }: KeysOf) {
  if ('principalName' in subject) return [subject.principalName];
  return candidatesOf(subject.identity, await directoryEntry(ports, subject.identity), settings.principalTemplates);
}

const oneTarget = ([principal, ...others]: readonly PrincipalName[]) =>
  principal === undefined || others.length > 0 ? {} : { target: principalTarget(principal) };
