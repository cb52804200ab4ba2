/** A history made ready for questions: events by name, the rows that speak of them, invocations by id. */
import { eventName, eventsIn, type SeenEvent } from '../bodies.ts';
import type { Called, History, Invoked, Moment, Wrote } from '../history.ts';
import { identityOf, nameOf, PRINCIPALS } from '../people.ts';
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
  overrun: 'nothing runs into its deadline',
  pace: 'what failed is not tried again too soon',
  endless: 'everything comes to an end',
} as const;
export type Promised = keyof typeof PROMISES;

export interface Facts {
  readonly history: History;
  /** Events that senders have sent, each body once, with the first time it was sent. */
  readonly sent: readonly (Moment & { readonly event: SeenEvent })[];
  /** Rows written for an event, in order. */
  rows(name: string): readonly Wrote[];
  invocation(requestId: string): Invoked | undefined;
  /** The event that a record is about, as the message had it. */
  eventOf(view: View): SeenEvent | undefined;
  /** Whether a person has released this hold of an event before that moment. */
  approved(name: string, code: string, before: Moment): boolean;
  /** The fence of an event, as it was first written. */
  fence(name: string): readonly string[] | undefined;
  /** The latest reinstatement on record before that moment that counts for an event of that kind. */
  reinstatedAt(event: SeenEvent, before: Moment): number | undefined;
  callsOf(process: string): readonly Called[];
}

/** Whom an event is about: as it names them, or as the directory does. */
export function principalsOf({ data }: SeenEvent): readonly string[] {
  if (data.principalName !== undefined) return [data.principalName];
  const identity = JSON.stringify(data.identity);
  return PRINCIPALS.flatMap((_, who) => (JSON.stringify(identityOf(who)) === identity ? [nameOf(who)] : []));
}

/** The names under which the ledger keeps reinstatements. */
function reinstatementKeys(event: SeenEvent): readonly string[] {
  const identity = Object.entries(event.data.identity ?? {}).map(([kind, value]) => `reinstated#${kind}:${value}`);
  return [...identity, ...principalsOf(event).map((name) => `reinstated#${name}`)];
}

export const parentOf = ({ data }: SeenEvent): string => (data.parent === undefined ? '' : eventName(data.parent));

/** Takes a history; returns its facts. */
export function factsOf(history: History): Facts {
  const names = new Map<string, string>();
  /** Of an event and its follow-up checks. */
  const keys = new Map<string, readonly string[]>();
  const versions = new Map<string, Moment & { event: SeenEvent }>();
  for (const { body, by, n, at } of history.put) {
    for (const event of eventsIn(body)) {
      names.set(event.pk, event.name);
      for (const name of [event.name, parentOf(event)]) keys.set(name, [...(keys.get(name) ?? []), event.pk]);
      if (by === 'sender' && !versions.has(event.what)) versions.set(event.what, { event, n, at });
    }
  }
  const invocations = new Map(history.invoked.map((invoked) => [invoked.requestId, invoked]));
  for (const { messages } of history.invoked) {
    for (const { body } of messages) for (const { pk, name } of eventsIn(body)) names.set(pk, name);
  }
  const rows = Map.groupBy(history.wrote, ({ pk }) => names.get(pk) ?? pk);
  const calls = Map.groupBy(history.calls, ({ process }) => process);
  const rowsOf = (name: string) => rows.get(name) ?? [];

  return {
    history,
    sent: [...versions.values()],
    rows: rowsOf,
    invocation: (requestId) => invocations.get(requestId),
    eventOf: ({ requestId, messageId, event }) =>
      eventsIn(
        invocations.get(requestId)?.messages.find((message) => message.messageId === messageId)?.body ?? '',
      ).find(({ name }) => name === event),
    approved: (name, code, before) => {
      const prefixes = (keys.get(name) ?? []).map((pk) => `${pk.replace(/^event#/, 'approval#')}#${code}#`);
      return history.wrote.some(({ n, pk }) => n < before.n && prefixes.some((prefix) => pk.startsWith(prefix)));
    },
    fence: (name) => listIn(rowsOf(name).find(({ data }) => data.fence !== undefined)?.data.fence),
    reinstatedAt: (event, before) => {
      const times = reinstatementKeys(event).flatMap((pk) =>
        rowsOf(pk).flatMap(({ n, data }) => (n < before.n ? [Date.parse(String(data.time))] : [])),
      );
      return times.length === 0 ? undefined : Math.max(...times);
    },
    callsOf: (process) => calls.get(process) ?? [],
  };
}

const listIn = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.map(String) : undefined;

/** Takes an event's row; returns the last check of a principal that it has marked. */
export const checkedIn = ({ data }: Wrote, principal: string): number => {
  const checked = data.checked;
  return typeof checked === 'object' && checked !== null
    ? Number(new Map(Object.entries(checked)).get(principal) ?? 0)
    : 0;
};
