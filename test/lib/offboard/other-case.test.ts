/** The owner of the keys spells the name of the event in another case: a reinstatement names only the event's. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { isStillOffboarded } from '../../../lib/reconcile/still-offboarded.ts';
import { answer } from '../../support/api-answers.ts';
import { offboarded, reinstated } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const OWNER = principalName.parse('saml/ann@example.com');
const SUBJECTS = [
  ['a principal', { principalName: 'saml/Ann@example.com' }],
  ['a person', { identity: { login: 'Ann@example.com' } }],
] as const;
const SETTINGS = { principalTemplates: ['saml/{login}'] };

const leaves = (world: World, data: object, id = 'leaves') =>
  offboarded({ id, time: new Date(world.now).toISOString(), data });
const stays = (world: World, data: object) =>
  reinstated({ id: 'stays', time: new Date(world.now).toISOString(), data });

function open(): World {
  const world = openWorld();
  world.store.createKeys(OWNER);
  return world;
}
const isOut = (world: World) => isStillOffboarded(world.instance(SETTINGS).ports, OWNER);

describe.each(SUBJECTS)('the reinstatement of %s takes back the offboarding of the owner', (_, data) => {
  it('that was carried out in a second delivery', async () => {
    const world = open();
    const event = leaves(world, data);
    world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(500) : undefined);
    expect(await world.instance(SETTINGS).deliver([event])).toEqual([0]);
    world.meddle = () => undefined;
    world.now += 60_000;
    expect(await world.instance(SETTINGS).deliver([event], { receiveCount: 2 })).toEqual([]);
    expect(await isOut(world)).toBe(true);
    world.now += 60_000;
    await world.instance(SETTINGS).deliver([stays(world, data)]);
    expect(await isOut(world)).toBe(false);
  });

  it('that was repeated once the owner had no live key', async () => {
    const world = open();
    await world.instance(SETTINGS).deliver([leaves(world, data)]);
    world.now += 60_000;
    await world.instance(SETTINGS).deliver([leaves(world, data, 'repeated')]);
    expect(await isOut(world)).toBe(true);
    world.now += 60_000;
    await world.instance(SETTINGS).deliver([stays(world, data)]);
    expect(await isOut(world)).toBe(false);
  });

  it('whose follow-up check then leaves a new key alone', async () => {
    const world = open();
    await world.instance(SETTINGS).deliver([leaves(world, data)]);
    const check = world.sent.splice(0).find(({ body }) => body.includes('revocation.check'));
    world.now += 30_000;
    await world.instance(SETTINGS).deliver([stays(world, data)]);
    world.store.createKeys(OWNER);
    world.now += 31_000;
    await world.instance(SETTINGS).deliver([check?.body ?? ''], { sentAt: world.now - 61_000 });
    expect(world.store.liveKeys(OWNER)).toHaveLength(1);
    expect(world.deadLetters).toMatchObject([{ reason: 'held-superseded' }]);
  });
});
