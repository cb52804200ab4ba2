/** At the end each sent event has taken effect, or needs the action of an operator. */
import { eventsIn, type SeenEvent } from '../bodies.ts';
import type { Look, Parked } from '../history.ts';
import { eventsOf, type Facts, parentOf, principalsOf, type SentEvent, type Violation } from './facts.ts';
import { isFromSender } from './trust.ts';

const END = { n: Number.POSITIVE_INFINITY, at: Number.POSITIVE_INFINITY };

/** Events that were lost at the end, or at an idle moment before. */
export function losses(facts: Facts): readonly Violation[] {
  const { history } = facts;
  const left = (history.end?.left ?? []).map(
    (id): Violation => ({ promise: 'endless', detail: `${id} is still on its lane` }),
  );
  if (history.terms.dryRun) return left;
  const lost = [...history.looks.flatMap((look) => missingAt(facts, look)), ...poisonLost(facts)];
  return [...[...new Set(lost)].map((detail): Violation => ({ promise: 'lost', detail })), ...left];
}

interface ParkedEvent {
  readonly event: SeenEvent;
  readonly sender: string;
}

const parkedEvents = (parked: readonly Parked[]): readonly ParkedEvent[] =>
  parked.flatMap(({ body, sender }) => eventsIn(body).map((event) => ({ event, sender })));

function missingAt(facts: Facts, { parked, live, n, at }: Look): readonly string[] {
  const waiting = parkedEvents(parked);
  return facts.sent
    .filter((sent) => sent.n < n && !isParked(facts, sent.event, waiting))
    .flatMap(({ event, ...sent }) => {
      const missing = missingOf(facts, event, { sentBy: sent.n, parked: waiting, live, at });
      return missing === undefined ? [] : [`${event.name} (${event.type}): ${missing}`];
    });
}

/** The event or a follow-up check of it is held or dead-lettered. Messages of strangers do not count. */
const isParked = (facts: Facts, event: SeenEvent, parked: readonly ParkedEvent[]): boolean =>
  parked.some(
    (each) => (each.event.what === event.what || parentOf(each.event) === event.name) && counts(facts, event, each),
  );

function counts(facts: Facts, event: SeenEvent, { event: parked, sender }: ParkedEvent): boolean {
  if (!facts.isAuthentic(event)) return true;
  if (parked.what !== event.what) return facts.isAuthentic(parked);
  return isFromSender(facts, sender, event);
}

interface Rest {
  /** When it was sent, as events are counted. */
  readonly sentBy: number;
  readonly parked: readonly ParkedEvent[];
  readonly live: ReadonlySet<string>;
  /** Epoch ms of the check. */
  readonly at: number;
}

const dueOf = ({ data }: SeenEvent): number => (data.effectiveAt === undefined ? 0 : Date.parse(data.effectiveAt));

function missingOf(facts: Facts, event: SeenEvent, rest: Rest): string | undefined {
  const { sentBy, parked, live, at } = rest;
  const { accessKeyId } = event.data;
  if (event.type === 'revocation.check.v1') return isKnown(facts, event) ? undefined : 'no dead letter';
  if (event.type === 'user.reinstated.v1') {
    const isKept = (facts.reinstatedAt(event, END) ?? 0) >= event.time || isIgnored(facts, event);
    return isKept ? undefined : 'nothing says that they stay';
  }
  if (accessKeyId !== undefined) {
    // One that did not exist yet was rightly not found.
    const isOld = (facts.history.createdKeys.get(accessKeyId)?.n ?? END.n) < sentBy;
    return isOld && live.has(accessKeyId) ? `${accessKeyId} lives` : undefined;
  }
  if (event.type === 'user.offboarded.v1') {
    if ((facts.reinstatedAt(event, END) ?? 0) >= event.time)
      return isKnown(facts, event) ? undefined : 'no row, no dead letter';
    if (dueOf(event) > at) return isKnown(facts, event) ? undefined : 'no row, no dead letter';
    // What a newer one of the same authority has replaced waits with it.
    if (newerOf(facts, event).some((each) => dueOf(each.event) > at || isParked(facts, each.event, parked)))
      return undefined;
  }
  const mine = [...facts.history.createdKeys].filter(([, key]) => principalsOf(event).includes(key.owner));
  const old = mine.filter(([key, createdKeys]) => createdKeys.n < sentBy && live.has(key)).map(([key]) => key);
  return old.length === 0 ? undefined : `${old.join(' ')} live`;
}

/** Newer offboardings of one of its principals, by the same authority. */
function newerOf(facts: Facts, event: SeenEvent): readonly SentEvent[] {
  const authority = facts.authorityOf(event);
  return facts.sent.filter(
    (each) =>
      each.event.type === event.type &&
      each.event.time > event.time &&
      facts.authorityOf(each.event) === authority &&
      principalsOf(each.event).some((name) => principalsOf(event).includes(name)),
  );
}

/** Directories repeat that users are active: without an earlier offboarding of theirs this has no effect. */
const isIgnored = ({ history }: Facts, { name, source }: SeenEvent): boolean =>
  source.startsWith('scim://') &&
  history.audit.some(({ view }) => view.event === name && view.activity === 'Reinstatement Ignored');

/** The ledger has closed it, or a dead letter was written about it. */
const isKnown = ({ rows, history }: Facts, { name, what }: SeenEvent): boolean =>
  rows(name).some(({ data }) => data.state !== 'open') ||
  history.deadLetters.some(({ body }) => eventsIn(body).some((each) => each.what === what));

/** What holds no event has its dead letter, or was moved as it is. */
function poisonLost({ history }: Facts): readonly string[] {
  const lettered = new Set(history.deadLetters.map(({ messageId }) => messageId));
  const moved = new Set(history.moved.map(({ messageId }) => messageId));
  return history.put
    .filter((put) => put.by === 'sender' && eventsOf(put).length === 0 && !moved.has(put.messageId))
    .filter(({ messageId }) => !lettered.has(messageId))
    .map(({ messageId }) => `${messageId}, which holds no event, has no dead letter`);
}
