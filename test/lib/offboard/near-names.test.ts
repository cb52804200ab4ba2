/** Names in another spelling: what acts, what is held beside it, and what an approval of that covers. */
import { describe, expect, it } from 'vitest';
import { type PrincipalName, principalName } from '../../../events/ids.ts';
import { keyListing } from '../../../lib/coreweave/key-listing.ts';
import { matchOwners } from '../../../lib/offboard/near-names.ts';
import { approve } from '../../support/approval.ts';
import { EVENT_MS, offboarded, principalLeak } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const listed = (...owners: readonly string[]) =>
  keyListing(
    { begun: EVENT_MS, pages: 1, unreadable: 0 },
    new Map(owners.map((owner) => [owner, new Set(['CWKEY0000000001'])])),
  );
const name = (text: string): PrincipalName => principalName.parse(text);
const BOB = 'saml/bob@example.com';

describe('matchOwners', () => {
  it.each([
    ['an exact name acts alone', BOB, [BOB], [BOB], []],
    [
      'an exact name acts, and another spelling is held beside it',
      BOB,
      [BOB, 'saml/Bob@example.com'],
      [BOB],
      ['saml/Bob@example.com'],
    ],
    ['the single owner in another case acts', 'saml/Bob@Example.com', [BOB], [BOB], []],
    [
      'of two owners in another case none acts',
      BOB,
      ['saml/Bob@example.com', 'saml/BOB@example.com'],
      [BOB],
      ['saml/Bob@example.com', 'saml/BOB@example.com'],
    ],
    ['an owner in full-width characters is held', BOB, ['saml/ｂob@example.com'], [BOB], ['saml/ｂob@example.com']],
    [
      'an owner with the Kelvin sign is held',
      'saml/kim@example.com',
      ['saml/\u212aim@example.com'],
      ['saml/kim@example.com'],
      ['saml/\u212aim@example.com'],
    ],
    [
      'an owner in another case acts beside one that is held',
      BOB,
      ['saml/BOB@example.com', 'saml/ｂob@example.com'],
      ['saml/BOB@example.com'],
      ['saml/ｂob@example.com'],
    ],
    ['a user id in another case is held', 'coreweave/aBc', ['coreweave/AbC'], ['coreweave/aBc'], ['coreweave/AbC']],
    ['no near match', BOB, ['saml/rob@example.com', 'coreweave/bob@example.com'], [BOB], []],
  ])('%s', (_, asked, owners, principals, near) => {
    expect(matchOwners([name(asked)], listed(...owners), { byEvent: false })).toEqual({
      principals,
      near: near.map((owner) => ({ asked, owner })),
    });
  });

  it('keeps a principal that the event names, which is revoked without a listed key too', () => {
    const asked = name('saml/Bob@example.com');
    expect(matchOwners([asked], listed(BOB), { byEvent: true }).principals).toEqual([asked, BOB]);
  });

  it('holds no owner who is revoked under another name of the person', () => {
    const both = [name(BOB), name('saml/BOB@example.com')];
    expect(matchOwners(both, listed(...both), { byEvent: false })).toEqual({ principals: both, near: [] });
  });
});

const settings = { principalTemplates: ['saml/{login}'] };
const offboarding = (login: string, id = 'offboarding-7') => offboarded({ id, data: { identity: { login } } });
const near = ({ deadLetters }: World) => deadLetters.filter(({ reason }) => reason === 'held-near-match');

function onlyNear(world: World) {
  const [held, ...more] = near(world);
  if (held === undefined || more.length > 0) throw new Error('expected one held event');
  return held;
}

