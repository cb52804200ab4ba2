/** Future-dated offboardings: they are scheduled, replaced by a newer event, and revoked when they are due. */
import { describe, expect, it } from 'vitest';
import { AdapterError } from '../../../lib/runtime/adapter-error.ts';
import { approve } from '../../support/approval.ts';
import { offboarded, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';
import { ROLE_IDS } from '../../support/senders.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOW = openWorld().now;
const iso = (ms: number) => new Date(ms).toISOString();
/** An offboarding that is effective `aheadMs` after the start of the world. */
const offboarding = (aheadMs: number, { id = 'offboarding-7', timeMs = NOW, data = {} } = {}) =>
  offboarded({
    id,
    time: iso(timeMs),
    data: { principalName: SAML_PRINCIPAL, effectiveAt: iso(NOW + aheadMs), ...data },
  });
const worldWithOffboarding = () => {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL, 2);
  return world;
};
/** Takes everything from the lanes and delivers it. */
const deliverSent = (world: World, instance = world.instance()) =>
  instance.deliver(world.sent.splice(0).map(({ body }) => body));
/** Delivers what the schedules send this long after the start of the world. */
async function fire(world: World, ms: number): Promise<void> {
  world.now = NOW + ms;
  await world.schedules.fireDue(world.now);
  const bodies = world.sent.splice(0).map(({ body }) => body);
  await world.instance().deliver(bodies, { senderId: `${ROLE_IDS.scheduler}:schedule` });
}
const live = ({ store }: World) => store.liveKeys(SAML_PRINCIPAL).length;
const scheduleRow = ({ table }: World) => table.get(`schedule#${SAML_PRINCIPAL}`);

