/** Key limits in the pipeline of a leaked key: before any call, with one notice, and approvable. */
import { describe, expect, it } from 'vitest';
import { readAuditLine } from '../../../lib/audit/read-line.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import { noticeOf } from '../../../lib/notify/notice.ts';
import { answer } from '../../support/api-answers.ts';
import { approve } from '../../support/approval.ts';
import { check, keyLeak } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const settings = {
  keyLimits: { senderKeysPer10Minutes: 10, senderKeysPerDay: 100 },
  protections: [protect('coreweave/backup')],
};
const FREE = 5;
const keyOf = (n: number) => `CWLIMIT${String(n).padStart(8, '0')}`;
const leak = (n: number, source = '//flood') => keyLeak({ id: `leak-${n}`, source, data: { accessKeyId: keyOf(n) } });
const leaks = (count: number) => Array.from({ length: count }, (_, n) => leak(n));
const worldOf = (count: number): World => {
  const world = openWorld();
  for (let n = 0; n < count; n += 1) world.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
  return world;
};
const dead = (world: World, count: number) =>
  leaks(count).filter((_, n) => world.store.status(keyOf(n)) === 'DELETED').length;
const notices = ({ audit }: World) =>
  audit.flatMap((record) => {
    const line = readAuditLine(asciiJson(record));
    const notice = line.kind === 'record' ? noticeOf(line.line) : undefined;
    return notice?.data.code === 'held-limit' ? [notice] : [];
  });

/** From now on the API refuses the first revocation of each key for the load. */
function refuseOnce(world: World): void {
  const refused = new Set<string>();
  world.meddle = (request) => {
    if (request.call !== 'revoke-key' || refused.has(request.accessKeyId)) return undefined;
    refused.add(request.accessKeyId);
    return answer(429);
  };
}

describe('leaked keys over the limit', () => {
  it('are held without a call, not even for their owner; there is one notice', async () => {
    const world = worldOf(40);
    expect(await world.instance(settings).deliver(leaks(40), { lane: 'urgent' })).toEqual([]);
    expect(dead(world, 40)).toBe(10 + FREE);
    const held = world.deadLetters.map(({ event }) => event.id);
    expect(held).toHaveLength(25);
    expect(world.deadLetters[0]).toMatchObject({
      reason: 'held-limit',
      detail: 'rule: senderKeysPer10Minutes (10 distinct keys of one sender)',
    });
    const called = new Set(world.calls.map((line) => line.split(' ')[1]));
    expect(held.filter((id) => called.has(keyOf(Number(id.split('-')[1]))))).toEqual([]);
    expect(notices(world)).toHaveLength(1);
  });

  it('do not hold the keys of another sender', async () => {
    const world = worldOf(40);
    const instance = world.instance(settings);
    await instance.deliver(leaks(30), { lane: 'urgent' });
    const others = Array.from({ length: 10 }, (_, n) => leak(30 + n, '//scanner'));
    await instance.deliver(others, { lane: 'urgent', senderId: 'AROASCANNER:s' });
    expect(others.map(({ id }) => world.trail({ id }).at(-1))).toEqual(Array(10).fill('outcome:confirmed'));
  });

  it('are revoked once they are approved', async () => {
    const world = worldOf(20);
    const instance = world.instance(settings);
    await instance.deliver(leaks(20), { lane: 'urgent' });
    const event = leak(Number(world.deadLetters[0]?.event.id.split('-')[1]));
    const replayed = async (reason: string) => {
      const { attributes } = await approve(world, event, [reason]);
      return { lane: 'urgent', attributes: { ...attributes, sender: 'AROAEXAMPLE' } } as const;
    };
    await instance.deliver([event], await replayed('held-stale'));
    expect(dead(world, 20)).toBe(10 + FREE);
    await instance.deliver([event], await replayed('held-limit'));
    expect(dead(world, 20)).toBe(10 + FREE + 1);
  });

  it('are returned, and neither revoked nor held, once the hard cap is reached without the ledger', async () => {
    const world = worldOf(80);
    world.ledgerDown = true;
    const instance = world.instance(settings);
    const failed = await instance.deliver(leaks(80), { lane: 'urgent' });
    expect([failed.length, dead(world, 80), world.deadLetters]).toEqual([30, 50, []]);
    world.ledgerDown = false;
    world.now += 5_000;
    await instance.deliver(leaks(80), { lane: 'urgent' });
    expect(dead(world, 80)).toBe(60);
  });

  it('do not count for another sender because they claim its source', async () => {
    const world = worldOf(40);
    const instance = world.instance(settings);
    await instance.deliver(leaks(30), { lane: 'urgent' });
    await instance.deliver([leak(30, '//scanner')], { lane: 'urgent' });
    expect(world.trail({ id: 'leak-30' }).at(-1)).toBe('hold:held-limit');
  });

  it('hold no follow-up checks, which only this function sends', async () => {
    const world = worldOf(40);
    const instance = world.instance(settings);
    await instance.deliver(leaks(15), { lane: 'urgent' });
    const follow = (n: number) => {
      const data = { parent: { source: '//flood', id: `leak-${n}` }, accessKeyId: keyOf(n), generation: 1 };
      return check({ id: `check-${n}`, data });
    };
    expect(await instance.deliver(Array.from({ length: 40 }, (_, n) => follow(n)))).toEqual([]);
    expect(world.deadLetters).toEqual([]);
  });

  it('do not concern an ordinary leak, which asks the ledger nothing', async () => {
    const world = worldOf(1);
    world.ledgerDown = true;
    expect(await world.instance(settings).deliver(leaks(1), { lane: 'urgent' })).toEqual([]);
    expect(world.calls).toEqual(['read-key', 'revoke-key', 'read-key'].map((call) => `${call} ${keyOf(0)}`));
  });
});

