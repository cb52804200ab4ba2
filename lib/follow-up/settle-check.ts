/** Follow-up checks: our own delayed look at what was revoked, three generations long. A check can do no more than its parent could. */
import type { PrincipalName } from '../../events/ids.ts';
import type { Work } from '../context.ts';
import { settlementFrom } from '../coreweave/result.ts';
import { approvedCodes, type EventRow } from '../ledger/event-row.ts';
import { type Claim, eventKey, LeaseLost, readEvent, reinstatedAt, unlessLost, updateClaim } from '../ledger/ledger.ts';
import type { Target } from '../model/plan.ts';
import { DONE, type Settlement } from '../model/settlement.ts';
import { guardKey, revokeKey, revokeListedKey } from '../revoke/access-key.ts';
import { mayStart } from '../revoke/attempt.ts';
import { protectedAmong, protectedPrincipal, type Stop, superseded } from '../revoke/guards.ts';
import { type Check, sendCheck } from '../revoke/schedule-check.ts';
import { eachWithin } from '../runtime/limit.ts';

type KeyTarget = Extract<Target, { kind: 'key' }>;
type PrincipalCheck = Check & { readonly target: Extract<Target, { kind: 'principal' }> };

/** Times that a check tries to write its parent's row. */
const MARK_LOOKS = 5;

const UNCONFIRMED = { kind: 'dead', reason: 'unconfirmed', detail: 'still live after the third look' } as const;

/** Takes a check's work and plan; returns its settlement: `invalid` unless it is the one that its parent waits for. */
export async function settleCheck(work: Work, check: Check): Promise<Settlement> {
  const { target, generation } = check;
  if (target.kind === 'key') return checkKey(work, { ...check, target });
  const { ports } = work.environment;
  const claim = await readEvent(ports, eventKey(ports, check.parent));
  // Its delivery has not closed the row yet, or has died and another will.
  if (claim?.row.state === 'open') return { kind: 'retry', code: 'parent-open' };
  if (claim === undefined || !isNext(claim.row, { target, generation })) {
    return { kind: 'dead', reason: 'invalid', detail: 'data: expected the next check of a settled event', target };
  }
  return checkPrincipal(work, { ...check, target }, claim);
}

/** A leaked key has no row that could vouch for its parent: its check is asked all that a leak is asked. */
async function checkKey(work: Work, check: Check & { readonly target: KeyTarget }): Promise<Settlement> {
  if (!mayStart(work)) return { kind: 'retry', code: 'not-started' };
  const { target, generation } = check;
  const stop = await guardKey(work, target.accessKeyId);
  if (stop !== undefined) return { kind: 'dead', ...stop, target };
  const result = await revokeKey(work, target.accessKeyId);
  if (result.outcome !== 'accepted') return settlementFrom(result, work.environment.settings, target);
  return generation === 3 ? { ...UNCONFIRMED, target } : nextCheck(work, check);
}

const isNext = (
  { state, principals, checked }: EventRow,
  { target, generation }: Pick<PrincipalCheck, 'target' | 'generation'>,
) => state === 'done' && principals.includes(target.principalName) && checked[target.principalName] === generation - 1;

async function nextCheck(work: Work, { parent, target, generation }: Check): Promise<Settlement> {
  if (generation !== 3) await sendCheck(work, { parent, target, generation: generation === 1 ? 2 : 3 });
  return DONE;
}

async function checkPrincipal(work: Work, check: PrincipalCheck, { row }: Claim): Promise<Settlement> {
  const { settings } = work.environment;
  const { target, generation } = check;
  const stop = await stopOf(work, target.principalName, row);
  if (stop !== undefined) return { kind: 'dead', ...stop, target };

  const listing = await work.invocation.inventory.before();
  if (listing === undefined) return { kind: 'retry', code: 'listing-failed' };
  const fence = new Set(row.fence);
  const keys = listing.liveKeys(target.principalName).filter((id) => row.late || fence.has(id));
  const spared = approvedCodes(row).includes('held-protected') ? undefined : protectedAmong(work, keys);
  if (spared !== undefined) return { kind: 'dead', ...spared, target };
  const results = await eachWithin(settings.apiConcurrency, keys, (id) =>
    revokeListedKey(work, id, fence.has(id) ? {} : { late: true }),
  );
  const retry = results.find(({ next }) => next === 'retry');
  if (retry !== undefined) return settlementFrom(retry, settings, target);

  const open = results.some(({ next, outcome }) => next === 'dead' || outcome === 'accepted');
  if (open && generation === 3) return { ...UNCONFIRMED, target };
  // A leaver's principal is looked at three times: keys can be minted after each look.
  if (open || row.late) await nextCheck(work, check);
  const late = keys.filter((id) => !fence.has(id)).length;
  await work.record({ phase: 'note', name: 'Follow-up Check', detail: `late-keys: ${late}`, target });
  await markChecked(work, check);
  return DONE;
}

/** What would stop the parent now. Its age is not asked again: it was young enough when it was settled. */
async function stopOf(
  { environment: { ports, settings } }: Work,
  principal: PrincipalName,
  row: EventRow,
): Promise<Stop | undefined> {
  const now = ports.clock.now();
  const reinstated = row.late ? await reinstatedAt(ports, [principal]) : undefined;
  const facts = {
    time: row.time,
    late: row.late,
    ...(reinstated === undefined ? {} : { reinstatedAt: reinstated }),
  };
  const stops = [protectedPrincipal(principal, settings, now), superseded(facts)];
  return stops.find((stop) => stop !== undefined && !approvedCodes(row).includes(stop.reason));
}

/** Checks of the event's other principals write the same row: whoever comes second looks again. */
async function markChecked(
  { environment: { ports } }: Work,
  { parent, target, generation }: PrincipalCheck,
): Promise<void> {
  for (let look = 1; look <= MARK_LOOKS; look += 1) {
    const claim = await readEvent(ports, eventKey(ports, parent));
    if (claim === undefined || !isNext(claim.row, { target, generation })) return;
    const checked = { ...claim.row.checked, [target.principalName]: generation };
    const marked = await updateClaim(ports, claim, { checked }).catch(unlessLost);
    if (marked !== undefined) return;
  }
  throw new LeaseLost('lease-lost');
}