describe('an offboarding whose name is spelled differently', () => {
  it('loses the keys of the single owner in another case', async () => {
    const world = openWorld();
    world.store.createKeys(BOB, 2);
    expect(await world.instance(settings).deliver([offboarding('Bob@Example.com')])).toEqual([]);
    expect([world.store.liveKeys(BOB), world.deadLetters]).toEqual([[], []]);
    expect(world.calls.filter((call) => call === 'list-keys')).toHaveLength(1);
  });

  it('loses exact keys, and a person is asked for those of a like name, with both spellings', async () => {
    const world = openWorld();
    const other = 'saml/Bob@example.com';
    for (const owner of [BOB, other]) world.store.createKeys(owner);
    expect(await world.instance(settings).deliver([offboarding('bob@example.com')])).toEqual([]);
    expect([world.store.liveKeys(BOB).length, world.store.liveKeys(other).length]).toEqual([0, 1]);
    expect(world.deadLetters).toMatchObject([
      {
        reason: 'held-near-match',
        detail: 'rule: an owner of live keys has the same name in another spelling',
        event: {
          type: 'user.offboarded.v1',
          source: offboarding('').source,
          time: offboarding('').time,
          data: { principalName: other, evidence: { detector: `near match of ${BOB}` } },
        },
      },
    ]);
  });

  it('is held once a day per name', async () => {
    const world = openWorld();
    const other = 'saml/Bob@example.com';
    for (const owner of [BOB, other]) world.store.createKeys(owner);
    const { deliver } = world.instance(settings);
    await deliver([offboarding('bob@example.com', 'one')]);
    world.now += 3_600_000;
    await deliver([offboarding('bob@example.com', 'two')]);
    expect(near(world)).toHaveLength(1);
    world.now += 86_400_000;
    await deliver([offboarding('bob@example.com', 'three')]);
    expect(near(world)).toHaveLength(2);
  });

  it('is held with the date of the event, and its record names the owner', async () => {
    const world = openWorld();
    const other = 'saml/Bob@example.com';
    for (const owner of [BOB, other]) world.store.createKeys(owner);
    const effectiveAt = new Date(world.now - 60_000).toISOString();
    const leaves = offboarded({ data: { identity: { login: 'bob@example.com' }, effectiveAt } });
    await world.instance(settings).deliver([leaves]);
    const held = onlyNear(world);
    expect(held.event).toMatchObject({ data: { principalName: other, effectiveAt } });
    const holds = world.audit.filter(({ status_detail: detail }) => detail === 'held-near-match');
    expect(holds).toMatchObject([{ unmapped: { target: { principalName: other } } }]);
    expect((await world.row(held.event)).data).toMatchObject({ state: 'held', late: true });
  });

  it('of a compromise is held as a compromise', async () => {
    const world = openWorld();
    const other = 'saml/Bob@example.com';
    for (const owner of [BOB, other]) world.store.createKeys(owner);
    await world.instance().deliver([principalLeak({ data: { principalName: BOB, scope: 'principal' } })]);
    const held = onlyNear(world);
    expect(held.event).toMatchObject({
      type: 'credential.compromised.v1',
      data: { principalName: other, scope: 'principal' },
    });
    expect((await world.row(held.event)).data).toMatchObject({ state: 'held', late: false });
  });

  it('holds twenty owners at most, and the audit trail says how many are left', async () => {
    const world = openWorld();
    // 2 ** 5 spellings in upper and lower case
    const owners = Array.from({ length: 32 }, (_, n) =>
      [...'abcde'].map((char, at) => ((n >> at) % 2 === 1 ? char.toUpperCase() : char)).join(''),
    );
    for (const owner of owners) world.store.createKeys(`saml/${owner}@example.com`);
    await world.instance(settings).deliver([offboarding('abcde@example.com')]);
    expect(near(world)).toHaveLength(20);
    expect(world.trail(offboarding(''))).toContain('note:not-held: 11');
  });

  it('acts on the held owner alone once that is approved', async () => {
    const world = openWorld();
    const owners = ['saml/Bob@example.com', 'saml/BOB@example.com'];
    for (const owner of owners) world.store.createKeys(owner);
    await world.instance(settings).deliver([offboarding('bob@example.com')]);
    expect(near(world)).toHaveLength(2);
    const [held] = near(world);
    if (held === undefined) throw new Error('expected a held event');
    expect((await world.row(held.event)).data.state).toBe('held');
    const replayed = await approve(world, held.event, ['held-near-match']);
    expect(await world.instance(settings).deliver([held.event], replayed)).toEqual([]);
    expect(owners.map((owner) => world.store.liveKeys(owner).length)).toEqual([0, 1]);
    expect(near(world)).toHaveLength(2);
  });

  it('is in front of a person with both names if no event can name the owner', async () => {
    const world = openWorld();
    world.store.createKeys('saml/ｂob@example.com');
    await world.instance(settings).deliver([offboarding('bob@example.com')]);
    const text = JSON.stringify({ asked: BOB, owner: 'saml/\\uff42ob@example.com' }).replace('\\\\', '\\');
    expect(near(world)).toMatchObject([{ event: null, raw: { text, truncated: true } }]);
  });

  it('is protected in every spelling', async () => {
    const world = openWorld();
    world.store.createKeys(BOB);
    const protection = { target: { principalName: name('saml/BOB@example.com') }, owner: 'a', reason: 'b' };
    await world.instance({ ...settings, protections: [protection] }).deliver([offboarding('Bob@example.com')]);
    expect(world.store.liveKeys(BOB)).toHaveLength(1);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-protected']);
  });

  it('comes back if the ledger cannot say whether it was held today', async () => {
    const world = openWorld();
    for (const owner of [BOB, 'saml/Bob@example.com']) world.store.createKeys(owner);
    const { deliver } = world.instance(settings);
    world.meddle = ({ call }) => {
      if (call === 'list-keys') world.ledgerDown = true;
      return undefined;
    };
    expect(await deliver([offboarding('bob@example.com')])).toHaveLength(1);
    world.meddle = () => undefined;
    world.ledgerDown = false;
    world.now += 600_000;
    expect(await deliver([offboarding('bob@example.com')])).toEqual([]);
    expect(near(world)).toHaveLength(1);
    expect(world.store.liveKeys(BOB)).toEqual([]);
  });
});

it('a compromised principal is held in other spellings too, as a compromise', async () => {
  const world = openWorld();
  const [exact, other] = ['coreweave/aBc', 'coreweave/AbC'];
  for (const owner of [exact, other]) world.store.createKeys(owner);
  await world.instance().deliver([principalLeak({ data: { principalName: exact, scope: 'principal' } })]);
  expect(near(world)).toMatchObject([
    { event: { type: 'credential.compromised.v1', data: { principalName: other, scope: 'principal' } } },
  ]);
  expect([world.store.liveKeys(exact).length, world.store.liveKeys(other).length]).toEqual([0, 1]);
});

it('a person whom a directory created inactive is done without keys, and held with keys', async () => {
  const world = openWorld();
  const staged = (id: string, login: string) => offboarded({ id, data: { identity: { login }, staged: true } });
  world.store.createKeys(BOB);
  await world.instance(settings).deliver([staged('a', 'bob@example.com'), staged('b', 'new@example.com')]);
  expect(world.store.liveKeys(BOB)).toHaveLength(1);
  expect(world.deadLetters).toMatchObject([
    {
      reason: 'held-low-confidence',
      detail: 'rule: it is not certain that the user left, and there are live keys',
      event: { id: 'a' },
    },
  ]);
  expect(world.trail({ id: 'b' })).toEqual(['outcome:no-keys']);
});
