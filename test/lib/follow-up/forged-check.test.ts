/** A check that we did not send, or that comes at the wrong time, does nothing but a dead letter. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../support/api-answers.ts';
import { approve } from '../../support/approval.ts';
import { check, KEY_ID, keyLeak, offboarded, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { openWorld, type World } from '../../support/memory-world.ts';

const parent = { source: offboarded().source, id: offboarded().id };
const checkOf = (data: object, id = 'check-1') => check({ id, data: { parent, ...data } });
const first = checkOf({ principalName: SAML_PRINCIPAL, generation: 1 });

/** An offboarded user who is done, and has a new key. */
async function worldAfter(): Promise<World> {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL);
  world.store.createKeys(PRINCIPAL);
  await world.instance().deliver([offboarded()]);
  world.store.createKeys(SAML_PRINCIPAL);
  world.sent.splice(0);
  world.calls.splice(0);
  return world;
}
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason }) => reason);

describe('a check of a principal', () => {
  it.each([
    [
      'of an event that does not exist',
      { parent: { source: '//x', id: 'y' }, principalName: SAML_PRINCIPAL, generation: 1 },
    ],
    ['of a principal that its parent was not about', { principalName: PRINCIPAL, generation: 1 }],
  ])('%s does nothing but a dead letter', async (_, data) => {
    const world = await worldAfter();
    expect(await world.instance().deliver([checkOf(data)])).toEqual([]);
    expect({ reasons: reasons(world), calls: world.calls, sent: world.sent }).toEqual({
      reasons: ['invalid'],
      calls: [],
      sent: [],
    });
    expect(world.deadLetters[0]?.detail).toBe('data: expected the next check of a settled event');
  });

  it('that comes before an earlier one has ended is retried', async () => {
    const world = await worldAfter();
    const ofGeneration = (generation: number) => checkOf({ principalName: SAML_PRINCIPAL, generation });
    const second = ofGeneration(2);
    expect(await world.instance().deliver([second, ofGeneration(3)])).toEqual([0, 1]);
    expect([reasons(world), world.calls]).toEqual([[], []]);
    await world.instance().deliver([first]);
    expect(await world.instance().deliver([second])).toEqual([]);
    expect((await world.row(offboarded())).data).toMatchObject({ checked: { [SAML_PRINCIPAL]: 2 } });
  });

  it.each([
    ['was held again', { state: 'held' }],
    ['is about others now', { principals: [PRINCIPAL] }],
  ])('of an event that %s does nothing but a dead letter', async (_, changed) => {
    const world = await worldAfter();
    const { version, ...row } = await world.row(offboarded());
    await world.table.put({ ...row, version: version + 1, data: { ...row.data, ...changed } }, version);
    await world.instance().deliver([first]);
    expect([reasons(world), world.calls]).toEqual([['invalid'], []]);
  });

  it.each([
    ['that was made', []],
    ['before the last one that was made', [checkOf({ principalName: SAML_PRINCIPAL, generation: 2 }, 'check-2')]],
  ])('%s does nothing when it is delivered again: it is a duplicate', async (_name, later) => {
    const world = await worldAfter();
    for (const each of [first, ...later]) expect(await world.instance().deliver([each])).toEqual([]);
    world.store.createKeys(SAML_PRINCIPAL);
    const before = { calls: [...world.calls], sent: [...world.sent], row: await world.row(offboarded()) };
    expect(await world.instance().deliver([first])).toEqual([]);
    expect(world.trail(first).at(-1)).toBe('outcome:duplicate');
    expect(world.deadLetters).toEqual([]);
    expect({ calls: world.calls, sent: world.sent, row: await world.row(offboarded()) }).toEqual(before);
  });

  it('that was made does nothing but a dead letter if its event is no longer settled', async () => {
    const world = await worldAfter();
    await world.instance().deliver([first]);
    const { version, ...row } = await world.row(offboarded());
    await world.table.put({ ...row, version: version + 1, data: { ...row.data, state: 'held' } }, version);
    expect(await world.instance().deliver([first])).toEqual([]);
    expect(reasons(world)).toEqual(['invalid']);
  });

  it('acts only when its delay has passed since it was sent: three at once use up nothing', async () => {
    const world = await worldAfter();
    const instance = world.instance();
    const sentAt = world.now;
    const forged = [1, 2, 3].map((generation) =>
      checkOf({ principalName: SAML_PRINCIPAL, generation }, `g${generation}`),
    );
    expect(await instance.deliver(forged, { sentAt })).toEqual([0, 1, 2]);
    expect(world.retries).toEqual(['check-early', 'check-early', 'check-early']);
    expect({ reasons: reasons(world), calls: world.calls, sent: world.sent }).toEqual({
      reasons: [],
      calls: [],
      sent: [],
    });
    expect((await world.row(offboarded())).data.checked).toEqual({ [SAML_PRINCIPAL]: 0 });
    world.now += 54_000;
    expect(await instance.deliver([first], { sentAt })).toEqual([0]);
    world.now += 1_000;
    expect(await instance.deliver([first], { sentAt })).toEqual([]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it('of an offboarded user who had no keys, for whom none was sent, does nothing but a dead letter', async () => {
    const world = openWorld();
    await world.instance().deliver([offboarded()]);
    expect(world.sent).toEqual([]);
    world.store.createKeys(SAML_PRINCIPAL);
    expect(await world.instance().deliver([first])).toEqual([]);
    expect([reasons(world), world.store.liveKeys(SAML_PRINCIPAL).length]).toEqual([['invalid'], 1]);
  });

  it('of an event that is held does nothing but a dead letter', async () => {
    const world = openWorld();
    const rules = world.instance({ protections: [protect(SAML_PRINCIPAL)] });
    world.store.createKeys(SAML_PRINCIPAL);
    await rules.deliver([offboarded()]);
    await world.instance().deliver([first]);
    expect(reasons(world)).toEqual(['held-protected', 'invalid']);
    expect(world.calls).toEqual([]);
  });

  it('of a scheduled event only becomes a dead letter', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    const later = offboarded({ data: { principalName: SAML_PRINCIPAL, effectiveAt: '2026-12-24T00:00:00Z' } });
    await world.instance().deliver([later]);
    await world
      .instance()
      .deliver([
        checkOf({ parent: { source: later.source, id: later.id }, principalName: SAML_PRINCIPAL, generation: 1 }),
      ]);
    expect(reasons(world)).toEqual(['invalid']);
    expect(world.calls).toEqual([]);
  });

  it('that comes while its parent is at work comes back', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(500) : undefined);
    await world.instance().deliver([offboarded()]);
    expect(await world.instance().deliver([first])).toEqual([0]);
    expect([world.deadLetters, world.retries.at(-1)]).toEqual([[], 'parent-open']);
    world.meddle = () => undefined;
    await world.instance().deliver([offboarded()]);
    expect(await world.instance().deliver([first])).toEqual([]);
  });

  it('is not released by an approval of its parent after the parent’s run', async () => {
    const world = await worldAfter();
    const { attributes } = await approve(world, offboarded(), ['held-protected']);
    const replayed = { attributes: { ...attributes, sender: 'own:revoke' } };
    await world.instance({ protections: [protect(SAML_PRINCIPAL)] }).deliver([first], replayed);
    expect(reasons(world)).toEqual(['held-protected']);
    expect(world.calls).toEqual([]);
  });
});

