/** The number of principals that one window admits, for any sender and any number of instances. */
import { describe, expect, it } from 'vitest';
import { AdapterError } from '../../../lib/runtime/adapter-error.ts';
import { answer } from '../../support/api-answers.ts';
import { keyLeak, offboarded, principalLeak } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const principal = (n: number) => `coreweave/user${n}`;
const offboarding = (n: number, overrides: Record<string, unknown> = {}) =>
  offboarded({ id: `offboarding-${n}`, data: { principalName: principal(n) }, ...overrides });
const count = (size: number) => Array.from({ length: size }, (_, n) => n);
const worldOf = (size: number): World => {
  const world = openWorld();
  for (const n of count(size)) world.store.createKeys(principal(n));
  return world;
};
const dead = (world: World, size: number) =>
  count(size).filter((n) => world.store.liveKeys(principal(n)).length === 0).length;
/** Spreads the events over four instances, ten to a batch. */
const race = (world: World, events: readonly object[]) => {
  const instances = count(4).map(() => world.instance());
  const batches = count(Math.ceil(events.length / 10)).map((n) => events.slice(n * 10, n * 10 + 10));
  return Promise.all(batches.map((batch, n) => instances[n % 4]?.deliver(batch)));
};
const heldIds = ({ deadLetters }: World) =>
  deadLetters.filter(({ reason }) => reason === 'held-limit').map(({ event }) => event.id);

