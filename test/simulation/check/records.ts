/** Intents precede effects, outcomes follow them, and nothing is acknowledged without an audit record. */
import type { Audited, DeliveredMessage, Invoked } from '../history.ts';
import { eventsOf, type Facts, type Violation } from './facts.ts';

/** Each revocation that was called has an intent of its own that was acknowledged before. */
export function unrecorded({ history }: Facts): readonly Violation[] {
  const open = new Map<string, number>();
  const count = (key: string, by: number): number => {
    const now = (open.get(key) ?? 0) + by;
    open.set(key, now);
    return now;
  };
  const intents = history.audit.flatMap(({ view, process, acked }) =>
    view.phase === 'intent' && !view.shared && acked !== undefined
      ? [{ n: acked, key: `${process} ${view.target}`, by: 1 }]
      : [],
  );
  const calls = history.calls.flatMap(({ request, process, n }) => {
    if (request.call === 'revoke-key') return [{ n, key: `${process} ${request.accessKeyId}`, by: -1 }];
    return request.call === 'revoke-principal' ? [{ n, key: `${process} ${request.principalName}`, by: -1 }] : [];
  });
  return [...intents, ...calls]
    .toSorted((a, b) => a.n - b.n)
    .filter(({ key, by }) => count(key, by) < 0)
    .map(({ key }): Violation => ({ promise: 'unrecorded', detail: `${key} was called without an intent before it` }));
}

/** An intent without an outcome tells of a process that ended, or of a log that failed, and of nothing else. */
export function openIntents({ history }: Facts): readonly Violation[] {
  const isExcused = ({ process, view }: Audited): boolean =>
    history.died.has(process) ||
    (history.end?.pending.get(process) ?? 0) > 0 ||
    history.audit.some((other) => other.view.requestId === view.requestId && other.acked === undefined) ||
    history.lostAudit.has(view.requestId);
  return history.audit
    .filter(({ view }) => view.phase === 'intent')
    .filter(({ view, n }) =>
      history.audit.every(
        (later) =>
          later.n < n ||
          later.view.phase !== 'outcome' ||
          later.view.requestId !== view.requestId ||
          later.view.event !== view.event ||
          later.view.target !== view.target,
      ),
    )
    .filter((entry) => !isExcused(entry))
    .map(({ view }): Violation => ({ promise: 'open-intent', detail: view.line }));
}

const GOOD: ReadonlySet<string> = new Set([
  'confirmed',
  'already-revoked',
  'accepted',
  'not-found',
  'no-keys',
  'duplicate',
  'would-revoke',
]);
/** Notes that end nothing. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['Owner Unknown', 'Schedule Replaced', 'Alert Closing']);
const isOnTheWay = ({ phase, activity }: Audited['view']): boolean => phase === 'note' && ON_THE_WAY.has(activity);

/**
 * What the function did not report as failed has, for each of its events, an acknowledged record that says why: of the
 * last delivery of the message to this process that did not leave the event out as done.
 */
export function unproven({ history }: Facts): readonly Violation[] {
  const lettered = new Set(history.deadLetters.map(({ messageId }) => messageId));
  const byProcess = Map.groupBy(history.audit, ({ process }) => process);
  return history.invoked.flatMap((invoked) => {
    if (invoked.end?.how !== 'answered') return [];
    const failed = new Set(invoked.end.failed);
    const records = (byProcess.get(invoked.process) ?? []).filter(({ acked }) => acked !== undefined);
    return invoked.messages
      .filter(({ messageId }) => !failed.has(messageId))
      .flatMap((message) => wanting(message, invoked, { records, lettered }))
      .map((detail): Violation => ({ promise: 'unproven', detail: `${invoked.requestId}: ${detail}` }));
  });
}

interface Proofs {
  readonly records: readonly Audited[];
  readonly lettered: ReadonlySet<string>;
}

function wanting(
  message: DeliveredMessage,
  { end, requestId }: Invoked,
  { records, lettered }: Proofs,
): readonly string[] {
  const { messageId } = message;
  const known = records.filter(({ view, acked }) => view.messageId === messageId && (acked ?? 0) < (end?.n ?? 0));
  const mine = known.filter(({ view }) => view.requestId === requestId);
  const events = eventsOf(message);
  const isLettered = lettered.has(messageId);
  if (events.length === 0) {
    const isNoted = mine.some(({ view }) => view.phase === 'dead-letter' || view.activity === 'Event Ignored');
    return isNoted && (isLettered || mine.some(({ view }) => view.phase === 'note'))
      ? []
      : [`${messageId} has no audit record of its dead letter`];
  }
  return events.flatMap(({ name }) => {
    const all = known.map(({ view }) => view).filter((view) => view.event === name && !isOnTheWay(view));
    const about = all.filter(({ requestId }) => requestId === all.at(-1)?.requestId);
    const isDead = about.some(({ phase }) => phase === 'hold' || phase === 'dead-letter');
    if (isDead) return isLettered ? [] : [`${name} has no dead letter`];
    const outcomes = Map.groupBy(
      about.filter(({ phase }) => phase === 'outcome'),
      ({ target }) => target,
    );
    const bad = [...outcomes.values()].map((each) => each.at(-1)?.code ?? '').filter((code) => !GOOD.has(code));
    const isNoted = about.some(({ phase }) => phase === 'note');
    // A follow-up check ends as one, whatever the keys said: another follows, or a dead letter.
    if (bad.length > 0 && !about.some(({ activity }) => activity === 'Follow-up Check'))
      return [`${name} ended as ${bad.join(', ')}`];
    return outcomes.size > 0 || isNoted ? [] : [`${name} has no record`];
  });
}
