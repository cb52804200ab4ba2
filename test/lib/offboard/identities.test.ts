/** From a person to keys: what the directory names and templates spell, compared with the inventory byte by byte. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { openScimDirectory } from '../../../lib/ledger/scim-directory.ts';
import { isOffboarded, readStatements } from '../../../lib/ledger/statements.ts';
import { approve } from '../../support/approval.ts';
import { offboarded, PRINCIPAL, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { sha256 } from '../../support/fakes.ts';
import { eventKeyOf, loseAnswers, openWorld, type World } from '../../support/memory-world.ts';

const EMAIL = 'user@example.com';
const offboarding = (identity: object = { email: EMAIL }) => offboarded({ id: 'offboarding-7', data: { identity } });
const templates = { principalTemplates: ['saml/{email}'] };
const enter = (world: World, key: string, principals: readonly string[]) =>
  world.table.put({ pk: `identity#${key}`, version: 1, data: { principals } }, undefined);
const effects = ({ calls }: World) => calls.filter((call) => call.startsWith('revoke'));
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason }) => reason);
const checks = ({ sent }: World) => sent.map(({ body }) => JSON.parse(body).data.principalName);

describe('an offboarded user who is named as a directory does', () => {
  it.each([
    ['email', { email: EMAIL }, `email#${EMAIL}`],
    ['login', { login: 'Jane' }, 'login#Jane'],
    ['externalId', { externalId: '00u1a' }, 'externalId#00u1a'],
  ])('is found by the %s that the directory has', async (_, identity, key) => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL);
    await enter(world, key, [PRINCIPAL]);
    expect(await world.instance().deliver([offboarding(identity)])).toEqual([]);
    expect(effects(world)).toEqual([`revoke-principal ${PRINCIPAL}`]);
  });

  it('is found by a template', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    expect(await world.instance(templates).deliver([offboarding()])).toEqual([]);
    expect(effects(world)).toEqual([`revoke-principal ${SAML_PRINCIPAL}`]);
  });

  it('loses the keys of every candidate that has any, and the others are not called', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL, 2);
    world.store.createKeys(PRINCIPAL);
    await enter(world, `email#${EMAIL}`, [PRINCIPAL, 'coreweave/unused', SAML_PRINCIPAL]);
    expect(await world.instance(templates).deliver([offboarding()])).toEqual([]);
    expect(effects(world).toSorted()).toEqual([`revoke-principal ${PRINCIPAL}`, `revoke-principal ${SAML_PRINCIPAL}`]);
    expect(world.trail(offboarding()).toSorted()).toEqual([
      'intent:intent',
      'intent:intent',
      'outcome:confirmed',
      'outcome:confirmed',
      'outcome:no-keys',
    ]);
    expect(checks(world).toSorted()).toEqual([PRINCIPAL, SAML_PRINCIPAL]);
  });

  it('without a key is done: nothing is called and nothing followed up', async () => {
    const world = openWorld();
    expect(await world.instance(templates).deliver([offboarding()])).toEqual([]);
    expect(world.calls).toEqual(['list-keys']);
    expect(world.trail(offboarding())).toEqual(['outcome:no-keys']);
    expect(world.sent).toEqual([]);
  });

  it.each([
    ['more behind it', 'saml/user@example.com2'],
    ['another prefix', 'coreweave/user@example.com'],
    ['less of it', 'saml/user@example.co'],
  ])('is no one whose name has %s', async (_, owner) => {
    const world = openWorld();
    world.store.createKeys(owner);
    await world.instance(templates).deliver([offboarding()]);
    expect(world.store.liveKeys(owner)).toHaveLength(1);
    expect(world.trail(offboarding())).toEqual(['outcome:no-keys']);
  });

  it.each([
    ['is unknown', {}, { login: 'jane' }, []],
    ['a directory entry with other capitals knows', templates, { login: 'jane' }, ['login#Jane']],
    ['the directory has under another kind', {}, { login: EMAIL }, [`email#${EMAIL}`]],
    ['a template turns into no principal', templates, { email: 'jane doe@example.com' }, []],
    ['the directory has without a principal', {}, { email: EMAIL }, []],
    [
      'a template would turn into a shared principal',
      { principalTemplates: ['saml/{login}'] },
      { login: 'admins' },
      [],
    ],
    ['a template would turn into a role', { principalTemplates: ['role/{login}'] }, { login: 'a@b' }, []],
  ])('whom %s is for a person to map', async (what, settings, identity, entries) => {
    const world = openWorld();
    for (const key of entries) await enter(world, key, [PRINCIPAL]);
    if (what.endsWith('without a principal')) await enter(world, `email#${EMAIL}`, []);
    world.store.createKeys(PRINCIPAL);
    expect(await world.instance(settings).deliver([offboarding(identity)])).toEqual([]);
    expect(reasons(world)).toEqual(['unmappable']);
    expect(effects(world)).toEqual([]);
    expect((await world.row(offboarding(identity))).data.state).toBe('dead');
  });

  it.each(['saml/admins', 'role/backup'])(
    'loses the shared principal %s when the directory names it',
    async (shared) => {
      const world = openWorld();
      world.store.createKeys(shared);
      await enter(world, `email#${EMAIL}`, [shared]);
      await world.instance().deliver([offboarding()]);
      expect(effects(world)).toEqual([`revoke-principal ${shared}`]);
    },
  );

  it('is found again by a dead letter that was unmappable, once the directory knows', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL);
    await world.instance().deliver([offboarding()]);
    await enter(world, `email#${EMAIL}`, [PRINCIPAL]);
    expect(await world.instance().deliver(world.sealed)).toEqual([]);
    expect(effects(world)).toEqual([`revoke-principal ${PRINCIPAL}`]);
  });

  it('whose keys an earlier, interrupted attempt revoked is confirmed, not without keys, and followed up', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    loseAnswers(world, SAML_PRINCIPAL);
    expect(await world.instance(templates).deliver([offboarding()])).toEqual([0]);
    world.meddle = () => undefined;
    expect(await world.instance(templates).deliver([offboarding()])).toEqual([]);
    expect(world.trail(offboarding()).at(-1)).toBe('outcome:confirmed');
    expect(checks(world)).toEqual([SAML_PRINCIPAL]);
  });
});

describe('a future-dated offboarding', () => {
  const DAY_MS = 86_400_000;
  const tomorrow = ({ now }: World) =>
    offboarded({ data: { identity: { email: EMAIL }, effectiveAt: new Date(now + DAY_MS).toISOString() } });

  it('is whom the directory names on that day', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL);
    world.store.createKeys('coreweave/former');
    await enter(world, `email#${EMAIL}`, ['coreweave/former']);
    const event = tomorrow(world);
    await world.instance().deliver([event]);
    await world.table.put({ pk: `identity#email#${EMAIL}`, version: 2, data: { principals: [PRINCIPAL] } }, 1);
    world.now += DAY_MS;
    expect(await world.instance().deliver([event])).toEqual([]);
    expect(effects(world)).toEqual([`revoke-principal ${PRINCIPAL}`]);
  });

  it('is whom it named before when it says nothing any more', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL);
    await enter(world, `email#${EMAIL}`, [PRINCIPAL]);
    const event = tomorrow(world);
    await world.instance().deliver([event]);
    await world.table.remove(`identity#email#${EMAIL}`, 1);
    world.now += DAY_MS;
    expect(await world.instance().deliver([event])).toEqual([]);
    expect(effects(world)).toEqual([`revoke-principal ${PRINCIPAL}`]);
  });
});

describe('a principal that is named itself', () => {
  it('without a key is called all the same, and said to have none', async () => {
    const world = openWorld();
    expect(await world.instance().deliver([offboarded()])).toEqual([]);
    expect(effects(world)).toEqual([`revoke-principal ${SAML_PRINCIPAL}`]);
    expect(world.trail(offboarded())).toEqual(['intent:intent', 'outcome:no-keys']);
    expect(world.sent).toEqual([]);
  });

  it('with suspended keys loses them too', async () => {
    const world = openWorld();
    world.store.add({ accessKeyId: 'CWSUSPENDED00001', principalName: SAML_PRINCIPAL, status: 'FULL_SUSPENDED' });
    await world.instance().deliver([offboarded()]);
    expect(world.store.status('CWSUSPENDED00001')).toBe('DELETED');
    expect(world.trail(offboarded())).toEqual(['intent:intent', 'outcome:confirmed']);
  });
});

describe('an offboarded user whom a SCIM directory renamed', () => {
  const renamed = async (world: World) => {
    const directory = openScimDirectory({
      table: world.table,
      sha256,
      clock: { now: () => world.now, sleep: async () => {} },
    });
    await directory.save({
      id: 'b2xkQGV4YW1wbGUuY29t',
      userName: 'new@example.com',
      names: ['old@example.com', 'new@example.com'],
      active: true,
      deleted: false,
    });
  };
  const both = { principalTemplates: ['saml/{login}', 'saml/{email}'] };
  const owners = ['saml/old@example.com', 'saml/new@example.com'];

  it.each([
    ['old', { login: 'old@example.com' }],
    ['new', { login: 'new@example.com' }],
    ['new, in capitals', { login: 'NEW@EXAMPLE.COM' }],
    ['old, as an e-mail address', { email: 'old@example.com' }],
  ])('loses the keys of both names under the %s', async (_, identity) => {
    const world = openWorld();
    await renamed(world);
    for (const owner of owners) world.store.createKeys(owner);
    expect(await world.instance(both).deliver([offboarding(identity)])).toEqual([]);
    expect(owners.flatMap((owner) => world.store.liveKeys(owner))).toEqual([]);
    expect(world.deadLetters).toEqual([]);
  });

  it('is known by the entries that the identity directory has under either name', async () => {
    const world = openWorld();
    await renamed(world);
    await enter(world, 'login#old@example.com', [PRINCIPAL]);
    world.store.createKeys(PRINCIPAL);
    await world.instance().deliver([offboarding({ login: 'new@example.com' })]);
    expect(world.store.liveKeys(PRINCIPAL)).toEqual([]);
  });

  const stands = async (world: World) => {
    const { ports } = world.instance();
    const read = owners.map(async (owner) => readStatements(ports, principalName.parse(owner)));
    return (await Promise.all(read)).map((statements) => isOffboarded({ statements }));
  };
  const comesBack = async (world: World, login: string) => {
    world.now += 60_000;
    const back = reinstated({ id: 'back', time: new Date(world.now).toISOString(), data: { identity: { login } } });
    await world.instance(both).deliver([back]);
    return back;
  };

  it('is reinstated under both names by a reinstatement that names the person as the offboarding did', async () => {
    const world = openWorld();
    await renamed(world);
    for (const owner of owners) world.store.createKeys(owner);
    await world.instance(both).deliver([offboarding({ login: 'old@example.com' })]);
    expect(await stands(world)).toEqual([true, true]);
    await comesBack(world, 'old@example.com');
    expect([await stands(world), reasons(world)]).toEqual([[false, false], []]);
  });

  it.each([
    ['the e-mail address, then the login', { email: 'Old@example.com' }, { login: 'Old@example.com' }],
    ['the login in another case', { login: 'Old@example.com' }, { login: 'old@example.com' }],
    ['the principal in another case', { principalName: 'saml/Old@example.com' }, { login: 'Old@example.com' }],
  ])('is reinstated without a hold, however its own sender names it: %s', async (_, out, back) => {
    const world = openWorld();
    await renamed(world);
    for (const owner of owners) world.store.createKeys(owner);
    const data = 'principalName' in out ? out : { identity: out };
    await world.instance(both).deliver([offboarded({ id: 'offboarding-7', data })]);
    expect((await stands(world))[0]).toBe(true);
    world.now += 60_000;
    const time = new Date(world.now).toISOString();
    await world.instance(both).deliver([reinstated({ id: 'back', time, data: { identity: back } })]);
    expect([await stands(world), reasons(world)]).toEqual([[false, false], []]);
  });

  it('stays offboarded under a name that the reinstatement does not have, until an operator approves', async () => {
    const world = openWorld();
    for (const owner of owners) world.store.createKeys(owner);
    await world.instance(both).deliver([offboarding({ login: 'old@example.com' })]);
    await renamed(world);
    const back = await comesBack(world, 'new@example.com');
    expect([await stands(world), reasons(world)]).toEqual([[true, false], ['held-authority']]);
    expect(world.deadLetters[0]).toMatchObject({
      detail: 'rule: an offboarding under another name of the person stands',
      standing: [{ principalName: 'saml/old@example.com', id: 'offboarding-7' }],
    });
    const approved = await approve(world, back, ['held-authority'], { targets: [eventKeyOf(offboarding())] });
    await world.instance(both).deliver([back], approved);
    expect([await stands(world), reasons(world)]).toEqual([[false, false], ['held-authority']]);
  });

  it('comes back under both names', async () => {
    const world = openWorld();
    await renamed(world);
    for (const owner of owners) world.store.createKeys(owner);
    const back = reinstated({ id: 'back', data: { identity: { login: 'new@example.com' } } });
    await world.instance(both).deliver([back]);
    await world.instance(both).deliver([offboarding({ login: 'old@example.com' })]);
    expect(owners.map((owner) => world.store.liveKeys(owner).length)).toEqual([1, 1]);
    expect(reasons(world)).toEqual(['held-superseded']);
  });
});
