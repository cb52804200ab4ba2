/** The rows of the scenario as messages, and the follow-up checks that the product will send because of them. */
import type { Fault } from '../coreweave/faults.ts';
import type { Expectation } from './expectation.ts';
import { keyId, LATE_KEY } from './organisation.ts';
import {
  BROKEN,
  type BrokenRow,
  CROWD,
  type DemoLane,
  LEAKS,
  type LeakRow,
  OVER,
  PEOPLE,
  type PersonRow,
} from './scenario.ts';

export interface Step extends Expectation {
  readonly lane: DemoLane;
  /** The message's body. */
  readonly body: string;
  /** Names of steps on which the audit log must have had a word before this one is sent. */
  readonly after: readonly string[];
  readonly hiccup?: Fault;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SOURCE = '//demo.example';

const event = (
  type: string,
  id: string,
  said: { time: string; data: object; source?: string | undefined },
): object => ({
  specversion: '1.0',
  type,
  id,
  source: said.source ?? SOURCE,
  time: said.time,
  data: said.data,
});

const timeAt = (ms: number): string => new Date(ms).toISOString();

const leakStep =
  (now: number) =>
  ({ name, key, envelope = (bare) => bare, lane = 'urgent', ...row }: LeakRow): Step => {
    const target = keyId(key);
    const leak = event('credential.compromised.v1', name, { time: timeAt(now), data: { accessKeyId: target } });
    return { attempts: 1, ...row, name, lane, after: [], target, body: JSON.stringify(envelope(leak)) };
  };

const personStep =
  (now: number) =>
  ({ name, principal, type = 'user.offboarded.v1', age = 0, leavesInDays, source, ...row }: PersonRow): Step => {
    const day = leavesInDays === undefined ? {} : { effectiveAt: timeAt(now + leavesInDays * DAY_MS) };
    const data = { principalName: principal, ...day };
    const body = JSON.stringify(event(type, name, { time: timeAt(now - age * MINUTE_MS), data, source }));
    return { attempts: 0, after: [], ...row, name, lane: 'bulk', target: principal, body };
  };

const brokenStep =
  (now: number) =>
  ({ name, content, trail }: BrokenRow): Step => {
    const body =
      typeof content === 'string'
        ? content
        : JSON.stringify(event(content.type, name, { time: timeAt(now), data: content.data }));
    return { name, lane: 'urgent', body, target: '', after: [], trail, attempts: 0 };
  };

/** Takes the time of the run (epoch ms); returns all steps. */
export const stepsAt = (now: number): readonly Step[] => [
  ...LEAKS.map(leakStep(now)),
  ...BROKEN.map(brokenStep(now)),
  ...PEOPLE.map(personStep(now)),
];

/** The step whose leaver mints a key once their keys are gone, and the name of the check that finds it. */
export const MINTER = 'leaver';
export const LATE = 'late-key';

/** Takes the name of an offboarding and the generation of its check; returns the name under which the check is told. */
export const checkName = (parent: string, generation: number): string =>
  parent === MINTER && generation === 1 ? LATE : `${parent}, check ${generation}`;

const GENERATIONS = [1, 2, 3] as const;

/** The checks of those who lost keys by leaving. The first one of the leaver finds a late key, all others find nothing. */
export const CHECKS: readonly Expectation[] = [MINTER, ...CROWD, OVER.name].flatMap((parent) =>
  GENERATIONS.map((generation): Expectation => {
    const name = checkName(parent, generation);
    return name === LATE
      ? { name, target: LATE_KEY.accessKeyId, trail: ['confirmed', 'late-keys: 1'], attempts: 1 }
      : {
          name,
          target: PEOPLE.find((person) => person.name === parent)?.principal ?? '',
          trail: ['late-keys: 0'],
          attempts: 0,
        };
  }),
);
