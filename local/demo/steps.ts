/** The rows of the scenario as messages, and the follow-up checks that the product sends because of them. */
import type { Fault } from '../coreweave/faults.ts';
import type { Expectation } from './expectation.ts';
import { keyId, LATE_KEY } from './organization.ts';
import {
  BROKEN,
  type BrokenRow,
  CROWD,
  type DemoLane,
  LEAKS,
  type LeakRow,
  OVER_LIMIT,
  PEOPLE,
  type PersonRow,
} from './scenario.ts';

export interface Step extends Expectation {
  readonly lane: DemoLane;
  /** The message body. */
  readonly body: string;
  /** Names of the steps that must have an audit record before this one is sent. */
  readonly after: readonly string[];
  /** What the API does at the first call for this target. */
  readonly firstFault?: Fault;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SOURCE = '//demo.example';

const event = (
  type: string,
  id: string,
  { time, data, source = SOURCE }: { time: string; data: object; source?: string | undefined },
): object => ({ specversion: '1.0', type, id, source, time, data });

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
  ({ name, principal, type = 'user.offboarded.v1', age = 0, effectiveInDays, source, ...row }: PersonRow): Step => {
    const schedule = effectiveInDays === undefined ? {} : { effectiveAt: timeAt(now + effectiveInDays * DAY_MS) };
    const data = { principalName: principal, ...schedule };
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

/** All steps of a run that begins now (epoch ms). */
export const createSteps = (now: number): readonly Step[] => [
  ...LEAKS.map(leakStep(now)),
  ...BROKEN.map(brokenStep(now)),
  ...PEOPLE.map(personStep(now)),
];

/** The offboarding whose user creates a key after the revocation, and the name of the check that finds that key. */
export const LATE_KEY_CREATOR = 'offboarded';
export const LATE_KEY_CHECK = 'late-key';

/** The name under which a follow-up check of an offboarding is shown. */
export const checkName = (parent: string, generation: number): string =>
  parent === LATE_KEY_CREATOR && generation === 1 ? LATE_KEY_CHECK : `${parent}, check ${generation}`;

const GENERATIONS = [1, 2, 3] as const;

/** The follow-up checks of the offboardings that revoked keys: one finds the late key, all others find nothing. */
export const CHECKS: readonly Expectation[] = [LATE_KEY_CREATOR, ...CROWD, OVER_LIMIT.name].flatMap((parent) =>
  GENERATIONS.map((generation): Expectation => {
    const name = checkName(parent, generation);
    return name === LATE_KEY_CHECK
      ? { name, target: LATE_KEY.accessKeyId, trail: ['confirmed', 'late-keys: 1'], attempts: 1 }
      : {
          name,
          target: PEOPLE.find((person) => person.name === parent)?.principal ?? '',
          trail: ['late-keys: 0'],
          attempts: 0,
        };
  }),
);
