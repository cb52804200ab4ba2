/** Bounds: principals per window, concurrent calls, time per invocation, and delays between attempts. */
import { createHash } from 'node:crypto';
import type { ApiRequest } from '../../../lib/coreweave/api.ts';
import { RECONCILE_SOURCE } from '../bodies.ts';
import type { DeliveredMessage, Invoked } from '../history.ts';
import { eventsOf, type Facts, type Violation } from './facts.ts';
import { causesOf } from './harm.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const limit = (detail: string): Violation => ({ promise: 'limit', detail });

/** No window has more members than its limit, and no principal is called that was admitted by none. */
export function overLimits(facts: Facts): readonly Violation[] {
  const { history } = facts;
  const windows = Map.groupBy(
    history.admitted.filter(({ free }) => free),
    ({ pk }) => pk,
  );
  const full = [...windows].filter(
    ([, admitted]) => new Set(admitted.map(({ member }) => member)).size > (admitted[0]?.limit ?? 0),
  );
  return [...full.map(([pk]) => limit(`${pk} is over its limit`)), ...notAdmitted(facts), ...tooManyAtOnce(facts)];
}

/** A principal without a listed key counts for its source alone; a listing is at most as old as its invocation. */
const LONGEST_LISTING_MS = 120_000;

const LIMITS = { checks: ['limits', 'reconciliation limit'] };

function notAdmitted(facts: Facts): readonly Violation[] {
  const { history } = facts;
  return history.calls.flatMap((call) => {
    if (call.request.call !== 'revoke-principal') return [];
    const name = call.request.principalName;
    const member = sha256(name).slice(0, 32);
    const isFree = causesOf(facts, call).some(({ view }) => {
      if (facts.approved(view.event, 'held-limit', call, LIMITS)) return true;
      const [claimed = ''] = view.event.split(' ');
      if (claimed === RECONCILE_SOURCE) return isIn(facts, 'window#reconcile#day#', { member, before: call.n });
      const source = sha256(claimed);
      const isCounted = call.kills.some(
        ({ key }) => (history.createdKeys.get(key)?.at ?? 0) < call.at - LONGEST_LISTING_MS,
      );
      return [source, ...(isCounted ? ['total'] : [])].every((scope) =>
        ['10m', 'day'].every((span) => isIn(facts, `window#${scope}#${span}#`, { member, before: call.n })),
      );
    });
    return isFree || causesOf(facts, call).length === 0 ? [] : [limit(`${name} was called without being admitted`)];
  });
}

const isIn = (
  { history }: Facts,
  window: string,
  { member, before }: { readonly member: string; readonly before: number },
): boolean =>
  history.admitted.some(
    ({ pk, member: admitted, free, n }) => free && n < before && admitted === member && pk.startsWith(window),
  );

/** Calls that one process had on their way at once. */
function tooManyAtOnce({ history }: Facts): readonly Violation[] {
  const running = new Map<string, number>();
  const turns = history.calls
    .flatMap(({ process, n, ended }) => [
      { process, n, by: 1 },
      ...(ended === undefined ? [] : [{ process, n: ended, by: -1 }]),
    ])
    .toSorted((a, b) => a.n - b.n);
  for (const { process, by } of turns) {
    const now = (running.get(process) ?? 0) + by;
    running.set(process, now);
    if (now > history.settings.apiConcurrency) return [limit(`${process} had ${now} calls at once`)];
  }
  return [];
}

/** The answer is out so long before Lambda's end. (lib/consume/batch.ts) */
const ANSWER_MS = 150;

export function overruns({ history }: Facts): readonly Violation[] {
  return history.invoked.flatMap(({ requestId, end, lambdaEnds }): readonly Violation[] => {
    if (end === undefined || end.how === 'died') return [];
    if (end.how === 'answered' && end.at <= lambdaEnds - ANSWER_MS) return [];
    return [{ promise: 'overrun', detail: `${requestId} ${end.how} ${lambdaEnds - end.at} ms before its end` }];
  });
}

const FAILED: ReadonlySet<string> = new Set([
  'throttled',
  'unavailable',
  'misdirected',
  'unauthenticated',
  'forbidden',
  'unknown',
]);
/** Half of the full wait is fixed. (DESIGN §5, backoff) */
const WAIT_S = { urgent: { base: 5, cap: 120 }, bulk: { base: 30, cap: 900 } } as const;

/** A message whose call has failed comes back no sooner than its backoff and the API's Retry-After say. */
export function tooSoon(facts: Facts): readonly Violation[] {
  const { history } = facts;
  const deliveries = Map.groupBy(
    history.invoked.flatMap((invoked) => invoked.messages.map((message) => ({ invoked, message }))),
    ({ message }) => message.messageId,
  );
  return [...deliveries.values()].flatMap((each) =>
    each.flatMap(({ invoked, message }, index): readonly Violation[] => {
      const next = each[index + 1];
      const isSound =
        invoked.end?.how === 'answered' && invoked.end.failed.includes(message.messageId) && !message.twice;
      if (next === undefined || !isSound || next.message.receiveCount !== message.receiveCount + 1) return [];
      const due = dueOf(facts, invoked, message);
      return next.invoked.at >= due
        ? []
        : [
            {
              promise: 'pace',
              detail:
                `${message.messageId} came back ${due - next.invoked.at} ms too soon, ` +
                `in ${next.invoked.requestId}`,
            },
          ];
    }),
  );
}

function dueOf({ history, callsOf }: Facts, invoked: Invoked, message: DeliveredMessage): number {
  const outcomes = history.audit.filter(
    ({ view, n }) =>
      view.requestId === invoked.requestId &&
      view.messageId === message.messageId &&
      view.phase === 'outcome' &&
      n < (invoked.end?.n ?? 0),
  );
  const last = outcomes.at(-1);
  // Of several events the one that is heard first may be one that was not begun.
  const isAlone = eventsOf(message).length === 1;
  if (last === undefined || !isAlone || outcomes.length > 1 || !FAILED.has(last.view.code)) return 0;
  const { base, cap } = WAIT_S[invoked.lane];
  const backoffS = Math.min(cap, base * 2 ** Math.min(message.receiveCount - 1, 30)) / 2;
  const call = callsOf(invoked.process).findLast(
    ({ n, request }) => n > invoked.n && n < last.n && isOf(request, last.view.target),
  );
  // Faults without a record are errors of another kind.
  // While the lane takes no visibility timeout, nothing can hold a message for longer than the queue's own.
  const isReturned = history.returned.some(
    ({ n, process, messageId }) =>
      n > invoked.n && n < (invoked.end?.n ?? 0) && process === invoked.process && messageId === message.messageId,
  );
  const isAsked =
    isReturned && !history.terms.resetsVisibility && last.acked !== undefined && last.view.code === 'throttled';
  // What the API asks for counts from its answer: a record that is slow to write must not make it longer. (RFC 9110
  // §10.2.3)
  const askedUntil = isAsked && call !== undefined ? call.at + (call.waitS ?? 0) * 1_000 : 0;
  return Math.max(last.at + backoffS * 1_000, askedUntil);
}

const isOf = (request: ApiRequest, target: string): boolean =>
  (request.call === 'revoke-key' && request.accessKeyId === target) ||
  (request.call === 'revoke-principal' && request.principalName === target);
