/** The row of what was said about a principal: it has no expiry, and holds every reinstatement. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { isOffboarded, readStatements, statementsKey } from '../../../lib/ledger/statements.ts';
import { approve } from '../../support/approval.ts';
import { offboarded, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const START = openWorld().now;
const iso = (ms: number) => new Date(START + ms).toISOString();
const HR = '//hr.example/acme';
const OWNER = SAML_PRINCIPAL.replace('user', 'User');

const leaves = (data: object = { principalName: SAML_PRINCIPAL }) =>
  offboarded({ id: 'leaves', source: HR, time: iso(0), data });
const stays = (ms: number) =>
  reinstated({ id: 'stays', source: HR, time: iso(ms), data: { principalName: SAML_PRINCIPAL } });

const said = async (world: World, principal: string) =>
  readStatements(world.instance().ports, principalName.parse(principal));
const word = (state: string, ms: number, id: string) => ({
  authority: HR,
  state,
  time: new Date(START + ms).toISOString(),
  source: HR,
  id,
});

describe('the statements about a principal', () => {
  it('are written without expiry once an offboarding is done', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    await world.instance().deliver([leaves()]);
    const { ports } = world.instance();
    expect(await ports.table.get(statementsKey(ports, principalName.parse(SAML_PRINCIPAL)))).toEqual({
      pk: statementsKey(ports, principalName.parse(SAML_PRINCIPAL)),
      version: 1,
      data: { principal: SAML_PRINCIPAL, statements: [word('offboarded', 0, 'leaves')] },
    });
  });

  it('name the person if the event names no principal', async () => {
    const world = openWorld();
    const identity = { email: 'user@example.com' };
    const settings = { principalTemplates: ['saml/{email}'] };
    world.store.createKeys(SAML_PRINCIPAL);
    await world.instance(settings).deliver([leaves({ identity })]);
    expect(await said(world, SAML_PRINCIPAL)).toEqual([{ ...word('offboarded', 0, 'leaves'), identity }]);
  });

  it('do not have a staged offboarding without live keys, and have one that was approved', async () => {
    const world = openWorld();
    const settings = { principalTemplates: ['saml/{email}'] };
    const staged = leaves({ identity: { email: 'user@example.com' }, staged: true });
    await world.instance(settings).deliver([{ ...staged, id: 'without-keys' }]);
    expect(await said(world, SAML_PRINCIPAL)).toEqual([]);
    world.store.createKeys(SAML_PRINCIPAL);
    const approved = await approve(world, staged, ['held-low-confidence'], { targets: [SAML_PRINCIPAL] });
    await world.instance(settings).deliver([staged], approved);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
    expect(await said(world, SAML_PRINCIPAL)).toMatchObject([word('offboarded', 0, 'leaves')]);
  });

  it('are taken back by a reinstatement that comes while the offboarding runs', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    const other = world.instance();
    world.meddle = async ({ call }) => {
      if (call === 'revoke-principal') await other.deliver([stays(1_000)]);
      return undefined;
    };
    await world.instance().deliver([leaves()]);
    expect(await said(world, SAML_PRINCIPAL)).toEqual([word('reinstated', 1_000, 'leaves')]);
  });

  it('are taken back for an owner whose name the event has in another case', async () => {
    const world = openWorld();
    world.store.createKeys(OWNER);
    await world.instance().deliver([leaves()]);
    expect((await said(world, OWNER)).map(({ state }) => state)).toEqual(['offboarded']);
    world.now += 5_000;
    await world.instance().deliver([stays(5_000)]);
    for (const name of [SAML_PRINCIPAL, OWNER]) {
      const statements = await said(world, name);
      expect({ name, offboarded: isOffboarded({ statements }) }).toEqual({ name, offboarded: false });
    }
  });
});
