/**
 * An hour in which the API is of no use, while leaks and offboardings come in: what it costs, and how soon all is well
 * after it.
 */
import { violationsOf } from './check/check.ts';
import type { Violation } from './check/facts.ts';
import { drawsOf } from './draws.ts';
import { live } from './engine.ts';
import type { History } from './history.ts';
import { keyId } from './people.ts';
import { type Action, type ApiFault, BEGINS, DAY, DEPLOYED, type EventSpec, HOUR, MINUTE, type Plan } from './plan.ts';

export const OUTAGES = [
  'down',
  'too-many',
  'refused',
  'token-expired',
  'timeout-before',
  'unavailable',
  'throttled',
] as const satisfies readonly ApiFault[];

export interface OutageReport {
  readonly kind: ApiFault;
  readonly events: number;
  readonly deadLetters: number;
  /** Keys that should be dead and are not. */
  readonly alive: number;
  /** Seconds from the end of the outage to the last outcome of a leaked key, and of anything else. */
  readonly urgentS: number;
  readonly bulkS: number;
  /** Calls and deliveries during the outage. */
  readonly calls: number;
  readonly receives: number;
  readonly violations: readonly Violation[];
}

const LEAKS = 60;
const KEYS = [20, 1, 20, 0, 0, 20];

/** Events from ten minutes before the outage to its end; the outage is the first hour but ten minutes. */
function planOf(kind: ApiFault, seed: number): Plan {
  const { upTo } = drawsOf(`outage ${kind} ${seed}`);
  const send = (event: EventSpec, lane: 'urgent' | 'bulk'): Action => ({
    at: event.time,
    do: 'send',
    message: { lane, wrap: 'plain', events: [event] },
  });
  const leaks = Array.from({ length: LEAKS }, (_, n) => {
    const who = [0, 2, 5][n % 3] ?? 0;
    return send(
      { kind: 'leak', id: `e${n}`, source: 0, time: upTo(70 * MINUTE), who, nth: Math.floor(n / 3) },
      'urgent',
    );
  });
  const offboardings = [0, 2, 4, 5].map((who) =>
    send({ kind: 'offboarding', id: `e${100 + who}`, source: 1, time: upTo(70 * MINUTE), who }, 'bulk'),
  );
  const actions = [...leaks, ...offboardings].toSorted((a, b) => a.at - b.at);
  const fault = { on: 'api', kind, from: 10 * MINUTE, until: 70 * MINUTE, rate: 1 } as const;
  return {
    seed,
    terms: { ...DEPLOYED, keys: KEYS },
    actions: [...actions, { at: DAY, do: 'look' }],
    faults: [fault],
    deaths: [],
  };
}

/**
 * A backoff cap after recovery, and what a delivery takes: its last call in the outage may time out after it (10 s). As
 * long as the API has asked for, where it has.
 */
export const LATEST_S = { urgent: 120 + 15, bulk: 900 + 15, asked: 900 + 15 };
const ASKING: ReadonlySet<ApiFault> = new Set(['unavailable', 'throttled']);

/** What a person would have had to see to, or what took too long. */
function failings({
  kind,
  deadLetters,
  alive,
  urgentS,
  bulkS,
}: Omit<OutageReport, 'violations'>): readonly Violation[] {
  const most = ASKING.has(kind) ? LATEST_S.asked : LATEST_S.urgent;
  return [
    ...(deadLetters > 0 ? [`${deadLetters} dead letters`] : []),
    ...(alive > 0 ? [`${alive} leaked keys live`] : []),
    ...(urgentS > most ? [`a leak took ${urgentS} s after the outage`] : []),
    ...(bulkS > LATEST_S.bulk ? [`an offboarding took ${bulkS} s after the outage`] : []),
  ].map((detail): Violation => ({ promise: 'lost', detail }));
}

/** Runs an outage of one hour. */
export async function outage(kind: ApiFault, seed = 1): Promise<OutageReport> {
  const plan = planOf(kind, seed);
  const history = await live(plan);
  const ends = BEGINS + 70 * MINUTE;
  const during = <T extends { readonly at: number }>(all: readonly T[]): readonly T[] =>
    all.filter(({ at }) => at >= ends - HOUR && at < ends);
  const leaked = Array.from({ length: LEAKS }, (_, n) => keyId([0, 2, 5][n % 3] ?? 0, Math.floor(n / 3)));
  const report = {
    kind,
    events: history.put.filter(({ by }) => by === 'sender').length,
    deadLetters: history.deadLetters.length + history.moved.length,
    alive: leaked.filter((key) => history.looks.at(-1)?.live.has(key)).length,
    urgentS: lastOutcomeS(history, 'urgent', ends),
    bulkS: lastOutcomeS(history, 'bulk', ends),
    calls: during(history.calls).length,
    receives: during(history.invoked).reduce((sum, { messages }) => sum + messages.length, 0),
  };
  return { ...report, violations: [...violationsOf(history), ...failings(report)] };
}

/** Seconds after the end of the outage at which the last event of a lane, follow-up checks aside, was settled. */
function lastOutcomeS({ audit, invoked }: History, lane: 'urgent' | 'bulk', ends: number): number {
  const requests = new Set(invoked.flatMap((each) => (each.lane === lane ? [each.requestId] : [])));
  const times = audit.flatMap(({ view, at }) =>
    view.phase === 'outcome' && requests.has(view.requestId) && !view.event.includes('follow-up') ? [at] : [],
  );
  return Math.max(0, ...times.map((at) => (at - ends) / 1_000));
}
