/** One message: each event in it is settled apart, then the message as a whole; dead events are handed on before it ends. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { type Delivery, type Environment, type Invocation, type Place, recorder } from '../context.ts';
import { type DeadLetter, type Raw, rawOf, seal } from '../dead-letters/dead-letter.ts';
import { type Claim, openRow, park } from '../ledger/ledger.ts';
import { CONFLICT, isHold } from '../model/reasons.ts';
import { DONE, isExhausted, type Settlement, settlementOf } from '../model/settlement.ts';
import { eachWithin } from '../runtime/limit.ts';
import { settleEvent } from './dispatch.ts';
import { type EventPart, type RefusedPart, readMessage } from './parse-message.ts';

type DeadSettlement = Extract<Settlement, { kind: 'dead' }>;
interface Settled {
  readonly part: EventPart | RefusedPart;
  readonly settlement: Settlement;
}

/** Events of one message at work at once. */
const AT_ONCE = 8;

/**
 * Takes one delivery; returns `done` only when everything in it is settled outside this process, else `retry`. Letters
 * are sent once nothing in the message has to be retried: otherwise each retry would send them again. Rejects when a
 * record or a letter cannot be written; the message then comes back.
 */
export async function revokeRecord(
  environment: Environment,
  invocation: Invocation,
  delivery: Delivery,
): Promise<Exclude<Settlement, { kind: 'dead' }>> {
  const place = { environment, invocation, delivery };
  const now = environment.ports.clock.now();
  // What waits for its turns is late, and not in trouble.
  const exhausted = isExhausted(delivery, now, environment.settings) && !environment.caller.isServing();
  const settled = await eachWithin(AT_ONCE, readMessage(delivery.body, now), async (part): Promise<Settled> => {
    if (part.kind === 'refusal') return { part, settlement: await settleRefused(place, part) };
    if (exhausted) return { part, settlement: EXHAUSTED };
    return {
      part,
      settlement: await settleEvent({
        ...place,
        event: part.event,
        letter: part.letter !== undefined,
        record: recorder(place, part.event),
      }),
    };
  });

  const message = settlementOf(settled.map(({ settlement }) => settlement));
  if (message.kind === 'retry') return message;
  const rawFor = rawKeeper(place);
  await eachWithin(AT_ONCE, settled, async ({ part, settlement }) => {
    if (settlement.kind === 'dead') await bury(place, { part, dead: settlement, rawFor });
  });
  return message;
}

/** What is known to be nothing to us waits for nobody. */
async function settleRefused(place: Place, { reason, detail, ignored }: RefusedPart): Promise<Settlement> {
  if (ignored === undefined) return { kind: 'dead', reason, detail };
  await recorder(place, null)({ phase: 'note', name: 'Event Ignored', detail: `ignored: ${detail}` });
  return DONE;
}

const EXHAUSTED: Settlement = {
  kind: 'dead',
  reason: 'retries-exhausted',
  detail: 'the retry horizon has passed without a settled outcome',
};

interface Burial {
  readonly part: EventPart | RefusedPart;
  readonly dead: DeadSettlement;
  readonly rawFor: (part: RefusedPart) => Raw;
}

/** Hand on, then put on record, then close the event's row: a crash between leaves a second letter, never none. */
async function bury(place: Place, burial: Burial): Promise<void> {
  const { part, dead } = burial;
  const { environment, delivery } = place;
  const { deadLetters, clock } = environment.ports;
  const { reason, detail, target } = dead;
  const held = isHold(reason) || reason === CONFLICT;
  const event = part.kind === 'event' ? part.event : null;
  const row = event === null ? undefined : await rowOf(place, event);
  await deadLetters.send(seal(letterOf(delivery, burial, clock.now())));
  await recorder(place, event)({ phase: held ? 'hold' : 'dead-letter', reason, detail, ...(target && { target }) });
  // The letter is out: an open row would only let a duplicate be judged again.
  if (row !== undefined) await park(environment.ports, row, held ? 'held' : 'dead').catch(() => notParked(place));
}

/** A ledger that cannot be read keeps no letter back. */
const rowOf = (place: Place, event: CanonicalEvent): Promise<Claim | undefined> =>
  openRow(place.environment.ports, event).catch(() => notParked(place));

function notParked({ environment }: Place): undefined {
  environment.ports.log.warn('not-parked');
}

function letterOf(delivery: Delivery, { part, dead, rawFor }: Burial, now: number): DeadLetter {
  const first = Number.isFinite(delivery.firstReceived) ? delivery.firstReceived : now;
  return {
    reason: dead.reason,
    detail: dead.detail,
    event: part.kind === 'event' ? part.event : null,
    ...(part.kind === 'event' ? {} : { raw: rawFor(part) }),
    lane: delivery.lane,
    attempts: delivery.receiveCount,
    firstSeen: part.letter?.firstSeen || delivery.firstSeen || new Date(first).toISOString(),
    lastSeen: new Date(now).toISOString(),
    lastStatus: dead.status ?? null,
    replays: Math.max(delivery.replays, (part.letter?.replays ?? -1) + 1),
    messageId: delivery.messageId,
  };
}

/** What the letters of one message keep of its text. To look through it for secrets takes long enough to do it once for all its parts. */
function rawKeeper({ environment, delivery }: Place): Burial['rawFor'] {
  const kept = new Map<string, Raw>();
  return ({ letter }) => {
    const text = letter?.text ?? delivery.body;
    const known = kept.get(text);
    if (known !== undefined) return known;
    const size = new TextEncoder().encode(text).length;
    const raw = rawOf(text, { sha256: environment.ports.sha256(text), size });
    kept.set(text, raw);
    return raw;
  };
}
