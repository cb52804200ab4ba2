/**
 * Messages as senders write them, and the reading of any message's events that the checks go by: no code of the
 * product.
 */
import { hash as digest } from 'node:crypto';
import { POISON, SECRET } from '../support/poison.ts';
import { alertRef, identityOf, keyId, keyOfAlert, nameOf } from './people.ts';
import { BEGINS, type EventSpec, type MessageSpec } from './plan.ts';
import { SOURCES } from './senders.ts';

export const RECONCILE_SOURCE = '//revocation-handler/reconcile';

/** What must show nowhere but in what senders have sent. */
export const CANARY = SECRET;

/** Bodies without an event, on any day, and small enough to be sent often. One holds the canary. */
const POISON_BODIES: readonly string[] = POISON.filter(([name]) => name !== 'tomorrow')
  .map(([, body]) => body)
  .filter((body) => body.length < 4_000);

const rfc3339 = (ms: number): string => new Date(BEGINS + ms).toISOString();

function dataOf({ kind, who, nth = 0, byIdentity, due, unsure }: EventSpec): object {
  if (kind === 'leak') return { accessKeyId: keyId(who, nth), ...(unsure ? { confidence: 'key-id-only' } : {}) };
  if (kind === 'alert') return { reference: { provider: 'github', ref: alertRef(who, nth) } };
  if (kind === 'principal-leak') return { principalName: nameOf(who), scope: 'principal' };
  const subject = byIdentity ? { identity: identityOf(who) } : { principalName: nameOf(who) };
  return { ...subject, ...(due === undefined ? {} : { effectiveAt: rfc3339(due) }) };
}

const TYPES = {
  leak: 'credential.compromised.v1',
  alert: 'credential.compromised.v1',
  'principal-leak': 'credential.compromised.v1',
  offboarding: 'user.offboarded.v1',
  rehire: 'user.reinstated.v1',
} as const;

export const eventOf = (spec: EventSpec): object => ({
  specversion: '1.0',
  type: TYPES[spec.kind],
  id: spec.id,
  source: SOURCES[spec.source] ?? SOURCES[0],
  time: rfc3339(spec.time),
  // A sender that does not hold back what it saw.
  data: { ...dataOf(spec), evidence: { detector: 'simulator', url: `https://example.com/?leaked=${CANARY}` } },
});

export function bodyOf({ wrap, events, poison }: MessageSpec): string {
  if (poison !== undefined) return POISON_BODIES[poison % POISON_BODIES.length] ?? '';
  const [first, ...others] = events.map(eventOf);
  if (others.length > 0 || wrap === 'batch') return JSON.stringify([first, ...others]);
  if (wrap === 'sns') return JSON.stringify({ Type: 'Notification', Message: JSON.stringify(first) });
  if (wrap === 'eventbridge') return JSON.stringify({ 'detail-type': 'x', detail: first });
  return JSON.stringify(first);
}

/** An event as the checks see it. */
export interface SeenEvent {
  /** Source and id, without what a control has put behind the id. */
  readonly name: string;
  /** Its row in the ledger. */
  readonly pk: string;
  /** All that tells it from others: two bodies under one name differ in it. */
  readonly what: string;
  readonly type: string;
  readonly source: string;
  readonly time: number;
  readonly data: {
    readonly accessKeyId?: string;
    readonly principalName?: string;
    readonly identity?: object;
    readonly scope?: string;
    readonly confidence?: string;
    readonly effectiveAt?: string;
    readonly parent?: { readonly source: string; readonly id: string };
    readonly generation?: number;
    readonly reference?: { readonly ref: string };
    readonly principals?: readonly { readonly principalName: string }[];
  };
}

interface Loose extends Omit<SeenEvent, 'time' | 'name' | 'pk' | 'what' | 'source'> {
  readonly [field: string]: unknown;
  readonly source?: string;
  readonly id?: string;
  readonly time?: string;
}

const hash = (text: string): string => digest('sha256', text);

export const eventName = ({ source, id }: { readonly source: string; readonly id: string }): string =>
  `${source} ${id.split('~')[0]}`;
export const rowOf = ({ source, id }: { readonly source: string; readonly id: string }): string =>
  `event#${hash(JSON.stringify([source, id]))}`;

/** Ids that the simulator gives, those of follow-up checks, and those of the reconciliation. */
const OURS = /^(?:[ex]\d+|[0-9a-f]{64}|[\d.:TZ-]{24}\/[0-9a-f]{32})(?:~\d+)?$/;

const known = { opened: new Map<string, readonly SeenEvent[]>(), closed: new Map<string, readonly SeenEvent[]>() };

/**
 * The simulator's events in a message body, in any envelope. `opens`: dead letters are opened, as those of our own
 * functions are.
 */
export function eventsIn(body: string, opens = true): readonly SeenEvent[] {
  const cache = opens ? known.opened : known.closed;
  const before = cache.get(body);
  if (before !== undefined) return before;
  if (cache.size > 5_000) cache.clear();
  const found = read(body, opens);
  cache.set(body, found);
  return found;
}

function read(text: string, opens: boolean): readonly SeenEvent[] {
  try {
    return seen(JSON.parse(text), opens);
  } catch {
    return [];
  }
}

function seen(value: Loose | readonly Loose[] | null, opens: boolean): readonly SeenEvent[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isList(value)) return value.flatMap((each) => seen(each, opens));
  const { detail, event, raw, Message } = value as {
    detail?: Loose;
    event?: Loose;
    raw?: { text?: string };
    Message?: string;
  };
  if (typeof Message === 'string') return read(Message, opens);
  if (value.v === 1) {
    if (!opens) return [];
    // It is opened once.
    return event ? seen(event, false) : read(raw?.text ?? '', false);
  }
  if (typeof detail === 'object') return seen(detail, opens);
  const { source, id, type, time, data } = value;
  if (typeof source !== 'string' || typeof id !== 'string' || !OURS.test(id)) return [];
  const { evidence: _, ...asked } = { evidence: undefined, ...data, ...keyOf(data) };
  const name = eventName({ source, id });
  const at = Date.parse(time ?? '');
  // Our own functions write fields in another order than senders.
  const what = JSON.stringify([name, type, at, Object.entries(asked).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
  return [{ name, pk: rowOf({ source, id }), what, type, source, time: at, data: asked }];
}

/** For an alert: the key that it is about. */
const keyOf = ({ reference }: Loose['data']): { accessKeyId?: string } =>
  reference === undefined ? {} : { accessKeyId: keyOfAlert(reference.ref) };

const isList = (value: Loose | readonly Loose[]): value is readonly Loose[] => Array.isArray(value);
