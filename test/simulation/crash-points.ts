/** Each kind of event on its own, with the process ending before and after every single step that anyone takes. */
import type { Violation } from './check/facts.ts';
import type { ControlName } from './controls.ts';
import { type Action, DAY, DEPLOYED, type EventSpec, type Fault, HOUR, MINUTE, type Plan } from './plan.ts';
import { liveAndCheck } from './seeds.ts';

export interface CrashCase {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly faults?: readonly Fault[];
}

const event = (kind: EventSpec['kind'], who: number, more: Partial<EventSpec> = {}): EventSpec => ({
  kind,
  id: 'e1',
  source: 0,
  time: 0,
  who,
  ...more,
});
const send = (events: readonly EventSpec[], at = 0): Action => ({
  at,
  do: 'send',
  message: {
    lane: events.every(({ kind }) => kind === 'leak' || kind === 'alert') ? 'urgent' : 'bulk',
    wrap: 'plain',
    events,
  },
});
const alone = (name: string, ...events: readonly EventSpec[]): CrashCase => ({
  name,
  actions: events.map((each) => send([each])),
});
const during = (kind: 'hollow' | 'partial' | 'reset-after'): readonly Fault[] => [
  { on: 'api', kind, from: 0, until: 30_000, rate: 1 },
];
const tomorrow = { due: DAY };

export const CRASH_CASES: readonly CrashCase[] = [
  alone('a leaked key', event('leak', 0)),
  alone('a leaked key that does not exist', event('leak', 4)),
  alone('a leaked key of a protected principal', event('leak', 3)),
  alone('a leak of which only the id was seen', event('leak', 0, { unsure: true })),
  alone('an alert', event('alert', 0)),
  alone('a compromised principal', event('principal-leak', 0)),
  alone('an offboarding', event('offboarding', 0)),
  alone('an offboarded user whom a directory names', event('offboarding', 2, { byIdentity: true })),
  alone('an offboarding without a key', event('offboarding', 4, { byIdentity: true })),
  alone('an offboarding of ten minutes ahead', event('offboarding', 0, { due: 10 * MINUTE })),
  alone('an offboarding of tomorrow', event('offboarding', 0, tomorrow)),
  alone('an offboarding of last week', event('offboarding', 0, { time: -8 * DAY })),
  alone('a reinstatement', event('rehire', 0)),
  {
    name: 'an offboarding of tomorrow who stays',
    actions: [send([event('offboarding', 0, tomorrow)]), send([event('rehire', 0, { id: 'e2', time: HOUR })], HOUR)],
  },
  {
    name: 'an offboarding of tomorrow who leaves today',
    actions: [
      send([event('offboarding', 0, tomorrow)]),
      send([event('offboarding', 0, { id: 'e2', time: HOUR })], HOUR),
    ],
  },
  {
    name: 'an offboarding of tomorrow who leaves the day after',
    actions: [
      send([event('offboarding', 0, tomorrow)]),
      send([event('offboarding', 0, { id: 'e2', time: HOUR, due: 2 * DAY })], HOUR),
    ],
  },
  {
    name: 'several events in one message',
    actions: [
      send([
        event('leak', 1, { nth: 0 }),
        event('principal-leak', 0, { id: 'e2' }),
        event('offboarding', 5, { id: 'e3' }),
      ]),
    ],
  },
  {
    name: 'no event',
    actions: [{ at: 0, do: 'send', message: { lane: 'urgent', wrap: 'plain', events: [], poison: 0 } }],
  },
  { ...alone('a leaked key that only seems to die', event('leak', 0)), faults: during('hollow') },
  { ...alone('an offboarding of whom a key is left', event('offboarding', 0)), faults: during('partial') },
  { ...alone('a compromised principal, without an answer', event('principal-leak', 0)), faults: during('reset-after') },
];

/** What follows in each case: a replay that approves, new keys, then everything once more, and another replay. */
const AFTERWARDS: readonly Action[] = [
  { at: 2 * DAY + HOUR, do: 'replay', approve: true, dryRun: false },
  { at: 3 * DAY, do: 'look' },
  ...[0, 2, 4, 5].map((who): Action => ({ at: 3 * DAY, do: 'create-keys', who, count: 1 })),
  { at: 3 * DAY + MINUTE, do: 'reappear', nth: 'all' },
  { at: 3 * DAY + 2 * HOUR, do: 'replay', approve: true, dryRun: false },
];

export interface CrashFinding {
  readonly step: number;
  readonly moment: 'before' | 'after';
  readonly violation: Violation;
}

export interface CrashReport {
  readonly name: string;
  /** Steps of a life without a crash; each is where a process ends in a life of its own. */
  readonly steps: number;
  readonly violations: readonly CrashFinding[];
}

type Moments = readonly CrashFinding['moment'][];

/**
 * Takes a case, the moments of a step at which to end a process and what to do without; lives it once for each step and
 * moment.
 */
export async function crashEverywhere(
  { name, actions, faults = [] }: CrashCase,
  moments: Moments = ['before', 'after'],
  without?: ControlName,
): Promise<CrashReport> {
  const plan: Plan = { seed: 1, terms: DEPLOYED, actions: [...actions, ...AFTERWARDS], faults, deaths: [] };
  const sound = await liveAndCheck(plan, without);
  const steps = sound.history.end?.steps ?? 0;
  const found: CrashFinding[] = sound.violations.map((violation) => ({ step: 0, moment: 'before', violation }));
  for (let step = 1; step <= steps; step += 1) {
    for (const moment of moments) {
      const { violations } = await liveAndCheck({ ...plan, deaths: [{ step, moment }] }, without);
      found.push(...violations.map((violation) => ({ step, moment, violation })));
    }
  }
  return { name, steps, violations: found };
}
