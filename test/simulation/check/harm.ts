/** Each revoked key must have an allowed cause: no replacement key, no key of a person who stays, no protected key. */
import type { SeenEvent } from '../bodies.ts';
import type { Audited, Called, Invoked, Kill } from '../history.ts';
import { nameOf, PROTECTED_KEY, PROTECTED_WHO } from '../people.ts';
import { checkedIn, type Facts, type factsOf, parentOf, principalsOf, type SeenHold, type Violation } from './facts.ts';
import { isReconciliation, objectionToReconciled } from './standing.ts';

/** A compromise's call by principal may reach keys that were created this shortly after its snapshot. */
const FRESH_MS = 5_000;
const DUE_SLACK_MS = 60_000;
/** The safety checks that hold what is protected. */
export const KEY_CHECKS = ['protected key', 'protected key of the principal'];
export const PRINCIPAL_CHECKS = ['protected owner', 'protected principal'];

interface Case {
  readonly facts: Facts;
  readonly kill: Kill;
  readonly call: Called;
  readonly invoked: Invoked;
  readonly event: SeenEvent;
}

type Objection = string | undefined;

/** Keys that were revoked without an allowed cause. */
export function harms(facts: ReturnType<typeof factsOf>): readonly Violation[] {
  const { history } = facts;
  return history.calls.flatMap((call) =>
    call.kills.flatMap((kill): readonly Violation[] => {
      const objections = causesOf(facts, call).map(({ view }) => {
        const [event, invoked] = [facts.eventOf(view), facts.invocation(view.requestId)];
        return event === undefined || invoked === undefined
          ? 'no event'
          : objectionTo({ facts, kill, call, invoked, event });
      });
      // Without any cause it is a matter of records.
      if (objections.length === 0 || objections.includes(undefined)) return [];
      return [
        {
          promise: 'harm',
          detail: `${kill.key} of ${kill.owner} died at ${kill.at}: ${[...new Set(objections)].join('; ')}`,
        },
      ];
    }),
  );
}

const causes = new WeakMap<Called, readonly Audited[]>();

/** The intents of the invocation that may stand behind a call. */
export function causesOf(facts: Facts, call: Called): readonly Audited[] {
  const found = causes.get(call) ?? findCauses(facts, call);
  causes.set(call, found);
  return found;
}

function findCauses({ history, invocation }: Facts, { process, request, n }: Called): readonly Audited[] {
  const target =
    'accessKeyId' in request ? request.accessKeyId : 'principalName' in request ? request.principalName : '';
  const intents = history.audit.filter(
    (entry) =>
      entry.process === process &&
      entry.acked !== undefined &&
      entry.acked < n &&
      entry.view.phase === 'intent' &&
      !entry.view.shared &&
      entry.view.target === target,
  );
  const last = Math.max(0, ...intents.map(({ view }) => invocation(view.requestId)?.n ?? 0));
  return intents.filter(({ view }) => invocation(view.requestId)?.n === last);
}

function objectionTo(it: Case): Objection {
  const { facts, event } = it;
  if (facts.history.terms.dryRun) return 'dry run';
  if (event.type === 'revocation.check.v1') return objectionToCheck(it);
  if (event.type === 'user.offboarded.v1') return objectionToOffboarding(it);
  if (event.type !== 'credential.compromised.v1') return 'no event that revokes';
  return event.data.accessKeyId === undefined ? objectionToPrincipal(it) : objectionToLeak(it, event.data.accessKeyId);
}

const released = ({ facts, call }: Case, name: string, code: string, hold?: SeenHold): boolean =>
  facts.approved(name, code, call, hold);

/** `names`: an approval of any of these events counts. */
function isProtected(it: Case, ...names: readonly string[]): Objection {
  const isHeldBy = (checks: readonly string[]) =>
    !names.some((name) => released(it, name, 'held-protected', { checks }));
  if (it.kill.key === PROTECTED_KEY && isHeldBy(KEY_CHECKS)) return 'protected key';
  return it.kill.owner === nameOf(PROTECTED_WHO) && isHeldBy(PRINCIPAL_CHECKS) ? 'protected principal' : undefined;
}