describe('a check of a key', () => {
  const keyCheck = check({
    data: { parent: { source: keyLeak().source, id: keyLeak().id }, accessKeyId: KEY_ID, generation: 1 },
  });
  const worldWithKey = () => {
    const world = openWorld();
    world.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/backup' });
    return world;
  };

  it.each([
    ['the key itself is protected', KEY_ID],
    ['its owner is protected', 'coreweave/backup'],
  ])('can do no more than a leak could: %s', async (_, name) => {
    const world = worldWithKey();
    expect(await world.instance({ protections: [protect(name)] }).deliver([keyCheck])).toEqual([]);
    expect(reasons(world)).toEqual(['held-protected']);
    expect(world.store.status(KEY_ID)).toBe('ACTIVE');
  });

  it('that has no time for its calls comes back', async () => {
    const world = worldWithKey();
    expect(await world.instance().deliver([keyCheck], { remainingMs: 750 + 99 })).toEqual([0]);
    expect([world.calls, world.retries]).toEqual([[], ['not-started']]);
  });

  it('acts only when its delay has passed since it was sent', async () => {
    const world = worldWithKey();
    const sentAt = world.now;
    expect(await world.instance().deliver([keyCheck], { sentAt })).toEqual([0]);
    expect([world.store.status(KEY_ID), world.calls]).toEqual(['ACTIVE', []]);
    world.now += 60_000;
    expect(await world.instance().deliver([keyCheck], { sentAt })).toEqual([]);
    expect(world.store.status(KEY_ID)).toBe('DELETED');
  });

  it('is not released by the approval of its parent, which anyone can name', async () => {
    const world = worldWithKey();
    const { attributes } = await approve(world, keyLeak(), ['held-protected']);
    const replayed = { attributes: { ...attributes, sender: 'own:revoke' } };
    await world.instance({ protections: [protect(KEY_ID)] }).deliver([keyCheck], replayed);
    expect(reasons(world)).toEqual(['held-protected']);
    expect(world.store.status(KEY_ID)).toBe('ACTIVE');
  });
});
