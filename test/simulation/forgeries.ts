/** Messages of those who mean harm: other sources, invented checks, dead letters of their own, floods. */
import { createHash } from 'node:crypto';
import { FOLLOW_UP_SOURCE } from '../../lib/model/follow-up.ts';
import { asciiJson, type Json } from '../../lib/model/json.ts';
import { approvalKeyOf } from '../support/approval.ts';
import { eventOf } from './bodies.ts';
import { keyId, nameOf } from './people.ts';
import { BEGINS, type EventSpec, type ForgerySpec } from './plan.ts';
import { type Arrival, hostileSender, SOURCES } from './senders.ts';

export interface Forgery extends Arrival {
  readonly body: string;
}

/** What no sender may say of itself. */
const FORGED_ATTRIBUTES = { sender: 'AROAHR', replays: '1', replayId: 'r', firstSeen: '2020-01-01T00:00:00Z' };

export function forgeryOf(spec: ForgerySpec): Forgery {
  const { senderId, attributes } = hostileSender(spec.as);
  // A webhook's body is read by ingest: its sender cannot set attributes.
  const isForged = spec.trick === 'attributes' && spec.as !== 'webhook';
  const forged = isForged ? { ...FORGED_ATTRIBUTES, approvals: approvalsFor(spec.event) } : {};
  return { senderId, attributes: { ...attributes, ...forged }, body: bodyOf(spec) };
}

/** Points to what the operator may have approved under the name of the event, whatever its body was. */
function approvalsFor(spec: EventSpec): string {
  const name = { source: SOURCES[spec.source] ?? SOURCES[0], id: spec.id };
  const reasons = ['held-unknown-sender', 'held-protected', 'held-limit', 'held-superseded'];
  return reasons.map((reason) => approvalKeyOf(name, reason)).join(' ');
}

function bodyOf({ trick, event, count }: ForgerySpec): string {
  switch (trick) {
    case 'event':
    case 'attributes':
      return JSON.stringify(eventOf(event));
    case 'check':
      return JSON.stringify(checkOf(event, count));
    case 'dead-letter':
    case 'dlq':
      return deadLetterOf(event);
    case 'parts':
      return JSON.stringify(Array.from({ length: count }, (_, n) => (n % 3 === 0 ? { n } : `part ${n}`)));
    case 'keys':
      return JSON.stringify(some(count, event, (nth) => ({ nth: nth % KEYS_AT_MOST })));
    case 'principals':
      return JSON.stringify(some(count, event, () => ({})).map(inventedPrincipal));
  }
}

/** A flood goes through the keys of its principal, those that do not exist too. */
const KEYS_AT_MOST = 60;

const some = (count: number, event: EventSpec, change: (nth: number) => Partial<EventSpec>): readonly object[] =>
  Array.from({ length: count }, (_, nth) =>
    eventOf({ ...event, ...change(nth), id: `${event.id}${String(nth).padStart(3, '0')}` }),
  );

const inventedPrincipal = (event: object, nth: number): object => ({
  ...event,
  data: { principalName: `coreweave/invented${nth}` },
});

/** The very id that the true check would have. */
function checkOf({ source, id, kind, who, nth = 0, time }: EventSpec, count: number): object {
  const generation = (count % 3) + 1;
  const parent = { source: SOURCES[source] ?? SOURCES[0], id };
  const isKey = kind === 'leak' || kind === 'alert';
  const name = isKey ? keyId(who, nth) : nameOf(who);
  const hash = createHash('sha256').update(JSON.stringify([parent.source, parent.id, name, generation]));
  return {
    specversion: '1.0',
    type: 'revocation.check.v1',
    id: hash.digest('hex'),
    source: FOLLOW_UP_SOURCE,
    time: new Date(BEGINS + time).toISOString(),
    data: { parent, ...(isKey ? { accessKeyId: name } : { principalName: name }), generation },
  };
}

/** As the function writes them, but for who wrote it. */
function deadLetterOf(spec: EventSpec): string {
  const at = new Date(BEGINS + spec.time).toISOString();
  const event: Json = JSON.parse(JSON.stringify(eventOf(spec)));
  const claims = { reason: 'retries-exhausted', detail: 'x', event, lane: 'bulk', attempts: 9, lastStatus: null };
  return asciiJson({
    ...{ v: 1, ...claims, firstSeen: at, lastSeen: at, replays: 0, messageId: 'm0', sender: 'AROAHR' },
  });
}