describe('a window', () => {
  it('lets exactly 25 of 40 racing principals of one source pass, and holds each of the others once', async () => {
    const world = worldOf(40);
    expect(
      (
        await race(
          world,
          count(40).map((n) => offboarding(n)),
        )
      ).flat(),
    ).toEqual([]);
    expect(dead(world, 40)).toBe(25);
    expect(new Set(heldIds(world)).size).toBe(15);
    expect(world.deadLetters).toHaveLength(15);
    expect(new Set(world.deadLetters.map(({ detail }) => detail))).toEqual(
      new Set(['rule: sourcePer10Minutes (25 distinct principals)']),
    );
  });

  it('lets exactly 100 pass over invented sources', async () => {
    const world = worldOf(130);
    const invented = count(130).map((n) => offboarding(n, { source: `//invented.example/${n}` }));
    await race(world, invented);
    expect(dead(world, 130)).toBe(100);
    expect(heldIds(world)).toHaveLength(30);
    expect(world.deadLetters[0]?.detail).toBe('rule: totalPer10Minutes (100 distinct principals)');
  });

  it('counts each spelling of a source apart, so that the total is what bounds an inventive sender', async () => {
    const world = worldOf(120);
    const variants = count(120).map((n) => offboarding(n, { source: n % 2 === 0 ? '//hr.example' : '//HR.example' }));
    await race(world, variants);
    expect(dead(world, 120)).toBe(50);
  });

  it('holds as many names of 512 characters as of any other length', async () => {
    const long = (n: number) => `coreweave/${String(n).padStart(500, 'x')}`;
    const most = { sourcePer10Minutes: 5_000, sourcePerDay: 5_000, totalPer10Minutes: 5_000, totalPerDay: 5_000 };
    const world = openWorld();
    const events = count(1_000).map((n) => offboarded({ id: `offboarding-${n}`, data: { principalName: long(n) } }));
    const instance = world.instance({ limits: most });
    for (const n of count(10)) expect(await instance.deliver(events.slice(n * 100, n * 100 + 100))).toEqual([]);
    expect(world.deadLetters).toEqual([]);
  });

  it('counts principals, not events: one that was admitted is free', async () => {
    const world = worldOf(26);
    await race(
      world,
      count(25).map((n) => offboarding(n)),
    );
    const again = count(25).map((n) => offboarding(n, { id: `again-${n}`, time: '2026-11-23T09:30:01Z' }));
    await race(world, [...again, offboarding(25)]);
    expect(heldIds(world)).toEqual(['offboarding-25']);
    expect(world.store.liveKeys(principal(25))).toHaveLength(1);
  });

  it('counts a compromise of a principal too, and no leaked key', async () => {
    const world = worldOf(27);
    await race(
      world,
      count(25).map((n) => offboarding(n)),
    );
    const compromise = principalLeak({ data: { principalName: principal(25), scope: 'principal' } });
    const [accessKeyId] = world.store.liveKeys(principal(26));
    await race(world, [compromise, keyLeak({ data: { accessKeyId } })]);
    expect(heldIds(world)).toEqual([compromise.id]);
    expect(world.store.liveKeys(principal(25))).toHaveLength(1);
    expect(world.store.liveKeys(principal(26))).toEqual([]);
  });

  it('does not count who is held by another guard, was done before, or has no key and was not named', async () => {
    const world = worldOf(1);
    const rules = world.instance({ principalTemplates: ['saml/{email}'] });
    const strangers = count(30).map((n) =>
      offboarded({ id: `s-${n}`, data: { identity: { email: `unknown${n}@example.com` } } }),
    );
    const stale = count(30).map((n) => offboarding(n + 100, { time: '2026-01-01T00:00:00Z' }));
    for (const events of [strangers, stale]) expect(await rules.deliver(events)).toEqual([]);
    expect(await rules.deliver([offboarding(0)])).toEqual([]);
    expect(heldIds(world)).toEqual([]);
    expect(dead(world, 1)).toBe(1);
  });

  it('of all sources is not filled by invented principals, which have no keys', async () => {
    const world = worldOf(1);
    const invented = count(150).map((n) =>
      principalLeak({
        id: `invented-${n}`,
        source: `//invented.example/${n}`,
        data: { principalName: `coreweave/unknown${n}`, scope: 'principal' },
      }),
    );
    await race(world, invented);
    const real = principalLeak({ data: { principalName: principal(0), scope: 'principal' } });
    expect(await world.instance().deliver([real])).toEqual([]);
    expect([dead(world, 1), world.deadLetters]).toEqual([1, []]);
  });

  it('of all sources counts a principal that gets keys before the event is tried again', async () => {
    const world = worldOf(2);
    const limits = { sourcePer10Minutes: 9, sourcePerDay: 9, totalPer10Minutes: 1, totalPerDay: 9 };
    const instance = world.instance({ limits });
    world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(500) : undefined);
    const late = offboarding(7);
    expect(await instance.deliver([late])).toEqual([0]);
    world.meddle = () => undefined;
    expect(await instance.deliver([offboarding(0)])).toEqual([]);
    world.store.createKeys(principal(7));
    expect(await instance.deliver([late], { receiveCount: 2 })).toEqual([]);
    expect(heldIds(world)).toEqual([late.id]);
  });

  it('opens again when its ten minutes are over, until the day is full', async () => {
    const world = worldOf(130);
    const window = 10 * 60_000;
    for (const round of count(5)) {
      await race(
        world,
        count(26).map((n) => offboarding(round * 26 + n)),
      );
      world.now += window;
    }
    expect(dead(world, 130)).toBe(100);
    expect(world.deadLetters.map(({ detail }) => detail).at(-1)).toBe('rule: sourcePerDay (100 distinct principals)');
  });

  it('can pass twice its figure at an edge, and no more', async () => {
    const world = worldOf(80);
    world.now = Math.ceil(world.now / 600_000) * 600_000 - 1;
    await race(
      world,
      count(40).map((n) => offboarding(n)),
    );
    world.now += 1;
    await race(
      world,
      count(40).map((n) => offboarding(n + 40)),
    );
    expect(dead(world, 80)).toBe(50);
  });

  it('is asked once of an offboarding that has to be tried again: an outage piles up no holds', async () => {
    const world = worldOf(40);
    world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(500) : undefined);
    const events = count(40).map((n) => offboarding(n));
    await race(world, events.slice(0, 20));
    world.now += 10 * 60_000;
    await race(world, events.slice(20));
    world.now += 10 * 60_000;
    world.meddle = () => undefined;
    await race(world, events);
    expect(dead(world, 40)).toBe(40);
    expect(world.deadLetters).toEqual([]);
  });

  it('is not passed while the ledger cannot say', async () => {
    const world = worldOf(1);
    const { table } = world;
    const admit = table.admit;
    Object.assign(table, { admit: () => Promise.reject(new AdapterError('ledger-unavailable', 'TimeoutError')) });
    expect(await world.instance().deliver([offboarding(0)])).toEqual([0]);
    expect(dead(world, 1)).toBe(0);
    Object.assign(table, { admit });
    expect(await world.instance().deliver([offboarding(0)])).toEqual([]);
    expect(dead(world, 1)).toBe(1);
  });
});
