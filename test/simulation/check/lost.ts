/** At the end each event that was sent has had its effect, or waits where a person looks. */
import { eventsIn, type SeenEvent } from '../bodies.ts';
import type { Look } from '../history.ts';
import { type Facts, parentOf, principalsOf, type Violation } from './facts.ts';

const END = { n: Number.POSITIVE_INFINITY, at: Number.POSITIVE_INFINITY };

/** Takes the facts of a history that has ended; returns what was lost, by the end or at a quiet moment before. */
export function losses(facts: Facts): readonly Violation[] {
  const { history } = facts;
  const left = (history.end?.left ?? []).map(
    (id): Violation => ({ promise: 'endless', detail: `${id} is still on its lane` }),
  );
  if (history.terms.dryRun) return left;
  const lost = [...history.looks.flatMap((look) => missingAt(facts, look)), ...poisonLost(facts)];
  return [...[...new Set(lost)].map((detail): Violation => ({ promise: 'lost', detail })), ...left];
}

function missingAt(facts: Facts, { parked, live, n }: Look): readonly string[] {
  const waiting = parked.flatMap(eventsIn);
  return facts.sent
    .filter(({ event, ...sent }) => sent.n < n && !isParked(event, waiting))
    .flatMap(({ event, ...sent }) => {
      const missing = missingOf(facts, event, { sentBy: sent.n, parked: waiting, live });
      return missing === undefined ? [] : [`${event.name} (${event.type}): ${missing}`];
    });
}

/** It, or a follow-up check of it, waits for a person. */
const isParked = (event: SeenEvent, parked: readonly SeenEvent[]): boolean =>
  parked.some((each) => each.what === event.what || parentOf(each) === event.name);

interface Rest {
  /** When it was sent, as events are counted. */
  readonly sentBy: number;
  readonly parked: readonly SeenEvent[];
  readonly live: ReadonlySet<string>;
}

function missingOf(facts: Facts, event: SeenEvent, { sentBy, parked, live }: Rest): string | undefined {
  const { accessKeyId } = event.data;
  if (event.type === 'user.reinstated.v1') {
    return (facts.reinstatedAt(event, END) ?? 0) >= event.time ? undefined : 'nothing says that they stay';
  }
  if (accessKeyId !== undefined) {
    // One that did not exist yet was rightly not found.
    const isOld = (facts.history.minted.get(accessKeyId)?.n ?? END.n) < sentBy;
    return isOld && live.has(accessKeyId) ? `${accessKeyId} lives` : undefined;
  }
  if (event.type === 'user.offboarded.v1') {
    if ((facts.reinstatedAt(event, END) ?? 0) >= event.time)
      return isKnown(facts, event) ? undefined : 'no row, no letter';
    // What a newer one has replaced waits with it.
    const newer = facts.sent.filter((each) => each.event.type === event.type && each.event.time > event.time);
    const ours = newer.filter((each) => principalsOf(each.event).some((name) => principalsOf(event).includes(name)));
    if (ours.some((each) => isParked(each.event, parked))) return undefined;
  }
  const mine = [...facts.history.minted].filter(([, key]) => principalsOf(event).includes(key.owner));
  const old = mine.filter(([key, minted]) => minted.n < sentBy && live.has(key)).map(([key]) => key);
  return old.length === 0 ? undefined : `${old.join(' ')} live`;
}

/** The ledger has closed it, or a letter was written about it. */
const isKnown = ({ rows, history }: Facts, { name, what }: SeenEvent): boolean =>
  rows(name).some(({ data }) => data.state !== 'open') ||
  history.letters.some(({ body }) => eventsIn(body).some((each) => each.what === what));

/** What holds no event has its letter, or was moved as it is. */
function poisonLost({ history }: Facts): readonly string[] {
  const lettered = new Set(history.letters.map(({ messageId }) => messageId));
  const moved = new Set(history.moved.map(({ messageId }) => messageId));
  return history.put
    .filter(({ by, body, messageId }) => by === 'sender' && eventsIn(body).length === 0 && !moved.has(messageId))
    .filter(({ messageId }) => !lettered.has(messageId))
    .map(({ messageId }) => `${messageId}, which holds no event, has no letter`);
}
