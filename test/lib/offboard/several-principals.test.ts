/**
 * A person who is several principals: one event, settled when all of them are; each is counted once, and whom it found
 * first stands.
 */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import { readStatements } from '../../../lib/ledger/statements.ts';
import { answer, REJECTED } from '../../support/api-answers.ts';
import { offboarded, PRINCIPAL, principalLeak, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { loseAnswers, openWorld, type World } from '../../support/memory-world.ts';

const person = offboarded({ data: { identity: { email: 'user@example.com' } } });
const DIRECTORY = 'identity#email#user@example.com';
const DAY_MS = 86_400_000;
const NONE = { sourcePer10Minutes: 0, sourcePerDay: 0, totalPer10Minutes: 0, totalPerDay: 0 };
const ONE = { sourcePer10Minutes: 1, sourcePerDay: 9, totalPer10Minutes: 9, totalPerDay: 9 };

/** A world whose person is the one and the other; the API answers for each as `answers` says. */
async function worldOfTwo(answers: Readonly<Record<string, ApiResponse>> = {}): Promise<World> {
  const world = openWorld();
  world.meddle = (request) => ('principalName' in request ? answers[request.principalName] : undefined);
  await world.table.put({ pk: DIRECTORY, version: 1, data: { principals: [PRINCIPAL, SAML_PRINCIPAL] } }, undefined);
  return world;
}
const holds = ({ deadLetters, audit }: World) => [
  deadLetters.map(({ reason }) => reason),
  audit
    .map((record) => JSON.parse(JSON.stringify(record)))
    .flatMap(({ unmapped, user }) => (unmapped.phase === 'hold' ? [user.name] : [])),
];

describe('a person who is two principals', () => {
  it.each([
    ['the first', PRINCIPAL, SAML_PRINCIPAL],
    ['the second', SAML_PRINCIPAL, PRINCIPAL],
  ])(
    'has a dead letter when %s is refused; the other loses its keys, and is followed up',
    async (_, refused, other) => {
      const world = await worldOfTwo({ [refused]: REJECTED });
      for (const principal of [refused, other]) world.store.createKeys(principal);
      expect(await world.instance().deliver([person])).toEqual([]);
      expect(world.deadLetters).toMatchObject([{ reason: 'api-rejected', lastStatus: 400 }]);
      expect([refused, other].map((principal) => world.store.liveKeys(principal).length)).toEqual([1, 0]);
      const said = [refused, other].map(async (name) => {
        const statements = await readStatements(world.instance().ports, principalName.parse(name));
        return statements.map(({ state }) => state);
      });
      expect(await Promise.all(said)).toEqual([[], ['offboarded']]);

      world.store.createKeys(other);
      const checks = world.sent.splice(0);
      world.now += 60_000;
      expect(
        await world.instance().deliver(
          checks.map(({ body }) => body),
          { sentAt: world.now - 61_000 },
        ),
      ).toEqual([]);
      expect([checks.length, world.deadLetters.length, world.store.liveKeys(other).length]).toEqual([1, 1, 0]);
    },
  );

  it.each([
    ['the first', PRINCIPAL, SAML_PRINCIPAL],
    ['the second', SAML_PRINCIPAL, PRINCIPAL],
  ])('comes back while %s is throttled, whatever became of the other', async (_name, throttled, other) => {
    const world = await worldOfTwo({ [throttled]: answer(429), [other]: REJECTED });
    for (const principal of [throttled, other]) world.store.createKeys(principal);
    expect(await world.instance().deliver([person])).toEqual([0]);
    expect(world.deadLetters).toEqual([]);
  });

  it('stays whom the first try found, whatever the directory says meanwhile', async () => {
    const world = await worldOfTwo({ [PRINCIPAL]: answer(500) });
    for (const principal of [PRINCIPAL, SAML_PRINCIPAL, 'coreweave/other']) world.store.createKeys(principal);
    await world.instance().deliver([person]);
    await world.table.put({ pk: DIRECTORY, version: 2, data: { principals: ['coreweave/other'] } }, 1);
    world.meddle = () => undefined;
    expect(await world.instance().deliver([person])).toEqual([]);
    expect([PRINCIPAL, SAML_PRINCIPAL, 'coreweave/other'].map((name) => world.store.liveKeys(name).length)).toEqual([
      0, 0, 1,
    ]);
  });

  it.each([
    ['at the first try', undefined],
    ['after a try that failed', answer(500)],
  ])('has nothing revoked for the one that had no key, %s', async (_name, first) => {
    const world = await worldOfTwo(first && { [PRINCIPAL]: first });
    world.store.createKeys(PRINCIPAL);
    if (first !== undefined) expect(await world.instance().deliver([person])).toEqual([0]);
    world.meddle = () => undefined;
    expect(await world.instance().deliver([person])).toEqual([]);
    const ends = world.audit
      .map((record) => JSON.parse(JSON.stringify(record)))
      .flatMap(({ unmapped, user, status_detail }) =>
        unmapped.phase === 'outcome' ? [[user.name, status_detail]] : [],
      );
    expect(Object.fromEntries(ends)).toEqual({ [PRINCIPAL]: 'confirmed', [SAML_PRINCIPAL]: 'no-keys' });
    expect(world.sent.map(({ body }) => JSON.parse(body).data.principalName)).toEqual([PRINCIPAL]);
  });
});

it('has something revoked for one that had no key at the first try, and has got one since', async () => {
  const world = await worldOfTwo({ [PRINCIPAL]: answer(500) });
  world.store.createKeys(PRINCIPAL);
  expect(await world.instance().deliver([person])).toEqual([0]);
  world.store.createKeys(SAML_PRINCIPAL);
  world.meddle = () => undefined;
  expect(await world.instance().deliver([person])).toEqual([]);
  expect(world.trail(person).slice(-2)).toEqual(['outcome:confirmed', 'outcome:confirmed']);
});

describe('a row that does not say whose keys are in its fence', () => {
  it.each([
    ['has those of all its principals', 1, 'confirmed'],
    ['has no keys if there are none', 0, 'no-keys'],
  ])('%s', async (_name, keys, outcome) => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL, keys);
    world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(500) : undefined);
    expect(await world.instance().deliver([offboarded()])).toEqual([0]);
    const { pk, version, data } = await world.row(offboarded());
    const { owners: _, ...old } = data;
    await world.table.put({ pk, version: version + 1, data: old }, version);
    world.store.revokePrincipal(SAML_PRINCIPAL);
    world.meddle = () => undefined;
    expect(await world.instance().deliver([offboarded()])).toEqual([]);
    expect(world.trail(offboarded()).at(-1)).toBe(`outcome:${outcome}`);
  });
});

