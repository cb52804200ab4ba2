/**
 * From a seed to a plan: who says what, in which order, and what goes wrong. Rates are chosen so that most things
 * happen often together.
 */
import type { Lane } from '../../lib/model/settings.ts';
import { type Draws, drawsOf } from './draws.ts';
import { withHostility } from './hostile-plan.ts';
import { PRINCIPALS, PROTECTED_KEY_WHO } from './people.ts';
import {
  type Action,
  DAY,
  DEPLOYED,
  type EventSpec,
  HOUR,
  type MessageSpec,
  MINUTE,
  type Plan,
  SECOND,
  type Terms,
} from './plan.ts';
import { withReconciliation } from './reconcile-plan.ts';
import { faultsOf } from './seeded-faults.ts';

/** The same seed gives the same plan. */
export function planOf(seed: number): Plan {
  const draws = drawsOf(`plan ${seed}`);
  const terms = termsOf(draws);
  const actions = [...messagesOf(draws, terms), ...deedsOf(draws)].toSorted((a, b) => a.at - b.at);
  return withReconciliation(withHostility({ seed, terms, actions, faults: faultsOf(draws), deaths: [] }));
}

function termsOf({ pick, likely, upTo }: Draws): Terms {
  const small = upTo(4) + 1;
  return {
    ...DEPLOYED,
    dryRun: likely(0.03),
    limits: likely(0.4)
      ? { sourcePer10Minutes: small, sourcePerDay: small + 1, totalPer10Minutes: small + 1, totalPerDay: small + 2 }
      : DEPLOYED.limits,
    retryHorizonMs: pick([HOUR, 6 * HOUR, 6 * HOUR]),
    apiConcurrency: pick([1, 2, 8]),
    // A protected key was there before its protection.
    keys: PRINCIPALS.map((_, who) => (likely(0.02) ? 25 : Math.max(upTo(4), who === PROTECTED_KEY_WHO ? 1 : 0))),
    batch: { urgent: pick([1, 3, 10]), bulk: pick([1, 3, 100]) },
    concurrency: { urgent: pick([1, 2, 10]), bulk: pick([1, 2, 2]) },
    maxReceives: likely(0.2) ? { urgent: 5, bulk: 5 } : DEPLOYED.maxReceives,
    resetsVisibility: likely(0.3),
  };
}

/** What senders send, and what happens around it: rehires, new keys, the same again, another body under the same id. */
function messagesOf(draws: Draws, terms: Terms): readonly Action[] {
  const { upTo, likely, pick } = draws;
  const span = pick([MINUTE, 20 * MINUTE, 2 * HOUR]);
  return Array.from({ length: 2 + upTo(6) }, (_, n): readonly Action[] => {
    const at = upTo(span);
    if (likely(0.06))
      return [sent(at, { lane: pick(['urgent', 'bulk']), wrap: 'plain', events: [], poison: upTo(1_000) })];
    const several = likely(0.1) ? 2 + upTo(2) : 1;
    const events = Array.from({ length: several }, (_, k) => specOf(draws, terms, { id: `e${n * 10 + k}`, at }));
    const message: MessageSpec = {
      lane: laneFor(events, draws),
      wrap: pick(['plain', 'plain', 'batch', 'sns', 'eventbridge']),
      events,
    };
    return [sent(at, message), ...events.flatMap((event) => after(draws, event, at)), ...again(draws, message, at)];
  }).flat();
}

const sent = (at: number, message: MessageSpec): Action => ({ at, do: 'send', message });

const laneFor = (events: readonly EventSpec[], { likely }: Draws): Lane =>
  // Safety checks depend on the event, not on its queue.
  events.every(({ kind }) => kind === 'leak' || kind === 'alert') !== likely(0.05) ? 'urgent' : 'bulk';

const KINDS: readonly [EventSpec['kind'], ...EventSpec['kind'][]] = [
  ...(['leak', 'leak', 'leak', 'alert', 'principal-leak', 'principal-leak'] as const),
  ...(['offboarding', 'offboarding', 'offboarding', 'rehire'] as const),
];
/** No principal has so many keys. */
const NO_KEY = 999;

