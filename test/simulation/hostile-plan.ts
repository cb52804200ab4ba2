/**
 * Several authorities and those who mean harm, in a plan of one authority: each event gets the source of a sender that
 * sends such events, HR schedules an offboarding, and strangers try everything around it.
 */
import { type Draws, drawsOf } from './draws.ts';
import { PRINCIPALS, PROTECTED_WHO } from './people.ts';
import {
  type Action,
  BEGINS,
  DAY,
  type EventSpec,
  type ForgerySpec,
  HOUR,
  type MessageSpec,
  MINUTE,
  type Plan,
  SECOND,
  type Trick,
} from './plan.ts';
import { CANARY_SOURCE, CLI, DIRECTORY, FOLLOW_UP, type Hostile, HR, SCANNER, STRANGE, type Trust } from './senders.ts';

/** Whose keys a flood is about. */
const FLOODED_WHO = 2;
const FLOODED_KEYS = 30;
/** 9998-01-01, as ms since the beginning. */
const FAR = Date.UTC(9998, 0, 1) - BEGINS;

/** More than half of all seeds have several authorities. */
const trustOf = ({ pick }: Draws): Trust =>
  pick(['together', 'together', 'together', 'bound', 'bound', 'bound', 'unbound']);

/** Converts a plan of one authority into a plan of senders that do not trust each other. */
export function withHostility(plan: Plan): Plan {
  const draws = drawsOf(`hostile ${plan.seed}`);
  const trust = trustOf(draws);
  if (trust === 'together') return plan;
  const own = withSources(plan.actions, draws);
  const scheduled = scheduledOffboarding(draws);
  const forgeries = forgeriesOf(draws, { trust, own: [...own, scheduled] });
  const isFlooded = forgeries.some(({ forgery }) => forgery.trick === 'keys');
  const terms = {
    ...plan.terms,
    trust,
    ...(isFlooded && {
      keyLimits: { senderKeysPer10Minutes: 1 + draws.upTo(4), senderKeysPerDay: 20 },
      keys: plan.terms.keys.map((count, who) => (who === FLOODED_WHO ? FLOODED_KEYS : count)),
    }),
  };
  const actions = [...own, scheduled, ...forgeries].toSorted((a, b) => a.at - b.at);
  return { ...plan, terms, actions };
}

/** An event has the same source whenever it is sent. */
function withSources(actions: readonly Action[], draws: Draws): readonly Action[] {
  const sources = new Map<string, number>();
  const sourceOf = ({ id, kind }: EventSpec): number => {
    const source = sources.get(id) ?? draws.pick(kind === 'offboarding' || kind === 'rehire' ? PEOPLE : LEAKS);
    sources.set(id, source);
    return source;
  };
  // All events of a message are its sender's.
  const withSource = ({ events, ...message }: MessageSpec): MessageSpec => {
    const [first] = events;
    const source = first === undefined ? SCANNER : sourceOf(first);
    return { ...message, events: events.map((event) => ({ ...event, source })) };
  };
  return actions.map((action) => (action.do === 'send' ? { ...action, message: withSource(action.message) } : action));
}

const PEOPLE = [HR, HR, HR, DIRECTORY, DIRECTORY, CLI] as const;
const LEAKS = [SCANNER, SCANNER, SCANNER, SCANNER, CLI] as const;

function scheduledOffboarding({ upTo, pick }: Draws): Action & { readonly do: 'send' } {
  const at = upTo(10 * MINUTE);
  const due = at + pick([5 * MINUTE, HOUR, DAY]);
  const event: EventSpec = { kind: 'offboarding', id: 'e900', source: HR, time: at, who: upTo(PRINCIPALS.length), due };
  return { at, do: 'send', message: { lane: 'bulk', wrap: 'plain', events: [event] } };
}

interface Around {
  readonly trust: Trust;
  readonly own: readonly Action[];
}
type Forge = Action & { readonly do: 'forge' };

function forgeriesOf(draws: Draws, around: Around): readonly Forge[] {
  return Array.from({ length: 1 + draws.upTo(4) }, (_, n) => forgeryOf(draws, around, n));
}

const COMMON: readonly [Trick, ...Trick[]] = ['event', 'event', 'event', 'event', 'check', 'check', 'attributes'];
const RARE: readonly [Trick, ...Trick[]] = ['dead-letter', 'parts', 'keys', 'principals', 'dlq'];

