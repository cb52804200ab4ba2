/** How far a principal-wide compromise reaches: the keys that lived when it was first seen, however often it comes. */
import { describe, expect, it } from 'vitest';
import { answer, LOST } from '../../support/api-answers.ts';
import { PRINCIPAL, principalLeak } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const HUGE = 15_001;
const effects = ({ calls }: World) => calls.filter((call) => call.startsWith('revoke'));
const once = (world: World, wanted: string, observed: ReturnType<typeof answer>) => {
  world.meddle = ({ call }) => {
    if (call !== wanted) return undefined;
    world.meddle = () => undefined;
    return observed;
  };
};

describe('a principal whose keys are compromised', () => {
  it('is revoked by principal at the first try, right after the list', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL, 3);
    expect(await world.instance().deliver([principalLeak()])).toEqual([]);
    expect(world.calls.slice(0, 2)).toEqual(['list-keys', `revoke-principal ${PRINCIPAL}`]);
    expect(effects(world)).toHaveLength(1);
    expect(world.store.liveKeys(PRINCIPAL)).toEqual([]);
    expect(world.trail(principalLeak())).toEqual(['intent:intent', 'outcome:confirmed']);
  });

  it.each([
    ['a refusal for now', answer(503)],
    ['throttling', answer(429)],
    ['a lost answer', LOST],
  ])('is revoked key by key after %s, and what was created since survives', async (_, observed) => {
    const world = openWorld();
    const old = world.store.createKeys(PRINCIPAL, 3);
    once(world, 'revoke-principal', observed);
    expect(await world.instance().deliver([principalLeak()])).toEqual([0]);
    const replacement = world.store.createKeys(PRINCIPAL);

    expect(await world.instance().deliver([principalLeak()], { receiveCount: 2 })).toEqual([]);
    expect(effects(world)).toEqual([`revoke-principal ${PRINCIPAL}`, ...old.map((id) => `revoke-key ${id}`)]);
    expect(world.store.liveKeys(PRINCIPAL)).toEqual(replacement);
    expect((await world.row(principalLeak())).data).toMatchObject({ state: 'done', fence: old });
  });

  it('of which the event has the name in another case: no key of that name is said to be revoked', async () => {
    const world = openWorld();
    world.store.createKeys('saml/ann@example.com');
    const event = principalLeak({ data: { principalName: 'saml/Ann@example.com', scope: 'principal' } });
    world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(500) : undefined);
    expect(await world.instance().deliver([event])).toEqual([0]);
    world.meddle = () => undefined;
    world.audit.length = 0;
    expect(await world.instance().deliver([event], { receiveCount: 2 })).toEqual([]);
    const outcomes = world.audit
      .map((record) => JSON.parse(JSON.stringify(record)))
      .filter(({ unmapped }) => unmapped.phase === 'outcome')
      .map(({ unmapped: { target }, status_detail: outcome }) => `${target.principalName ?? target.kind} ${outcome}`);
    expect(outcomes).toEqual(['saml/Ann@example.com no-keys', 'key confirmed']);
  });

  it('is revoked key by key at the first try already when the batch has listed long ago', async () => {
    const world = openWorld();
    const old = world.store.createKeys(PRINCIPAL, 2);
    let pages = 0;
    world.meddle = ({ call }) => {
      if (call !== 'list-keys') return undefined;
      pages += 1;
      if (pages === 1) world.now += 5_001;
      return undefined;
    };
    expect(await world.instance().deliver([principalLeak()])).toEqual([]);
    expect(effects(world)).toEqual(old.map((id) => `revoke-key ${id}`));
  });

  it('keeps keys that were created after it is done, for any replay', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL, 2);
    await world.instance().deliver([principalLeak()]);
    const fresh = world.store.createKeys(PRINCIPAL, 2);
    const deadLetter = JSON.stringify({ v: 1, reason: 'retries-exhausted', event: principalLeak(), replays: 0 });
    for (let round = 0; round < 5; round += 1) {
      expect(await world.instance().deliver([principalLeak(), deadLetter])).toEqual([]);
      world.now += 86_400_000;
    }
    expect(world.store.liveKeys(PRINCIPAL)).toEqual(fresh);
    expect(effects(world)).toHaveLength(1);
    expect(world.trail(principalLeak()).filter((step) => step === 'outcome:duplicate')).toHaveLength(10);
  });

  it('reaches no key created while its dead letter waited, redriven as often as one likes', async () => {
    const world = openWorld();
    const old = world.store.createKeys(PRINCIPAL, 2);
    world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(400, { code: 3 }) : undefined);
    await world.instance().deliver([principalLeak()]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['api-rejected']);
    const fresh = world.store.createKeys(PRINCIPAL, 2);
    world.now += 3 * 86_400_000;

    world.meddle = () => undefined;
    for (let round = 0; round < 3; round += 1) expect(await world.instance().deliver(world.sealed)).toEqual([]);
    expect(world.store.liveKeys(PRINCIPAL)).toEqual(fresh);
    expect(effects(world).slice(1)).toEqual(old.map((id) => `revoke-key ${id}`));
  });

  it('reaches no key created while it was held for being protected', async () => {
    const world = openWorld();
    const old = world.store.createKeys(PRINCIPAL, 2);
    const rules = { protections: [protect(PRINCIPAL, world.now + 1)] };
    await world.instance(rules).deliver([principalLeak()]);
    const fresh = world.store.createKeys(PRINCIPAL);
    world.now += 1;
    expect(await world.instance(rules).deliver(world.sealed)).toEqual([]);
    expect(world.store.liveKeys(PRINCIPAL)).toEqual(fresh);
    expect(effects(world)).toEqual(old.map((id) => `revoke-key ${id}`));
  });

  it('is not held before its fence is taken: what is created while it waits would be inside', async () => {
    const world = openWorld();
    const old = world.store.createKeys(PRINCIPAL);
    once(world, 'list-keys', answer(500));
    const rules = world.instance({ protections: [protect(PRINCIPAL)] });
    expect(await rules.deliver([principalLeak()])).toEqual([0]);
    expect(world.deadLetters).toEqual([]);
    expect(await rules.deliver([principalLeak()])).toEqual([]);
    expect(world.deadLetters).toMatchObject([{ reason: 'held-protected' }]);
    expect((await world.row(principalLeak())).data).toMatchObject({ state: 'held', fence: old });
  });

  it('is not said to be revoked when it had no keys and only a replacement lives', async () => {
    const world = openWorld();
    once(world, 'revoke-principal', LOST);
    expect(await world.instance().deliver([principalLeak()])).toEqual([]);
    expect(world.trail(principalLeak())).toEqual(['intent:intent', 'outcome:unknown', 'outcome:no-keys']);

    const other = openWorld();
    once(other, 'revoke-principal', answer(500));
    expect(await other.instance().deliver([principalLeak()])).toEqual([0]);
    const fresh = other.store.createKeys(PRINCIPAL);
    expect(await other.instance().deliver([principalLeak()])).toEqual([]);
    expect(other.store.liveKeys(PRINCIPAL)).toEqual(fresh);
    expect(other.trail(principalLeak()).at(-1)).toBe('outcome:no-keys');
  });
});

describe('a fence that the ledger cannot hold', () => {
  it('stops the event before any revocation: too many keys', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL, HUGE);
    expect(await world.instance().deliver([principalLeak()])).toEqual([]);
    expect(world.deadLetters).toMatchObject([
      { reason: 'held-limit', detail: 'rule: more keys than a key snapshot holds' },
    ]);
    expect(effects(world)).toEqual([]);
    expect((await world.row(principalLeak())).data.state).toBe('held');
  });

  it('holds just as many as it may', async () => {
    const world = openWorld();
    const keys = world.store.createKeys(PRINCIPAL, HUGE - 1);
    expect(await world.instance().deliver([principalLeak()])).toEqual([]);
    expect((await world.row(principalLeak())).data.fence).toEqual(keys);
    expect(world.store.liveKeys(PRINCIPAL)).toEqual([]);
  });
});