function specOf({ upTo, likely, pick }: Draws, { keys }: Terms, { id, at }: { id: string; at: number }): EventSpec {
  const [kind, who] = [pick(KINDS), upTo(PRINCIPALS.length)];
  const common = { kind, id, source: upTo(2), who, time: at - upTo(MINUTE) };
  const [owned = 0, isUnknown, isUnsure] = [keys[who], likely(0.1), likely(0.1)];
  const nth = owned === 0 || isUnknown ? NO_KEY : upTo(owned);
  if (kind === 'alert') return { ...common, nth };
  if (kind === 'leak') return isUnsure ? { ...common, nth, unsure: true } : { ...common, nth };
  const named: Pick<EventSpec, 'byIdentity'> = likely(0.4) ? { byIdentity: true } : {};
  if (kind !== 'offboarding') return kind === 'rehire' ? { ...common, ...named } : common;
  const time = likely(0.08) ? at - 8 * DAY : common.time;
  const ahead = pick([30 * SECOND, 10 * MINUTE, HOUR, 2 * DAY]);
  return { ...common, ...named, time, ...(likely(0.3) ? { due: at + upTo(ahead) } : {}) };
}

/** New keys, and people who stay after all. */
function after({ upTo, likely, pick }: Draws, { kind, who, source, id }: EventSpec, at: number): readonly Action[] {
  const soon = () => at + upTo(pick([10 * SECOND, 5 * MINUTE, 2 * HOUR]));
  const createdKeys: Action[] = likely(0.6) ? [{ at: soon(), do: 'create-keys', who, count: 1 + upTo(2) }] : [];
  if (kind !== 'offboarding' || !likely(0.35)) return createdKeys;
  const back = soon();
  const event: EventSpec = { kind: 'rehire', id: `${id}9`, source, who, time: back };
  return [
    ...createdKeys,
    sent(back, { lane: 'bulk', wrap: 'plain', events: [likely(0.3) ? { ...event, byIdentity: true } : event] }),
    { at: back + upTo(10 * MINUTE), do: 'create-keys', who, count: 1 },
  ];
}

function again({ upTo, likely, pick }: Draws, message: MessageSpec, at: number): readonly Action[] {
  const later = () => at + upTo(pick([SECOND, MINUTE, HOUR, 2 * DAY]));
  const [event] = message.events;
  const other = event && { ...event, who: (event.who + 1) % PRINCIPALS.length };
  return [
    ...(likely(0.25) ? [sent(later(), message)] : []),
    ...(likely(0.05) && other ? [sent(later(), { ...message, events: [other] })] : []),
  ];
}

/**
 * What operators, the service and the platform do; at the end new keys for all people, and now and then everything once
 * more.
 */
function deedsOf({ upTo, likely, pick }: Draws): readonly Action[] {
  const some = <One extends Action>(most: number, one: () => One): readonly Action[] =>
    Array.from({ length: upTo(most + 1) }, one);
  const when = () => upTo(pick([20 * MINUTE, 3 * HOUR, 2 * DAY]));
  const late = 3 * DAY;
  return [
    ...some(3, () => ({
      at: when(),
      do: 'replay',
      approve: likely(0.4),
      dryRun: likely(0.1),
      ...(likely(0.2) ? { max: 1 } : {}),
    })),
    ...some(1, () => ({ at: when(), do: 'redrive', lane: pick(['urgent', 'bulk']) })),
    ...some(2, () => ({ at: when(), do: 'reappear', nth: upTo(8) })),
    ...some(1, () => ({ at: when(), do: 'recycle' })),
    ...some(1, () => ({ at: when(), do: 'purge', who: upTo(PRINCIPALS.length) })),
    ...PRINCIPALS.map((_, who): Action => ({ at: late, do: 'create-keys', who, count: 1 })),
    { at: late - HOUR, do: 'look' },
    ...(likely(0.5) ? [{ at: late + MINUTE, do: 'reappear', nth: 'all' } as const] : []),
    ...(likely(0.3) ? [{ at: late + HOUR, do: 'replay', approve: likely(0.5), dryRun: false } as const] : []),
  ];
}
