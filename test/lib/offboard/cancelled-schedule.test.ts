/** A future-dated offboarding who stays after all: nothing fires, and a dead letter says what was cancelled. */
import { describe, expect, it } from 'vitest';
import { approve } from '../../support/approval.ts';
import { offboarded, PRINCIPAL, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const DAY_MS = 86_400_000;
const NOW = openWorld().now;
const iso = (ms: number) => new Date(ms).toISOString();
const EMAIL = { identity: { email: 'user@example.com' } };
const offboarding = (data: object = { principalName: SAML_PRINCIPAL }, aheadMs = DAY_MS) =>
  offboarded({ id: 'offboarding-7', data: { ...data, effectiveAt: iso(NOW + aheadMs) } });
const returner = (data: object = { principalName: SAML_PRINCIPAL }) => reinstated({ data, time: iso(NOW + 1_000) });

async function worldWithOffboarding(event = offboarding()): Promise<World> {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL);
  world.store.createKeys(PRINCIPAL);
  const pk = 'identity#email#user@example.com';
  await world.table.put({ pk, version: 1, data: { principals: [SAML_PRINCIPAL, PRINCIPAL] } }, undefined);
  expect(await world.instance().deliver([event])).toEqual([]);
  return world;
}
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason, event }) => [reason, event.id]);
const live = ({ store }: World) => [...store.liveKeys(SAML_PRINCIPAL), ...store.liveKeys(PRINCIPAL)].length;

describe('a reinstatement', () => {
  it.each([
    ['of the principal', undefined, undefined],
    ['of the person, of whom the principal is one', EMAIL, undefined],
    ['of one of the principals of a person', undefined, EMAIL],
    ['of the person', EMAIL, EMAIL],
  ])('%s removes the schedule and leaves one dead letter', async (_, returning, leaving) => {
    const event = offboarding(leaving);
    const world = await worldWithOffboarding(event);
    expect(await world.instance().deliver([returner(returning)])).toEqual([]);
    expect(world.schedules.names()).toEqual([]);
    expect(reasons(world)).toEqual([['held-superseded', 'offboarding-7']]);
    expect(world.deadLetters[0]).toMatchObject({
      detail: 'rule: reinstated before it fell due',
      check: 'reinstatement',
      asOf: returner().time,
      event,
    });
    expect(world.trail(event).at(-1)).toBe('hold:held-superseded');
    expect((await world.row(event)).data.state).toBe('held');
    expect(await world.table.get(`schedule#${SAML_PRINCIPAL}`)).toBeUndefined();
  });

  it('stops a message that is on its way already', async () => {
    const world = await worldWithOffboarding();
    await world.schedules.fireDue(NOW + DAY_MS);
    await world.instance().deliver([returner()]);
    world.now = NOW + DAY_MS;
    expect(await world.instance().deliver(world.sent.map(({ body }) => body))).toEqual([]);
    expect(live(world)).toBe(2);
    expect(reasons(world)).toEqual([['held-superseded', 'offboarding-7']]);
  });

  it('stops a delayed message too', async () => {
    const soon = offboarding(undefined, 5 * 60_000);
    const world = await worldWithOffboarding(soon);
    await world.instance().deliver([returner()]);
    world.now += 5 * 60_000;
    expect(await world.instance().deliver(world.sent.map(({ body }) => body))).toEqual([]);
    expect(live(world)).toBe(2);
    expect(reasons(world)).toEqual([['held-superseded', 'offboarding-7']]);
  });

  it('of an earlier time cancels nothing', async () => {
    const world = await worldWithOffboarding();
    await world.instance().deliver([reinstated({ time: iso(NOW - 1_000) })]);
    expect(world.schedules.names()).toHaveLength(1);
    expect(world.deadLetters).toEqual([]);
  });

  it('delivered again makes no second dead letter', async () => {
    const world = await worldWithOffboarding();
    for (let times = 0; times < 3; times += 1) await world.instance().deliver([returner()]);
    expect(reasons(world)).toEqual([['held-superseded', 'offboarding-7']]);
  });

  it('that fails in the middle comes back, and loses no dead letter', async () => {
    const world = await worldWithOffboarding();
    const { send } = world.instance().ports.deadLetters;
    const failing = world.instance();
    Object.assign(failing.ports.deadLetters, { send: () => Promise.reject(new Error('SendMessage failed')) });
    expect(await failing.deliver([returner()])).toEqual([0]);
    expect(world.deadLetters).toEqual([]);
    Object.assign(failing.ports.deadLetters, { send });
    expect(await failing.deliver([returner()])).toEqual([]);
    expect(reasons(world)).toEqual([['held-superseded', 'offboarding-7']]);
  });

  it('leaves no second dead letter for an offboarding that another guard has held on the day', async () => {
    const world = await worldWithOffboarding();
    world.now = NOW + 9 * DAY_MS;
    await world.schedules.fireDue(world.now);
    await world.instance().deliver(world.sent.splice(0).map(({ body }) => body));
    await world.instance().deliver([reinstated({ time: iso(world.now) })]);
    expect(reasons(world)).toEqual([['held-stale', 'offboarding-7']]);
  });

  it('is overruled by an approval of the dead letter that it left', async () => {
    const world = await worldWithOffboarding();
    await world.instance().deliver([returner()]);
    world.now = NOW + DAY_MS;
    const differs = { created: iso(world.now), validUntil: iso(world.now + DAY_MS) };
    const replayed = await approve(world, offboarding(), ['held-superseded'], { differs });
    expect(await world.instance().deliver([offboarding()], replayed)).toEqual([]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });
});
