/**
 * Every call to the outside fails once, before its effect or after it: the next deliveries still end in the one right
 * state.
 */
import { describe, expect, it } from 'vitest';
import { LOST } from '../../support/api-answers.ts';
import { offboarded, PRINCIPAL, principalLeak, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { eventKeyOf, type Instance, openWorld, type World } from '../../support/memory-world.ts';

const DAY_MS = 86_400_000;
const MOST_POINTS = 60;
type When = 'before' | 'after';

/** Makes the `point`th call of any port fail; returns whether it came so far. */
function failAt({ ports }: Instance, point: number, when: When): () => boolean {
  let calls = 0;
  const wrap = <Port extends object>(port: Port, names: readonly (keyof Port & string)[], lost: unknown): void => {
    for (const name of names) {
      const call: unknown = port[name];
      if (typeof call !== 'function') continue;
      const failing = async (...given: readonly unknown[]) => {
        calls += 1;
        if (calls !== point) return call(...given);
        if (when === 'after') await call(...given);
        if (lost !== undefined) return lost;
        throw new Error('lost');
      };
      Object.assign(port, { [name]: failing });
    }
  };
  // Each instance's table and schedules are its own view of the shared ones.
  wrap(ports.table, ['get', 'put', 'remove', 'admit'], undefined);
  wrap(ports.schedules, ['create', 'remove'], undefined);
  wrap(ports.audit, ['write'], undefined);
  wrap(ports.deadLetters, ['send'], undefined);
  wrap(ports.lanes, ['send'], undefined);
  wrap(ports.api, ['send'], LOST);
  return () => calls >= point;
}

/**
 * Delivers the events to an instance that fails at `point`, then, each time a lease later, to sound ones until all are
 * settled.
 */
async function survive(world: World, events: readonly object[], at: { point: number; when: When }): Promise<boolean> {
  const failing = world.instance();
  const reached = failAt(failing, at.point, at.when);
  const failed = await failing.deliver(events);
  for (let left = failed, tries = 0; left.length > 0; tries += 1) {
    expect(tries).toBeLessThan(3);
    world.now += 36_000;
    left = (await world.instance().deliver(left.map((index) => Object(events[index])))).map(
      (index) => left[index] ?? 0,
    );
  }
  return reached();
}

/** Runs the scenario with each call failing, until there is no such call any more; returns how many there were. */
async function everyPoint(scenario: (at: { point: number; when: When }) => Promise<boolean>): Promise<number> {
  for (let point = 1; point < MOST_POINTS; point += 1) {
    const reached = await Promise.all([scenario({ point, when: 'before' }), scenario({ point, when: 'after' })]);
    if (!reached.includes(true)) return point - 1;
  }
  return MOST_POINTS;
}

describe('whatever call fails, and whether it had its effect', () => {
  it('an offboarding loses all keys, is done, and is followed up', async () => {
    const points = await everyPoint(async (at) => {
      const world = openWorld();
      world.store.createKeys(SAML_PRINCIPAL, 2);
      const reached = await survive(world, [offboarded()], at);
      expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
      expect((await world.row(offboarded())).data.state).toBe('done');
      expect(world.sent.length).toBeGreaterThan(0);
      expect(world.deadLetters).toEqual([]);
      return reached;
    });
    expect(points).toBeGreaterThan(12);
    expect(points).toBeLessThan(MOST_POINTS);
  });

  it('a compromise reaches the keys that it saw, and not the one created while it waited', async () => {
    const points = await everyPoint(async (at) => {
      const world = openWorld();
      const old = world.store.createKeys(PRINCIPAL, 2);
      const failing = world.instance();
      const reached = failAt(failing, at.point, at.when);
      const failed = await failing.deliver([principalLeak()]);
      const stored = await world.table.get(eventKeyOf(principalLeak()));
      const seen = stored?.data.fence !== undefined;
      const [fresh = ''] = world.store.createKeys(PRINCIPAL);
      world.now += 36_000;
      if (failed.length > 0) expect(await world.instance().deliver([principalLeak()])).toEqual([]);
      expect(old.map((id) => world.store.status(id))).toEqual(['DELETED', 'DELETED']);
      expect(world.store.status(fresh)).toBe(seen ? 'ACTIVE' : 'DELETED');
      expect((await world.row(principalLeak())).data.state).toBe('done');
      expect(world.deadLetters).toEqual([]);
      return reached();
    });
    expect(points).toBeGreaterThan(8);
  });

  it('a future-dated offboarding has one schedule, which a newer event replaces', async () => {
    const at = (ms: number) => new Date(openWorld().now + ms).toISOString();
    const data = (ms: number) => ({ principalName: SAML_PRINCIPAL, effectiveAt: at(ms) });
    const older = offboarded({ id: 'older', time: at(-1_000), data: data(DAY_MS) });
    const newer = offboarded({ id: 'newer', data: data(2 * DAY_MS) });
    const points = await everyPoint(async (point) => {
      const world = openWorld();
      world.store.createKeys(SAML_PRINCIPAL);
      await world.instance().deliver([older]);
      const reached = await survive(world, [newer], point);
      expect(world.schedules.names()).toHaveLength(1);
      world.now += DAY_MS;
      expect(await world.schedules.fireDue(world.now)).toBe(0);
      expect(await world.instance().deliver([older])).toEqual([]);
      expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);
      expect(world.deadLetters).toEqual([]);
      return reached;
    });
    expect(points).toBeGreaterThan(8);
  });

  it('a reinstatement removes the schedule and leaves a dead letter, at most one more than once', async () => {
    const effectiveAt = new Date(openWorld().now + DAY_MS).toISOString();
    const offboarding = offboarded({ data: { principalName: SAML_PRINCIPAL, effectiveAt } });
    const points = await everyPoint(async (point) => {
      const world = openWorld();
      world.store.createKeys(SAML_PRINCIPAL);
      await world.instance().deliver([offboarding]);
      const reached = await survive(world, [reinstated()], point);
      expect(world.schedules.names()).toEqual([]);
      expect(new Set(world.deadLetters.map(({ reason }) => reason))).toEqual(new Set(['held-superseded']));
      expect(world.deadLetters.length).toBeLessThanOrEqual(2);
      expect((await world.row(offboarding)).data.state).toBe('held');
      return reached;
    });
    expect(points).toBeGreaterThan(8);
  });

  it('a check finds the late key, and the next one is sent', async () => {
    const points = await everyPoint(async (point) => {
      const world = openWorld();
      world.store.createKeys(SAML_PRINCIPAL);
      await world.instance().deliver([offboarded()]);
      world.store.createKeys(SAML_PRINCIPAL);
      const [{ body } = { body: '' }] = world.sent.splice(0);
      const reached = await survive(world, [JSON.parse(body)], point);
      expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
      expect(new Set(world.sent.map((sent) => JSON.parse(sent.body).data.generation))).toEqual(new Set([2]));
      return reached;
    });
    expect(points).toBeGreaterThan(8);
  });
});
