/** Runs of the reconciliation in small histories of their own. */
import { describe, expect, it } from 'vitest';
import { violationsOf } from './check/check.ts';
import { live } from './engine.ts';
import type { History } from './history.ts';
import { keyId } from './people.ts';
import { type Action, DAY, DEPLOYED, type EventSpec, HOUR, type Plan } from './plan.ts';

const [ANN, ROLE] = [0, 5];
const send = (event: EventSpec): Action => ({
  at: event.time,
  do: 'send',
  message: { lane: 'bulk', wrap: 'plain', events: [event] },
});
const leaves = (who: number): Action => send({ kind: 'offboarding', id: `e${who}`, source: 1, time: HOUR, who });
const isBack = (who: number): Action => send({ kind: 'rehire', id: `e${who}9`, source: 1, time: 2 * HOUR, who });
const createKeys = (who: number, at: number): Action => ({ at, do: 'create-keys', who, count: 1 });
const run = (at: number): Action => ({ at, do: 'reconcile' });

/** Each principal has one key at the beginning, so that the first one that is created later is its second. */
async function lived(actions: readonly Action[], changed: Partial<Plan> = {}) {
  const plan: Plan = {
    seed: 1,
    terms: { ...DEPLOYED, keys: DEPLOYED.keys.map(() => 1) },
    actions: actions.toSorted((one, other) => one.at - other.at),
    faults: [],
    deaths: [],
    ...changed,
  };
  const history = await live(plan);
  return { history, broken: violationsOf(history), isLive: (who: number, nth: number) => isLiveIn(history, who, nth) };
}

const isLiveIn = ({ looks }: History, who: number, nth: number): boolean =>
  looks.at(-1)?.live.has(keyId(who, nth)) ?? false;

describe('a reconciliation', () => {
  it('ends the key that an offboarded user has created again, with the next run', async () => {
    const { history, broken, isLive } = await lived([
      leaves(ANN),
      createKeys(ANN, DAY),
      run(2 * DAY),
      createKeys(ANN, 3 * DAY),
      run(4 * DAY),
    ]);
    expect([isLive(ANN, 1), isLive(ANN, 2), history.reconciled.map(({ isDone }) => isDone)]).toEqual([
      false,
      false,
      [true, true],
    ]);
    expect(broken).toEqual([]);
  });

  it.each([
    ['the next day', 2 * DAY],
    ['on day 401, when all other rows have expired', 401 * DAY],
  ])('leaves alone who was reinstated: %s', async (_name, at) => {
    const { broken, isLive } = await lived([leaves(ANN), isBack(ANN), createKeys(ANN, at - HOUR), run(at)]);
    expect([isLive(ANN, 1), broken]).toEqual([true, []]);
  });

  it('finds on day 401 who was offboarded and never reinstated', async () => {
    const { broken, isLive } = await lived([leaves(ANN), createKeys(ANN, 401 * DAY - HOUR), run(401 * DAY)]);
    expect([isLive(ANN, 1), broken]).toEqual([false, []]);
  });

  it('revokes no keys of shared principals, or of principals that were never offboarded', async () => {
    const { broken, isLive, history } = await lived([
      leaves(ROLE),
      createKeys(ROLE, DAY),
      createKeys(ANN, DAY),
      run(2 * DAY),
    ]);
    expect([isLive(ROLE, 1), isLive(ANN, 1), broken]).toEqual([true, true, []]);
    expect(history.put.filter(({ by }) => by === 'reconciler')).toEqual([]);
  });

  it('has the same result if its process ends at any step, and it is tried again', { timeout: 240_000 }, async () => {
    const actions = [leaves(ANN), createKeys(ANN, DAY), run(2 * DAY)];
    const before = (await lived(actions.slice(0, 2))).history.end?.steps ?? 0;
    const whole = (await lived(actions)).history.end?.steps ?? 0;
    expect(whole).toBeGreaterThan(before + 10);
    for (let step = before + 1; step <= whole; step += 1) {
      for (const moment of ['before', 'after'] as const) {
        const { broken, isLive, history } = await lived(actions, { deaths: [{ step, moment }] });
        expect([step, isLive(ANN, 1), history.reconciled[0]?.isDone, broken]).toEqual([step, false, true, []]);
      }
    }
  });
});
