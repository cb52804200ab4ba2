/** Two future-dated offboardings of one principal: the newer event wins, and no event is lost. */
import { describe, expect, it } from 'vitest';
import { AdapterError } from '../../../lib/runtime/adapter-error.ts';
import { approve } from '../../support/approval.ts';
import { offboarded, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const DAY_MS = 86_400_000;
const NOW = openWorld().now;
const iso = (ms: number) => new Date(ms).toISOString();
const offboarding = (aheadMs: number, { id = 'offboarding-7', timeMs = NOW } = {}) =>
  offboarded({ id, time: iso(timeMs), data: { principalName: SAML_PRINCIPAL, effectiveAt: iso(NOW + aheadMs) } });
const worldWithOffboarding = () => {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL, 2);
  return world;
};
/** Takes everything from the lanes and delivers it. */
const deliverSent = (world: World) => world.instance().deliver(world.sent.splice(0).map(({ body }) => body));
const live = ({ store }: World) => store.liveKeys(SAML_PRINCIPAL).length;

describe('a newer offboarding of the principal', () => {
  const older = offboarding(DAY_MS, { id: 'older', timeMs: NOW - 1_000 });
  const newer = offboarding(2 * DAY_MS, { id: 'newer' });

  it('replaces the day of the older one, whose message finds nothing left to do', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([older]);
    const [first] = world.schedules.names();
    await world.instance().deliver([newer]);
    expect(world.schedules.names()).toHaveLength(1);
    expect(world.schedules.names()).not.toContain(first);
    expect(world.trail(older).at(-1)).toBe('note:replaced');

    world.now = NOW + DAY_MS;
    expect(await world.instance().deliver([older])).toEqual([]);
    expect(world.trail(older).at(-1)).toBe('outcome:duplicate');
    expect(live(world)).toBe(2);
    world.now = NOW + 2 * DAY_MS;
    await world.schedules.fireDue(world.now);
    await deliverSent(world);
    expect(live(world)).toBe(0);
  });

  it('still replaces it after a failure in the middle', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([older]);
    const { remove } = world.schedules;
    Object.assign(world.schedules, {
      remove: () => Promise.reject(new AdapterError('schedules-unavailable', 'TimeoutError')),
    });
    expect(await world.instance().deliver([newer])).toEqual([0]);
    Object.assign(world.schedules, { remove });
    expect(await world.instance().deliver([newer])).toEqual([]);

    world.now = NOW + DAY_MS;
    expect(await world.schedules.fireDue(world.now)).toBe(0);
    expect(await world.instance().deliver([older])).toEqual([]);
    expect(live(world)).toBe(2);
  });

  it('makes an older one that comes after it a hold, which an approval releases beside the newer day', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([newer]);
    await world.instance().deliver([older]);
    expect(world.deadLetters).toMatchObject([{ reason: 'held-superseded', event: { id: 'older' } }]);
    expect(world.schedules.names()).toHaveLength(1);

    expect(await world.instance().deliver([older], await approve(world, older, ['held-superseded']))).toEqual([]);
    expect(world.schedules.names()).toHaveLength(2);
    world.now = NOW + DAY_MS;
    await world.schedules.fireDue(world.now);
    await deliverSent(world);
    expect(live(world)).toBe(0);
  });

  it('that is due at once takes the day of the older one away', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([older]);
    const dueNow = offboarded({ id: 'now', time: iso(NOW), data: { principalName: SAML_PRINCIPAL } });
    expect(await world.instance().deliver([dueNow])).toEqual([]);
    expect([live(world), world.schedules.names()]).toEqual([0, []]);
    expect(await world.table.get(`schedule#${SAML_PRINCIPAL}`)).toBeUndefined();

    world.store.createKeys(SAML_PRINCIPAL);
    world.now = NOW + DAY_MS;
    expect(await world.instance().deliver([older])).toEqual([]);
    expect([live(world), world.trail(older).at(-1)]).toEqual([1, 'outcome:duplicate']);
  });

  it('that is scheduled keeps its effective date if an older offboarding that is due arrives later', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([newer]);
    const dueNow = offboarded({ id: 'now', time: iso(NOW - 1_000), data: { principalName: SAML_PRINCIPAL } });
    expect(await world.instance().deliver([dueNow])).toEqual([]);
    expect([live(world), world.schedules.names()]).toEqual([0, [expect.any(String)]]);
  });

  it('leaves one that was about others too to a person: their part is not lost', async () => {
    const world = worldWithOffboarding();
    const pk = 'identity#email#user@example.com';
    await world.table.put({ pk, version: 1, data: { principals: [SAML_PRINCIPAL, PRINCIPAL] } }, undefined);
    const both = offboarded({
      id: 'both',
      time: iso(NOW - 1_000),
      data: { identity: { email: 'user@example.com' }, effectiveAt: iso(NOW + DAY_MS) },
    });
    await world.instance().deliver([both]);
    await world.instance().deliver([newer]);
    expect(world.deadLetters).toMatchObject([
      {
        reason: 'held-superseded',
        detail: 'rule: replaced by a newer offboarding of one of its principals',
        event: { id: 'both' },
      },
    ]);
    expect(world.schedules.names()).toHaveLength(1);
    expect((await world.row(both)).data.state).toBe('held');
    expect((await world.row(newer)).data.state).toBe('scheduled');
  });
});
