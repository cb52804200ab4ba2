/** No sender acts as another, takes back what another said, or has protected keys called. */
import { eventsIn, type SeenEvent } from '../bodies.ts';
import type { Called, Lettered } from '../history.ts';
import { nameOf, PROTECTED_KEY, PROTECTED_WHO } from '../people.ts';
import { mayAct } from '../senders.ts';
import { eventsOf, type Facts, parentOf, principalsOf, type Violation } from './facts.ts';
import { causesOf, KEY_CHECKS, PRINCIPAL_CHECKS } from './harm.ts';

const isRevocation = ({ request }: Called): boolean =>
  request.call === 'revoke-key' || request.call === 'revoke-principal';

/** The events behind a revocation, by the intents of its invocation. */
const eventsBehind = (facts: Facts, call: Called): readonly SeenEvent[] =>
  causesOf(facts, call).flatMap(({ view }) => facts.eventOf(view) ?? []);

/** A revocation needs an event of a sender that may send it, or an approval of that event. */
export function forged(facts: Facts): readonly Violation[] {
  const isAllowed = (event: SeenEvent, call: Called): boolean =>
    facts.isAuthentic(event) ||
    [event.name, parentOf(event)].some((name) => facts.approved(name, 'held-unknown-sender', call));
  return facts.history.calls.filter(isRevocation).flatMap((call): readonly Violation[] => {
    const events = eventsBehind(facts, call);
    if (events.length === 0 || events.some((event) => isAllowed(event, call))) return [];
    return [
      { promise: 'forged', detail: `${targetOf(call)} was called for ${events.map(({ name }) => name).join(', ')}` },
    ];
  });
}

const targetOf = ({ request }: Called): string =>
  'accessKeyId' in request ? request.accessKeyId : 'principalName' in request ? request.principalName : '';

/** No call is about something protected, whether or not it has an effect, unless an operator has approved it. */
export function protectedCalls(facts: Facts): readonly Violation[] {
  const ownerOf = (target: string): string => facts.history.createdKeys.get(target)?.owner ?? target;
  const isProtected = (target: string): boolean =>
    target === PROTECTED_KEY || ownerOf(target) === nameOf(PROTECTED_WHO);
  return facts.history.calls.filter(isRevocation).flatMap((call): readonly Violation[] => {
    const events = eventsBehind(facts, call);
    const checks = targetOf(call) === PROTECTED_KEY ? KEY_CHECKS : PRINCIPAL_CHECKS;
    const isApproved = events.some((event) =>
      [event.name, parentOf(event)].some((name) => facts.approved(name, 'held-protected', call, { checks })),
    );
    // A key that is gone has no owner any more, and calling it once more is harmless.
    const isHarmless = call.request.call === 'revoke-key' && !call.isLive;
    if (!isProtected(targetOf(call)) || isApproved || isHarmless || events.length === 0) return [];
    return [{ promise: 'protected', detail: `${targetOf(call)} was called at ${call.at}` }];
  });
}

/** Only its own authority or an approval cancels an offboarding. */
export function overruled(facts: Facts): readonly Violation[] {
  const { history } = facts;
  const held = history.deadLetters.flatMap((deadLetter) => {
    const { reason, sender = '' }: { reason?: string; sender?: string } = JSON.parse(deadLetter.body);
    const events = eventsIn(deadLetter.body).filter(
      (event) => facts.isAuthentic(event) && isFromSender(facts, sender, event),
    );
    return events.flatMap((event) =>
      isExcused(facts, { event, deadLetter, reason }) ? [] : [`${event.name} ${reason}`],
    );
  });
  const replaced = history.audit
    .filter(({ view }) => view.activity === 'Schedule Replaced')
    .filter(({ view, n }) => {
      const scheduled = scheduledAs(facts, view.event);
      return scheduled.length > 0 && !scheduled.some((event) => hasOwnSuccessor(facts, event, n));
    })
    .map(({ view }) => `${view.event} replaced`);
  return [...new Set([...held, ...replaced])].map(
    (detail): Violation => ({ promise: 'overruled', detail: `${detail} by another's word` }),
  );
}