describe('a limit', () => {
  it('is not asked again about a principal that has got another key since', async () => {
    const world = await worldOfTwo({ [PRINCIPAL]: answer(500) });
    world.store.createKeys(PRINCIPAL);
    await world.instance({ limits: ONE }).deliver([person]);
    world.store.createKeys(PRINCIPAL);
    world.meddle = () => undefined;
    world.now += DAY_MS;
    expect(await world.instance({ limits: NONE }).deliver([person])).toEqual([]);
    expect([holds(world), world.store.liveKeys(PRINCIPAL)]).toEqual([[[], []], []]);
  });

  it('is not asked again about one that was named, and whose keys are gone since', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    loseAnswers(world, SAML_PRINCIPAL);
    await world.instance().deliver([offboarded()]);
    world.meddle = () => undefined;
    world.now += DAY_MS;
    expect(await world.instance({ limits: NONE }).deliver([offboarded()])).toEqual([]);
    expect([holds(world), world.trail(offboarded()).at(-1)]).toEqual([[[], []], 'outcome:confirmed']);
  });

  it('is asked about one that had no key at the first try, and has one now', async () => {
    const world = await worldOfTwo({ [PRINCIPAL]: answer(500) });
    world.store.createKeys(PRINCIPAL);
    await world.instance({ limits: ONE }).deliver([person]);
    world.store.createKeys(SAML_PRINCIPAL);
    world.meddle = () => undefined;
    expect(await world.instance({ limits: ONE }).deliver([person])).toEqual([]);
    expect(holds(world)).toEqual([['held-limit'], [SAML_PRINCIPAL]]);
    expect([PRINCIPAL, SAML_PRINCIPAL].map((name) => world.store.liveKeys(name).length)).toEqual([1, 1]);
  });

  it('is asked again about a compromise that it held: to be fenced is not to be admitted', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL);
    for (const bodies of [[principalLeak()], world.sealed]) {
      expect(await world.instance({ limits: NONE }).deliver(bodies)).toEqual([]);
    }
    expect(holds(world)).toEqual([
      ['held-limit', 'held-limit'],
      [PRINCIPAL, PRINCIPAL],
    ]);
    expect(world.store.liveKeys(PRINCIPAL)).toHaveLength(1);
  });
});

describe('a dry run', () => {
  it('sends no follow-up check, not even for a principal revoked in the first attempt', async () => {
    const world = openWorld();
    const [id = ''] = world.store.createKeys(SAML_PRINCIPAL);
    const dry = world.instance({ mode: 'dry-run', principalTemplates: ['saml/{email}'] });
    const { write } = dry.ports.audit;
    Object.assign(dry.ports.audit, { write: () => Promise.reject(new Error('full')) });
    expect(await dry.deliver([person])).toEqual([0]);
    Object.assign(dry.ports.audit, { write });
    world.store.revokeKey(id);
    expect(await dry.deliver([person])).toEqual([]);
    expect([world.trail(person), world.sent]).toEqual([['outcome:confirmed'], []]);
  });
});

describe('a principal without a key, named itself', () => {
  it('that shows one right after it was revoked is followed up', async () => {
    const world = openWorld();
    world.meddle = ({ call }) => {
      if (call !== 'revoke-principal') return undefined;
      world.store.createKeys(SAML_PRINCIPAL);
      return answer(200);
    };
    expect(await world.instance().deliver([offboarded()])).toEqual([]);
    expect(world.trail(offboarded())).toEqual(['intent:intent', 'outcome:accepted']);
    expect(world.sent.map(({ body }) => JSON.parse(body).data.principalName)).toEqual([SAML_PRINCIPAL]);
    expect((await world.row(offboarded())).data.checked).toEqual({ [SAML_PRINCIPAL]: 0 });
  });
});

describe('the row of an event', () => {
  it.each([
    ['an offboarding', SAML_PRINCIPAL, offboarded()],
    ['a compromise', PRINCIPAL, principalLeak()],
  ])('is written three times for %s: taken, fenced, done', async (_name, owner, event) => {
    const world = openWorld();
    world.store.createKeys(owner);
    await world.instance().deliver([event]);
    expect(await world.row(event)).toMatchObject({ version: 3, data: { state: 'done' } });
  });
});
