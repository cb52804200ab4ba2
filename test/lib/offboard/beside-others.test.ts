/** What an event must leave alone: words of others, and those of another kind, about the same principal. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { readStatements } from '../../../lib/ledger/statements.ts';
import { offboarded, principalLeak, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const DAY_MS = 86_400_000;
const HR = '//hr.example/acme';
const timeAfter = (world: World, ms: number) => new Date(world.now + ms).toISOString();
const data = { principalName: SAML_PRINCIPAL };
const states = async (world: World) =>
  (await readStatements(world.instance().ports, principalName.parse(SAML_PRINCIPAL))).map(({ state }) => state);
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason }) => reason);

describe('a compromise of all keys of a principal', () => {
  const compromised = principalLeak({ source: HR, data: { ...data, scope: 'principal' } });

  it('says nothing about whether the user left', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    expect(await world.instance().deliver([compromised])).toEqual([]);
    expect([world.store.liveKeys(SAML_PRINCIPAL), await states(world)]).toEqual([[], []]);
  });

  it('leaves an offboarding of the same sender scheduled', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    const leaves = offboarded({
      source: HR,
      time: timeAfter(world, -1_000),
      data: { ...data, effectiveAt: timeAfter(world, DAY_MS) },
    });
    await world.instance().deliver([leaves]);
    expect(await world.instance().deliver([compromised])).toEqual([]);
    expect([world.schedules.names().length, await states(world)]).toEqual([1, ['scheduled']]);
    expect(reasons(world)).toEqual([]);
  });
});

describe('a reinstatement', () => {
  it('is not held by what another authority has taken back itself', async () => {
    const world = openWorld();
    const { deliver } = world.instance();
    await deliver([offboarded({ id: 'leaves', source: HR, data })]);
    await deliver([reinstated({ id: 'stays', source: HR, time: timeAfter(world, 1_000), data })]);
    expect(await states(world)).toEqual(['reinstated']);
    await deliver([reinstated({ id: 'stays too', source: '//other.example', time: timeAfter(world, 2_000), data })]);
    expect(reasons(world)).toEqual([]);
  });
});

describe('an offboarding whose name the owner of the keys has in another case', () => {
  const OWNER = 'saml/User@example.com';

  it('is held by a reinstatement that has the name of the owner', async () => {
    const world = openWorld();
    world.store.createKeys(OWNER);
    const stays = reinstated({ source: HR, time: timeAfter(world, 1_000), data: { principalName: OWNER } });
    await world.instance().deliver([stays]);
    await world.instance().deliver([offboarded({ source: HR, time: timeAfter(world, 0), data })]);
    expect([world.store.liveKeys(OWNER).length, reasons(world)]).toEqual([1, ['held-superseded']]);
  });

  it('is held by a protection that has the name of the owner', async () => {
    const world = openWorld();
    world.store.createKeys(OWNER);
    const protections = [protect(OWNER)];
    await world.instance({ protections }).deliver([offboarded({ source: HR, data })]);
    expect([world.store.liveKeys(OWNER).length, reasons(world)]).toEqual([1, ['held-protected']]);
  });
});