describe('a future-dated offboarding', () => {
  it('waits in one schedule, made once however often it is announced, and goes when it falls due', async () => {
    const world = worldWithOffboarding();
    for (let times = 0; times < 3; times += 1)
      expect(await world.instance().deliver([offboarding(DAY_MS)])).toEqual([]);
    expect(world.schedules.names()).toHaveLength(1);
    expect(world.calls).toEqual([]);
    expect((await world.row(offboarding(DAY_MS))).data).toMatchObject({ state: 'scheduled', dueAt: NOW + DAY_MS });
    expect(world.trail(offboarding(DAY_MS))).toEqual([`note:due: ${iso(NOW + DAY_MS)}`, 'note:parked', 'note:parked']);

    world.now = NOW + DAY_MS;
    expect(await world.schedules.fireDue(world.now)).toBe(1);
    expect(await deliverSent(world)).toEqual([]);
    expect(live(world)).toBe(0);
    expect((await world.row(offboarding(DAY_MS))).data.state).toBe('done');
    expect(await scheduleRow(world)).toBeUndefined();
  });

  it.each(['9999-12-31T23:59:59Z', '9999-12-31T23:59:59-12:00'])(
    'at %s, the end of time, waits in a schedule',
    async (day) => {
      const world = worldWithOffboarding();
      const event = offboarding(0, { data: { effectiveAt: day } });
      expect(await world.instance().deliver([event])).toEqual([]);
      expect(world.trail(event)).toEqual(['note:due: 9999-12-31T23:59:00.000Z']);
      expect(world.schedules.names()).toHaveLength(1);
    },
  );

  it('takes a schedule that an earlier delivery made, and died before it could say so, for its own', async () => {
    const world = worldWithOffboarding();
    const { put } = world.table;
    Object.assign(world.table, {
      put: (row: { pk: string }, seen: number | undefined) =>
        row.pk.startsWith('schedule#') ? Promise.reject(new Error('down')) : put(row as never, seen),
    });
    expect(await world.instance().deliver([offboarding(DAY_MS)])).toEqual([0]);
    expect(world.schedules.names()).toHaveLength(1);
    Object.assign(world.table, { put });
    expect(await world.instance().deliver([offboarding(DAY_MS)])).toEqual([]);
    expect(world.schedules.names()).toHaveLength(1);
    expect((await world.row(offboarding(DAY_MS))).data.state).toBe('scheduled');
  });

  it('comes back when no schedule can be made, and nothing is lost', async () => {
    const world = worldWithOffboarding();
    const { create } = world.schedules;
    Object.assign(world.schedules, {
      create: () => Promise.reject(new AdapterError('schedules-unavailable', 'TimeoutError')),
    });
    expect(await world.instance().deliver([offboarding(DAY_MS)])).toEqual([0]);
    Object.assign(world.schedules, { create });
    expect(await world.instance().deliver([offboarding(DAY_MS)])).toEqual([]);
    expect(world.schedules.names()).toHaveLength(1);
  });

  it.each([
    ['now, when that is now', 0, { delays: [], schedules: 0, live: 0 }],
    ['by a delayed message, a moment ahead', 1, { delays: [1], schedules: 0, live: 2 }],
    ['by a delayed message, up to 15 minutes', 15 * MINUTE_MS, { delays: [900], schedules: 0, live: 2 }],
    ['by a schedule, beyond', 15 * MINUTE_MS + 1, { delays: [], schedules: 1, live: 2 }],
    ['now, if its effective date has passed', -DAY_MS, { delays: [], schedules: 0, live: 0 }],
  ])('goes %s', async (_, aheadMs, expected) => {
    const world = worldWithOffboarding();
    expect(await world.instance().deliver([offboarding(aheadMs)])).toEqual([]);
    const delays = world.sent.filter(({ body }) => body.includes('offboarded')).map(({ delaySeconds }) => delaySeconds);
    expect({ delays, schedules: world.schedules.names().length, live: live(world) }).toEqual(expected);
  });

  it('that comes back before its time, by a clock that is behind, is delayed again and goes at its time', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([offboarding(5 * MINUTE_MS)]);
    world.now += 5 * MINUTE_MS - 5;
    expect(await deliverSent(world)).toEqual([]);
    expect(live(world)).toBe(2);
    world.now += 5;
    expect(await deliverSent(world)).toEqual([]);
    expect(live(world)).toBe(0);
  });

  it.each([1_100, MINUTE_MS])(
    'that was delayed is not lost when it comes back by a clock %i ms behind',
    async (behind) => {
      const world = worldWithOffboarding();
      const dueMs = 5 * MINUTE_MS + 1;
      await world.instance().deliver([offboarding(dueMs)]);
      world.now += dueMs - behind;
      expect(await deliverSent(world)).toEqual([]);
      expect(live(world)).toBe(2);
      world.now += behind;
      expect(await deliverSent(world)).toEqual([]);
      expect(live(world)).toBe(0);
    },
  );

  it("goes by SQS' clock when ours is behind", async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([offboarding(DAY_MS)]);
    const sentAt = { sentAt: NOW + DAY_MS };
    world.now += DAY_MS - 12 * MINUTE_MS;
    expect(await world.instance().deliver([offboarding(DAY_MS)], sentAt)).toEqual([]);
    expect(live(world)).toBe(0);
  });

  it('that was delayed goes when its message comes', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([offboarding(5 * MINUTE_MS)]);
    expect(await world.instance().deliver([offboarding(5 * MINUTE_MS)])).toEqual([]);
    expect(live(world)).toBe(2);
    world.now += 5 * MINUTE_MS;
    expect(await deliverSent(world)).toEqual([]);
    expect(live(world)).toBe(0);
  });

  it('announced 500 days before goes when it falls due', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([offboarding(500 * DAY_MS)]);
    await fire(world, 500 * DAY_MS);
    expect(live(world)).toBe(0);
  });

  it('whose row is gone is held when it falls due, and goes once it is approved', async () => {
    const world = worldWithOffboarding();
    const event = offboarding(DAY_MS);
    await world.instance().deliver([event]);
    const { pk, version } = await world.row(event);
    await world.table.remove(pk, version);
    await fire(world, DAY_MS);
    expect(world.deadLetters).toMatchObject([
      { reason: 'held-unknown-sender', detail: 'rule: the event was not scheduled', sender: 'own:scheduler' },
    ]);
    const { attributes } = await approve(world, event, ['held-unknown-sender'], {
      differs: { created: iso(world.now), validUntil: iso(world.now + DAY_MS) },
    });
    const replayed = { senderId: `${ROLE_IDS.replay}:r`, attributes: { ...attributes, sender: 'own:scheduler' } };
    await world.instance().deliver([event], replayed);
    expect(live(world)).toBe(0);
  });

  it('announced weeks before is not stale when it falls due, but a week after', async () => {
    const announced = offboarding(30 * DAY_MS);
    const onTime = worldWithOffboarding();
    await onTime.instance().deliver([announced]);
    onTime.now = NOW + 30 * DAY_MS;
    await onTime.schedules.fireDue(onTime.now);
    await deliverSent(onTime);
    expect({ live: live(onTime), deadLetters: onTime.deadLetters }).toEqual({ live: 0, deadLetters: [] });

    const late = worldWithOffboarding();
    await late.instance().deliver([announced]);
    late.now = NOW + 38 * DAY_MS;
    await late.schedules.fireDue(late.now);
    await deliverSent(late);
    expect(late.deadLetters.map(({ reason }) => reason)).toEqual(['held-stale']);
    expect(live(late)).toBe(2);
  });

  it('with a date for a day is refused with an explanation', async () => {
    const world = worldWithOffboarding();
    expect(await world.instance().deliver([offboarding(0, { data: { effectiveAt: '2026-12-24' } })])).toEqual([]);
    expect(world.deadLetters).toMatchObject([
      { reason: 'invalid', detail: expect.stringContaining('a date alone begins') },
    ]);
    expect(world.schedules.names()).toEqual([]);
  });

  it('does not count in a window before its effective date', async () => {
    const world = worldWithOffboarding();
    const limits = { sourcePer10Minutes: 0, sourcePerDay: 0, totalPer10Minutes: 0, totalPerDay: 0 };
    await world.instance({ limits }).deliver([offboarding(DAY_MS)]);
    expect(world.deadLetters).toEqual([]);
    world.now = NOW + DAY_MS;
    await world.schedules.fireDue(world.now);
    await deliverSent(world, world.instance({ limits }));
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-limit']);
  });
});