function objectionToLeak(it: Case, accessKeyId: string): Objection {
  const { kill, event } = it;
  if (kill.key !== accessKeyId) return 'another key';
  const isSeen = released(it, event.name, 'held-low-confidence', { checks: ['confidence'] });
  if (event.data.confidence === 'key-id-only' && !isSeen) return 'only its id was seen';
  // A follow-up check keeps what was approved for its parent.
  return isProtected(it, event.name, parentOf(event));
}

function objectionToPrincipal(it: Case): Objection {
  const { facts, kill, call, event } = it;
  if (kill.owner !== event.data.principalName) return 'another principal';
  const createdKeys = facts.history.createdKeys.get(kill.key)?.at ?? 0;
  const tries = facts.history.audit.filter(
    ({ view, n }) => n < call.n && view.event === event.name && view.phase === 'intent' && !view.shared,
  );
  const fence = facts.fence(event.name);
  // Without a stored snapshot only keys that were created after the first attempt are protected.
  if (fence === undefined)
    return createdKeys > (tries[0]?.at ?? 0) ? 'created after the first try' : isProtected(it, event.name);
  if (fence.includes(kill.key)) return isProtected(it, event.name);
  if (call.request.call !== 'revoke-principal') return 'outside the fence';
  if (createdKeys < call.at - FRESH_MS) return 'outside the fence, and not new';
  return tries.length > 1 ? 'outside the fence, at a later try' : isProtected(it, event.name);
}

function objectionToOffboarding(it: Case): Objection {
  const { facts, kill, event, invoked, call } = it;
  if (isReconciliation(event)) {
    return objectionToReconciled(facts, { owner: kill.owner, event, invoked }) ?? isProtected(it, event.name);
  }
  if (!principalsOf(event).includes(kill.owner)) return 'another principal';
  const done = facts.rows(event.name).find(({ data }) => data.state === 'done');
  if (done !== undefined && done.n < invoked.n) return `finished before, at ${done.at}`;
  const { effectiveAt } = event.data;
  const due = effectiveAt === undefined ? undefined : Date.parse(effectiveAt);
  if (due !== undefined && call.at < due - DUE_SLACK_MS) return 'before its effective date';
  const isStale = invoked.at - (due ?? event.time) > facts.history.settings.staleAfterMs;
  if (isStale && !released(it, event.name, 'held-stale', { checks: ['age'] })) return 'stale';
  return isBack(it, event, event.name) ?? isProtected(it, event.name);
}

/** A person who stays: stored before the invocation began. */
function isBack(it: Case, event: SeenEvent, name: string): Objection {
  const back = it.facts.reinstatedAt(event, it.invoked);
  if (back === undefined || back < event.time) return undefined;
  const hold = { checks: ['reinstatement'], asOf: back };
  return released(it, name, 'held-superseded', hold) ? undefined : 'reinstated before';
}

/** It, or the check of the same key that asked for it: a stranger's that an operator let pass. */
const isApprovedCheck = (it: Case): boolean =>
  [{ event: it.event }, ...it.facts.sent].some(
    ({ event }) =>
      event.data.accessKeyId === it.event.data.accessKeyId &&
      parentOf(event) === parentOf(it.event) &&
      released(it, event.name, 'held-unknown-sender'),
  );

function objectionToCheck(it: Case): Objection {
  const { facts, kill, event, invoked } = it;
  const name = parentOf(event);
  const parents = facts.sent.filter((each) => each.event.name === name).map((each) => each.event);
  if (event.data.accessKeyId !== undefined) {
    const isAsked = parents.some(({ data }) => data.accessKeyId === event.data.accessKeyId);
    if (!isAsked && !isApprovedCheck(it)) return 'a check without a leak';
    return objectionToLeak(it, event.data.accessKeyId);
  }
  const principal = event.data.principalName ?? '';
  if (kill.owner !== principal) return 'another principal';
  const before = facts.rows(name).filter(({ n }) => n < invoked.n);
  if (before.some((row) => checkedIn(row, principal) >= (event.data.generation ?? 0))) return 'checked before';
  if (isProtected(it, name) !== undefined) return 'protected principal';
  const late = parents.some(({ type }) => type === 'user.offboarded.v1');
  if (!late) return facts.fence(name)?.includes(kill.key) ? undefined : 'outside the fence of its parent';
  // A check knows the principal alone, and a reinstatement that is not settled yet may not have got so far.
  const objections = parents.map((parent) => isBack(it, { ...parent, data: { principalName: principal } }, name));
  return objections.includes(undefined) ? undefined : objections[0];
}