/** A copy that another sender sent, which may be held, is not the true one. */
export const isFromSender = ({ history }: Facts, sender: string, event: SeenEvent): boolean =>
  sender === '' || sender.startsWith('own:') || mayAct(sender, event, history.terms.trust);

/** Offboardings of this name: the true sender's, as far as there are any. */
function scheduledAs(facts: Facts, name: string): readonly SeenEvent[] {
  const all = facts.sent.filter(({ event }) => event.name === name && event.type === 'user.offboarded.v1');
  const genuine = all.filter(({ isAuthentic }) => isAuthentic);
  return (genuine.length > 0 ? genuine : all).map(({ event }) => event);
}

interface HeldEvent {
  readonly event: SeenEvent;
  readonly deadLetter: Lettered;
  readonly reason: string | undefined;
}

function isExcused(facts: Facts, { event, deadLetter, reason }: HeldEvent): boolean {
  if (reason === 'held-superseded') {
    // A follow-up check is superseded with its parent.
    const parent = parentOf(event);
    const words =
      parent === '' ? [event] : facts.sent.flatMap((each) => (each.event.name === parent ? [each.event] : []));
    return words.some((word) => hasOwnSuccessor(facts, word, deadLetter.n)) || isTakenBack(facts, deadLetter.n);
  }
  // A twin that never came as an event of its own was approved in its dead letter.
  const isTwinApproved = facts.approved(event.name, 'held-unknown-sender', { n: deadLetter.n, at: 0 });
  return reason !== 'held-conflict' || isTwinApproved || hasTwin(facts, event, deadLetter.n);
}

/** A newer event of the same authority about one of its principals. */
function hasOwnSuccessor(facts: Facts, event: SeenEvent, before: number): boolean {
  const authority = facts.authorityOf(event);
  return facts.sent.some(
    (each) =>
      each.n < before &&
      each.event.what !== event.what &&
      each.event.time >= event.time &&
      facts.authorityOf(each.event) === authority &&
      (each.event.type === 'user.reinstated.v1' || each.event.type === 'user.offboarded.v1') &&
      sharesPrincipal(each.event, event),
  );
}

const sharesPrincipal = (one: SeenEvent, other: SeenEvent): boolean =>
  principalsOf(one).some((name) => principalsOf(other).includes(name));

/** An operator has approved that a reinstatement takes back what others said. */
const isTakenBack = (facts: Facts, before: number): boolean =>
  facts.sent.some(({ event }) => facts.approved(event.name, 'held-authority', { n: before, at: 0 }));

/** Another body under the same name, from a sender that may use it or approved by an operator. */
const hasTwin = (facts: Facts, { name, what }: SeenEvent, before: number): boolean =>
  facts.sent.some(
    ({ event, n, isAuthentic }) =>
      n < before &&
      event.name === name &&
      event.what !== what &&
      (isAuthentic || facts.approved(name, 'held-unknown-sender', { n: before, at: 0 })),
  );

/** What is nothing but forged costs no call. */
export function calledForForged(facts: Facts): readonly Violation[] {
  const { history } = facts;
  return history.invoked.flatMap(({ requestId, process, messages, n, end }): readonly Violation[] => {
    const events = messages.flatMap(eventsOf);
    const isAnybodys = events.some(
      (event) =>
        facts.isAuthentic(event) ||
        [event.name, parentOf(event)].some((name) => facts.approved(name, 'held-unknown-sender', end ?? { n, at: 0 })),
    );
    const calls = facts.callsOf(process).filter((call) => call.n > n && call.n < (end?.n ?? n));
    if (isAnybodys || calls.length === 0) return [];
    return [{ promise: 'forged', detail: `${requestId} made ${calls.length} calls without an authorized sender` }];
  });
}
