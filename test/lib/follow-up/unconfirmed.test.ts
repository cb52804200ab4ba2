/** What was accepted and still lives when it is looked at: followed until it is gone, or until a person must look. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../support/api-answers.ts';
import { KEY_ID, keyLeak, offboarded, PRINCIPAL, principalLeak, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const effects = ({ calls }: World) => calls.filter((call) => call.startsWith('revoke'));
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason }) => reason);
/** Lets the checks that are under way come; returns their delays and events. */
async function deliverChecks(world: World) {
  const taken = world.sent.splice(0).map(({ body, delaySeconds }) => ({ delaySeconds, event: JSON.parse(body) }));
  expect(await world.instance().deliver(taken.map(({ event }) => event))).toEqual([]);
  return taken;
}

describe('what was accepted and still lives', () => {
  /** The store forgets every revocation while it `sticks`. */
  const sticky = () => {
    const world = openWorld();
    const state = { sticks: true };
    world.meddle = ({ call }) => (state.sticks && call.startsWith('revoke') ? answer(200) : undefined);
    return { world, state };
  };

  it.each([
    ['a leaked key', keyLeak(), 'coreweave/owner'],
    ['an offboarding', offboarded(), SAML_PRINCIPAL],
    ['a compromised principal', principalLeak(), PRINCIPAL],
  ])('of %s becomes confirmed at the next look', async (_, event, principalName) => {
    const { world, state } = sticky();
    world.store.add({ accessKeyId: KEY_ID, principalName });
    await world.instance().deliver([event]);
    expect(world.trail(event)).toEqual(['intent:intent', 'outcome:accepted']);
    state.sticks = false;
    const [first] = await deliverChecks(world);
    expect(world.trail(first?.event)).toEqual(expect.arrayContaining(['intent:intent', 'outcome:confirmed']));
    expect(world.store.status(KEY_ID)).toBe('DELETED');
    expect(world.deadLetters).toEqual([]);
  });

  it.each([
    ['a leaked key', keyLeak(), 'coreweave/owner'],
    ['an offboarding', offboarded(), SAML_PRINCIPAL],
    ['a compromised principal', principalLeak(), PRINCIPAL],
  ])('of %s becomes a dead letter after the third check', async (_, event, principalName) => {
    const { world } = sticky();
    world.store.add({ accessKeyId: KEY_ID, principalName });
    await world.instance().deliver([event]);
    const delays = [];
    for (let generation = 1; generation <= 3; generation += 1) {
      expect(world.deadLetters).toEqual([]);
      delays.push(...(await deliverChecks(world)).map(({ delaySeconds }) => delaySeconds));
    }
    expect(delays).toEqual([60, 300, 900]);
    expect(reasons(world)).toEqual(['unconfirmed']);
    expect(world.sent).toEqual([]);
  });

  it('of a compromised principal is followed inside the fence only', async () => {
    const { world, state } = sticky();
    const old = world.store.createKeys(PRINCIPAL);
    await world.instance().deliver([principalLeak()]);
    const fresh = world.store.createKeys(PRINCIPAL);
    state.sticks = false;
    await deliverChecks(world);
    expect(effects(world).slice(1)).toEqual(old.map((id) => `revoke-key ${id}`));
    expect(world.store.liveKeys(PRINCIPAL)).toEqual(fresh);
  });
});