function forgeryOf(draws: Draws, { trust, own }: Around, n: number): Forge {
  const { upTo, pick, likely } = draws;
  const drawn = pick(likely(0.75) ? COMMON : RARE);
  // Without SENDERS only the queue policy says who may write to the dead-letter queue.
  const trick = trust === 'unbound' && drawn === 'dlq' ? 'dead-letter' : drawn;
  const events = own.flatMap((action) => (action.do === 'send' ? action.message.events : []));
  const meant = events[upTo(events.length)];
  const wanted =
    likely(0.2) || meant === undefined ? upTo(20 * MINUTE) : meant.time + upTo(pick([SECOND, 10 * MINUTE, HOUR]));
  const at = Math.max(0, wanted);
  const as = hostileFor(draws, trust, trick);
  const claimed = claimedBy(draws, { trust, as, meant, event: inventedEvent(draws, { id: `x${n}`, at }) });
  // What is further ahead than ten minutes is no event.
  const time = Math.min(claimed.time, at + 9 * MINUTE);
  const { event, count } = shaped(draws, trick, { ...claimed, time });
  const lane = pick(['urgent', 'bulk'] as const);
  return { at, do: 'forge', forgery: { trick, as, lane, event, count } };
}

function hostileFor({ pick }: Draws, trust: Trust, trick: Trick): Hostile {
  if (trick === 'keys') return 'scanner';
  // Ingest sends events alone, whatever a webhook's sender writes.
  if (trick !== 'event' && trick !== 'principals')
    return trust === 'bound' ? pick(['stranger', 'partner']) : 'stranger';
  return trust === 'unbound' ? pick(['stranger', 'webhook']) : pick(['stranger', 'stranger', 'partner', 'webhook']);
}

const KINDS = ['offboarding', 'offboarding', 'rehire', 'rehire', 'leak', 'leak', 'principal-leak'] as const;

function inventedEvent({ upTo, pick, likely }: Draws, { id, at }: { id: string; at: number }): EventSpec {
  const [kind, who] = [pick(KINDS), likely(0.3) ? PROTECTED_WHO : upTo(PRINCIPALS.length)];
  const time = at + upTo(9 * MINUTE);
  const event = { kind, id, source: STRANGE, time, who };
  if (kind === 'leak') return { ...event, nth: upTo(2) };
  return kind === 'offboarding' && likely(0.5) ? { ...event, due: FAR } : event;
}

interface Claim {
  readonly trust: Trust;
  readonly as: Hostile;
  /** A true event, which it wants to spoil. */
  readonly meant: EventSpec | undefined;
  readonly event: EventSpec;
}

/** What it says of itself: another's source, id and principal, where that is not allowed. */
function claimedBy({ pick, likely }: Draws, { trust, as, meant, event }: Claim): EventSpec {
  const aimed = meant !== undefined && likely(0.7) ? { ...event, who: meant.who } : event;
  if (as === 'scanner') return { ...event, kind: 'leak', source: SCANNER, who: FLOODED_WHO };
  if (trust === 'unbound') {
    // A forged source is not detected there: only what is reserved is kept from it.
    return {
      ...aimed,
      source: pick([STRANGE, STRANGE, as === 'webhook' ? DIRECTORY : STRANGE, FOLLOW_UP, CANARY_SOURCE]),
    };
  }
  if (meant !== undefined && likely(0.2)) return meant;
  if (meant !== undefined && likely(0.3)) return { ...aimed, id: meant.id, source: meant.source };
  return { ...aimed, source: pick([HR, HR, SCANNER, DIRECTORY, CLI, STRANGE, FOLLOW_UP, CANARY_SOURCE]) };
}

function shaped({ upTo, pick }: Draws, trick: Trick, event: EventSpec): Pick<ForgerySpec, 'event' | 'count'> {
  switch (trick) {
    case 'parts':
      return { event, count: pick([20, 20, 100, 1_005]) };
    case 'keys':
      return { event, count: FLOODED_KEYS };
    case 'principals':
      return { event: { ...event, kind: 'offboarding' }, count: 12 };
    default:
      return { event, count: upTo(3) };
  }
}