describe('invented keys', () => {
  const TRUE_KEY = 'CWTRUELEAKEDKEY1';
  const truth = keyLeak({ id: 'truth', source: '//flood/production', data: { accessKeyId: TRUE_KEY } });
  const invented = (count: number) => JSON.stringify(leaks(count));
  const withTruth = (protections: readonly (typeof settings.protections)[number][] = settings.protections) => {
    const world = openWorld();
    world.store.add({ accessKeyId: TRUE_KEY, principalName: 'coreweave/owner' });
    return { world, instance: world.instance({ ...settings, protections }) };
  };

  it.each([
    ['whose owners are read', settings.protections],
    ['whose owners are not read', []],
  ])('do not hold a true leak of the same sender: 2,500 %s', async (_name, protections) => {
    const { world, instance } = withTruth(protections);
    for (const _ of [1, 2, 3]) await instance.deliver([invented(834)], { lane: 'urgent' });
    await instance.deliver([truth], { lane: 'urgent' });
    expect([world.store.status(TRUE_KEY), world.deadLetters]).toEqual(['DELETED', []]);
  });

  it('do not hold it when the API refuses each of them once for the load', async () => {
    const { world, instance } = withTruth([]);
    refuseOnce(world);
    const all = [...leaks(40), truth];
    for (let n = 0; n < all.length; n += 4) {
      for (const receiveCount of [1, 2]) {
        await instance.deliver(all.slice(n, n + 4), { lane: 'urgent', receiveCount });
        world.now += 5_000;
      }
    }
    expect([world.store.status(TRUE_KEY), world.deadLetters]).toEqual(['DELETED', []]);
  });
});

describe('real keys over the limit', () => {
  it('of two sources of one sender make one notice for each', async () => {
    const world = worldOf(40);
    const instance = world.instance(settings);
    await instance.deliver(leaks(30), { lane: 'urgent' });
    const others = Array.from({ length: 10 }, (_, n) => leak(30 + n, '//flood/production'));
    await instance.deliver(others, { lane: 'urgent' });
    expect(notices(world).map((notice) => notice.data.event.source)).toEqual(['//flood', '//flood/production']);
  });

  it('that the API had refused before are still limited', async () => {
    const world = worldOf(40);
    const instance = world.instance({ ...settings, protections: [] });
    refuseOnce(world);
    for (const _ of [1, 2, 3]) await instance.deliver(leaks(40), { lane: 'urgent' });
    expect(dead(world, 40)).toBe(10 + FREE);
  });
});

describe('a flood of 2,000 live keys in four messages of one sender, beside 30 leaks of another', () => {
  const LIMIT = 400;
  const [FLOODED, REAL, INSTANCES] = [2_000, 30, 2];
  const limited = { keyLimits: { senderKeysPer10Minutes: LIMIT, senderKeysPerDay: 10_000 } };
  const real = Array.from({ length: REAL }, (_, n) => leak(FLOODED + n, '//scanner'));
  const message = (nth: number) => JSON.stringify(leaks(FLOODED).slice(nth * 500, (nth + 1) * 500));

  it('ends the keys of the limit and those free for each instance; one notice, a dead letter each', async () => {
    const world = worldOf(FLOODED + REAL);
    const instances = Array.from({ length: INSTANCES }, () => world.instance(limited));
    await Promise.all(
      instances.map((instance, n) => instance.deliver([message(2 * n), message(2 * n + 1)], { lane: 'urgent' })),
    );
    const [one] = instances;
    await one?.deliver(real, { lane: 'urgent', senderId: 'AROASCANNER:s' });

    const killed = LIMIT + INSTANCES * FREE;
    expect(dead(world, FLOODED)).toBe(killed);
    const held = world.deadLetters.map(({ event }) => event.id);
    expect([held.length, new Set(held).size]).toEqual([FLOODED - killed, FLOODED - killed]);
    expect(new Set(world.deadLetters.map(({ reason }) => reason))).toEqual(new Set(['held-limit']));
    expect(notices(world)).toHaveLength(1);
    // Two calls each: revoke and read back. A held key costs none.
    expect(world.calls).toHaveLength(2 * (killed + REAL));
    expect(real.map(({ id }) => world.trail({ id }).at(-1))).toEqual(Array(REAL).fill('outcome:confirmed'));
  });
});
