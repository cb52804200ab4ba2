/** A history made ready for questions: events by name, the rows that speak of them, invocations by id. */
import { eventName, eventsIn, type SeenEvent } from '../bodies.ts';
import type { Called, DeliveredMessage, History, Invoked, Moment, Wrote } from '../history.ts';
import { identityOf, nameOf, PRINCIPALS } from '../people.ts';
import { authorityOf, claimedSender, isOurs, mayAct } from '../senders.ts';
import type { View } from '../views.ts';

export interface Violation {
  readonly promise: Promised;
  readonly detail: string;
}

export const PROMISES = {
  lost: 'nothing is lost',
  harm: 'nothing is doubly harmful',
  unrecorded: 'no effect without a record',
  'open-intent': 'no intent stays open unless its process died or its log failed',
  unproven: 'nothing is acknowledged without proof',
  untrue: 'the audit says only what is so',
  secret: 'no secret gets out',
  limit: 'limits hold',
  forged: 'no sender acts as another',
  overruled: 'no sender takes back what another said',
  protected: 'nothing protected is called',
  work: 'the work of one message is bounded',
  overrun: 'nothing runs into its deadline',
  pace: 'what failed is not tried again too soon',
  standing: 'no offboarded user has a live key after a reconciliation',
  endless: 'everything comes to an end',
} as const;
export type Promised = keyof typeof PROMISES;

export interface Facts {
  readonly history: History;
  /** Events from senders, each body once, with the first time that an authorized sender sent it. */
  readonly sent: readonly SentEvent[];
  /** Whether a sender that may send the event has ever sent it, or our own function has. */
  isAuthentic(event: SeenEvent): boolean;
  /** In whose name it speaks. */
  authorityOf(event: SeenEvent): string;
  /** Rows written for an event, in order. */
  rows(name: string): readonly Wrote[];
  invocation(requestId: string): Invoked | undefined;
  /** The event that a record is about, as the message had it. */
  eventOf(view: View): SeenEvent | undefined;
  /** Whether an operator has approved this hold of an event before that moment. */
  approved(name: string, code: string, before: Moment, hold?: SeenHold): boolean;
  /** The key snapshot of an event, as first written. */
  fence(name: string): readonly string[] | undefined;
  /** The latest stored reinstatement of the event's authority before that moment. */
  reinstatedAt(event: SeenEvent, before: Moment): number | undefined;
  callsOf(process: string): readonly Called[];
}

/** What an operator must have seen: the hold of one of these checks, and a word as late as `asOf` (epoch ms). */
export interface SeenHold {
  readonly checks: readonly string[];
  readonly asOf?: number;
}

export interface SentEvent extends Moment {
  readonly event: SeenEvent;
  readonly isAuthentic: boolean;
}

/** The events of a message as the function may see them: a stranger's dead letter is not opened. */
export const eventsOf = ({ body, senderId }: Pick<DeliveredMessage, 'body' | 'senderId'>): readonly SeenEvent[] =>
  eventsIn(body, isOurs(senderId));

/** Whom an event is about: as it names them, or as the directory does. */
export function principalsOf({ data }: SeenEvent): readonly string[] {
  if (data.principalName !== undefined) return [data.principalName];
  if (data.principals !== undefined) return data.principals.map(({ principalName }) => principalName);
  const identity = JSON.stringify(data.identity);
  return PRINCIPALS.flatMap((_, who) => (JSON.stringify(identityOf(who)) === identity ? [nameOf(who)] : []));
}

/** The names under which the ledger keeps reinstatements. */
function reinstatementKeys(event: SeenEvent): readonly string[] {
  const identity = Object.entries(event.data.identity ?? {}).map(([kind, value]) => `reinstated#${kind}:${value}`);
  return [...identity, ...principalsOf(event).map((name) => `reinstated#${name}`)];
}

export const parentOf = ({ data }: SeenEvent): string => (data.parent === undefined ? '' : eventName(data.parent));

