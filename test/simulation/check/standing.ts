/** After a reconciliation no offboarded user has a key that was live then, unless an operator decides about it. */
import type { SeenEvent } from '../bodies.ts';
import { eventsIn, RECONCILE_SOURCE } from '../bodies.ts';
import type { Called, Invoked, Reconciled } from '../history.ts';
import { isShared, PRINCIPALS, PROTECTED_WHO } from '../people.ts';
import { type Facts, principalsOf, type Violation } from './facts.ts';

/** Keys that the last run should have revoked. */
export function standing(facts: Facts): readonly Violation[] {
  const { history } = facts;
  const last = history.reconciled.findLast(({ isDone }) => isDone);
  const end = history.looks.at(-1);
  if (last === undefined || end === undefined || history.terms.dryRun) return [];
  const parked = new Set(
    end.parked.flatMap(({ body }) => eventsIn(body).filter(isReconciliation).flatMap(principalsOf)),
  );
  return PRINCIPALS.filter((name, who) => who !== PROTECTED_WHO && !isShared(name) && !parked.has(name))
    .filter((name) => facts.sent.some(({ event }) => isOffboardedBy(facts, event, { name, last })))
    .flatMap((name) =>
      [...history.createdKeys]
        .filter(([key, { owner, n }]) => owner === name && n < last.n && end.live.has(key))
        .map(([key]): Violation => ({ promise: 'standing', detail: `${key} of ${name} lives after ${last.at}` })),
    );
}

export const isReconciliation = ({ source }: Pick<SeenEvent, 'source'>): boolean => source === RECONCILE_SOURCE;

interface About {
  readonly name: string;
  readonly last: Reconciled;
}

/** It was carried out before the run, and its own authority has said nothing newer. */
function isOffboardedBy(facts: Facts, event: SeenEvent, about: About): boolean {
  const { name, last } = about;
  if (event.type !== 'user.offboarded.v1' || !principalsOf(event).includes(name)) return false;
  const isDone = facts.rows(event.name).some(({ n, data }) => n < last.n && data.state === 'done');
  // A row is done, too, if a newer event has replaced its own.
  const isCarriedOut = facts.history.audit.some(
    ({ n, view }) => n < last.n && view.event === event.name && view.phase === 'outcome' && view.target === name,
  );
  return isDone && isCarriedOut && !facts.sent.some(({ event: other }) => isContested(facts, { event, other }, about));
}

interface Pair {
  readonly event: SeenEvent;
  readonly other: SeenEvent;
}

/** Another body under its name, a newer offboarding, or a reinstatement that may take it back. */
function isContested(facts: Facts, { event, other }: Pair, { name, last }: About): boolean {
  if (other.name === event.name) return other.what !== event.what;
  if (!principalsOf(other).includes(name) || other.time < event.time) return false;
  const isOwn = other.source === event.source || facts.authorityOf(other) === facts.authorityOf(event);
  if (other.type === 'user.offboarded.v1') return isOwn;
  return other.type === 'user.reinstated.v1' && (isOwn || facts.approved(other.name, 'held-authority', last));
}

/** What operators have sent again: also what came to the dead-letter queue alone, and was approved there. */
const replayed = ({ history }: Facts): readonly SeenEvent[] =>
  history.put.flatMap(({ by, body }) => (by === 'operator' ? eventsIn(body) : []));

/** Why the reconciliation may not end a key of `owner`: undefined if it may. */
export function objectionToReconciled(
  facts: Facts,
  { owner, event, invoked }: { readonly owner: string; readonly event: SeenEvent; readonly invoked: Invoked | Called },
): string | undefined {
  if (!principalsOf(event).includes(owner)) return 'another principal';
  if (isShared(owner)) return 'a shared principal';
  const offboardings = [...facts.sent.map(({ event: each }) => each), ...replayed(facts)].filter(
    (each) =>
      each.type === 'user.offboarded.v1' &&
      principalsOf(each).includes(owner) &&
      facts.rows(each.name).some(({ n }) => n < invoked.n),
  );
  if (offboardings.length === 0) return 'never offboarded';
  const isBack = offboardings.every((each) => (facts.reinstatedAt(each, invoked) ?? 0) >= each.time);
  return isBack ? 'reinstated before' : undefined;
}