/** What senders have sent, and what our own function has asked for. */
function eventsSent({ put, terms }: History): {
  readonly sent: readonly SentEvent[];
  readonly ours: ReadonlySet<string>;
} {
  const [sent, ours] = [new Map<string, SentEvent>(), new Set<string>()];
  for (const message of put) {
    const { by, n, at } = message;
    if (by === 'function' || by === 'reconciler') for (const { what } of eventsOf(message)) ours.add(what);
    if (by !== 'sender') continue;
    for (const event of eventsOf(message)) {
      const isAuthentic = mayAct(claimedSender(message), event, terms.trust);
      const before = sent.get(event.what);
      if (before === undefined || (isAuthentic && !before.isAuthentic))
        sent.set(event.what, { event, n, at, isAuthentic });
    }
  }
  return { sent: [...sent.values()], ours };
}

export function factsOf(history: History): Facts {
  const names = new Map<string, string>();
  /** Of an event and its follow-up checks. */
  const keys = new Map<string, readonly string[]>();
  for (const { body } of history.put) {
    for (const event of eventsIn(body)) {
      names.set(event.pk, event.name);
      for (const name of [event.name, parentOf(event)]) keys.set(name, [...(keys.get(name) ?? []), event.pk]);
    }
  }
  const { sent, ours } = eventsSent(history);
  const genuine = new Set(sent.flatMap(({ event, isAuthentic }) => (isAuthentic ? [event.what] : [])));
  const isAuthentic = ({ what }: SeenEvent): boolean => genuine.has(what) || ours.has(what);
  const authority = (event: SeenEvent): string => authorityOf(event.source, history.terms.trust, isAuthentic(event));
  const invocations = new Map(history.invoked.map((invoked) => [invoked.requestId, invoked]));
  for (const { messages } of history.invoked) {
    for (const { body } of messages) for (const { pk, name } of eventsIn(body)) names.set(pk, name);
  }
  const rows = Map.groupBy(history.wrote, ({ pk }) => names.get(pk) ?? pk);
  const calls = Map.groupBy(history.calls, ({ process }) => process);
  const rowsOf = (name: string) => rows.get(name) ?? [];
  // By event and reason, without the operator.
  const approvals = Map.groupBy(
    history.wrote.filter(({ pk }) => pk.startsWith('approval#')),
    ({ pk }) => pk.slice(0, pk.lastIndexOf('#')),
  );

  return {
    history,
    sent,
    isAuthentic,
    authorityOf: authority,
    rows: rowsOf,
    invocation: (requestId) => invocations.get(requestId),
    eventOf: ({ requestId, messageId, event }) =>
      (invocations.get(requestId)?.messages ?? [])
        .filter((message) => message.messageId === messageId)
        .flatMap(eventsOf)
        .find(({ name }) => name === event),
    approved: (name, code, before, hold) =>
      approvals.size > 0 &&
      (keys.get(name) ?? []).some((pk) =>
        approvals
          .get(`${pk.replace(/^event#/, 'approval#')}#${code}`)
          ?.some(({ n, data }) => n < before.n && (hold === undefined || covers(data.holds, hold))),
      ),
    fence: (name) => listIn(rowsOf(name).find(({ data }) => data.fence !== undefined)?.data.fence),
    reinstatedAt: (event, before) => {
      const times = reinstatementKeys(event).flatMap((pk) =>
        rowsOf(pk).flatMap(({ n, data }) => (n < before.n ? timesFor(data.by, authority(event)) : [])),
      );
      return times.length === 0 ? undefined : Math.max(...times);
    },
    callsOf: (process) => calls.get(process) ?? [],
  };
}

/** Whether an item approves such a hold. */
function covers(holds: unknown, { checks, asOf }: SeenHold): boolean {
  const seen: readonly { check?: string; asOf?: string }[] = Array.isArray(holds) ? holds : [];
  return seen.some(
    (each) => checks.includes(each.check ?? '') && (asOf === undefined || asOf <= Date.parse(each.asOf ?? '')),
  );
}

/** The times at which an authority has reinstated, of a row of reinstatements. */
function timesFor(by: unknown, authority: string): readonly number[] {
  const entries: readonly { authority?: string; time?: string }[] = Array.isArray(by) ? by : [];
  return entries.flatMap((each) => (each.authority === authority ? [Date.parse(each.time ?? '')] : []));
}

const listIn = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.map(String) : undefined;

/** The last follow-up check of a principal in the row of an event. */
export const checkedIn = ({ data }: Wrote, principal: string): number => {
  const checked = data.checked;
  return typeof checked === 'object' && checked !== null
    ? Number(new Map(Object.entries(checked)).get(principal) ?? 0)
    : 0;
};
