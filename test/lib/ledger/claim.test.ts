/** Who may lead an event: one delivery at a time, once, and only for the body that was seen first. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../support/api-answers.ts';
import { keyLeak, offboarded, principalLeak, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { openWorld } from '../../support/memory-world.ts';

/** A world whose offboarding has two keys. */
const worldWithOffboarding = () => {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL, 2);
  return world;
};
/** Calls that change something. */
const effects = (calls: readonly string[]) => calls.filter((call) => call.startsWith('revoke'));

describe('an offboarding that two instances receive at once', () => {
  it('is led by one of them, waited for by the other, and then a duplicate', async () => {
    const world = worldWithOffboarding();
    const [one, other] = [world.instance(), world.instance()];
    const event = offboarded();

    const first = await Promise.all([one.deliver([event]), other.deliver([event])]);
    expect(first.toSorted((a, b) => a.length - b.length)).toEqual([[], [0]]);
    expect(await other.deliver([event], { receiveCount: 2 })).toEqual([]);

    expect(effects(world.calls)).toEqual([`revoke-principal ${SAML_PRINCIPAL}`]);
    expect(world.trail(event)).toEqual(['intent:intent', 'outcome:confirmed', 'outcome:duplicate']);
  });

  it('is led once, however the two interleave', async () => {
    for (let pauses = 0; pauses < 12; pauses += 1) {
      const world = worldWithOffboarding();
      const [one, other] = [world.instance(), world.instance()];
      const event = offboarded();
      const late = async () => {
        for (let turn = 0; turn < pauses; turn += 1) await Promise.resolve();
        return other.deliver([event]);
      };
      const failed = await Promise.all([one.deliver([event]), late()]);
      if (failed.flat().length > 0) await one.deliver([event]);
      expect(effects(world.calls)).toEqual([`revoke-principal ${SAML_PRINCIPAL}`]);
      expect(world.trail(event).filter((step) => step === 'outcome:duplicate')).toHaveLength(1);
    }
  });

  it('is led once when both copies come in one batch', async () => {
    const world = worldWithOffboarding();
    const event = offboarded();
    expect(await world.instance().deliver([event, event])).toEqual([1]);
    expect(effects(world.calls)).toEqual([`revoke-principal ${SAML_PRINCIPAL}`]);
  });
});

describe('a lease', () => {
  /** An instance that hangs in its first revocation for ever. */
  const crashWhileRevoking = async (world: ReturnType<typeof openWorld>, event: object) => {
    const reached = new Promise<void>((resolve) => {
      world.meddle = ({ call }) => {
        if (call !== 'revoke-principal') return undefined;
        resolve();
        return new Promise(() => {});
      };
    });
    void world.instance().deliver([event]);
    await reached;
    world.meddle = () => undefined;
  };

  it('of an instance that died lapses five seconds after that could have run, and is then taken over', async () => {
    const world = worldWithOffboarding();
    const event = offboarded();
    await crashWhileRevoking(world, event);
    const started = world.now;

    world.now = started + 30_000 + 5_000 - 1;
    expect(await world.instance().deliver([event])).toEqual([0]);
    world.now = started + 30_000 + 5_000;
    expect(await world.instance().deliver([event])).toEqual([]);

    expect(world.trail(event)).toEqual(['intent:intent', 'intent:intent', 'outcome:confirmed']);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it('is given back when the event has to be tried again, so that the next delivery need not wait', async () => {
    const world = worldWithOffboarding();
    const event = offboarded();
    world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(500) : undefined);
    expect(await world.instance().deliver([event])).toEqual([0]);
    expect((await world.row(event)).data).toMatchObject({ state: 'open', leaseUntil: 0 });

    world.meddle = () => undefined;
    expect(await world.instance().deliver([event])).toEqual([]);
    expect((await world.row(event)).data).toMatchObject({ state: 'done', leaseUntil: 0 });
  });
});

describe('an event id that comes again', () => {
  it('with another body is held as a conflict, each time, and the first stays as it was', async () => {
    const world = worldWithOffboarding();
    const event = offboarded({ id: 'offboarding-7' });
    const forged = offboarded({ id: 'offboarding-7', data: { principalName: 'saml/rival@example.com' } });
    world.store.createKeys('saml/rival@example.com');
    await world.instance().deliver([event]);
    const row = await world.row(event);
    const made = world.calls.length;

    expect(await world.instance().deliver([forged])).toEqual([]);
    expect(world.deadLetters).toMatchObject([
      { reason: 'held-conflict', event: { id: 'offboarding-7', data: forged.data } },
    ]);
    expect(world.calls).toHaveLength(made);
    expect(await world.row(event)).toEqual(row);
    // A manual redrive of the conflicting dead letter has no effect either.
    expect(await world.instance().deliver(world.sealed)).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-conflict', 'held-conflict']);
    expect(world.store.liveKeys('saml/rival@example.com')).toHaveLength(1);
  });

  it('with other evidence, or another spelling of the same JSON, is the same event', async () => {
    const world = worldWithOffboarding();
    const event = offboarded({ id: 'offboarding-8' });
    const { data, ...context } = event;
    const again = { data: { evidence: { detector: 'hr' }, ...Object(data) }, ...context };
    await world.instance().deliver([event]);
    expect(await world.instance().deliver([again])).toEqual([]);
    expect(world.deadLetters).toEqual([]);
    expect(world.trail(event)).toEqual(['intent:intent', 'outcome:confirmed', 'outcome:duplicate']);
  });

  it('stays held for a duplicate; a redriven dead letter runs the safety checks again', async () => {
    const world = worldWithOffboarding();
    const event = offboarded({ time: '2026-10-01T00:00:00Z' });
    await world.instance().deliver([event]);
    expect(await world.instance().deliver([event])).toEqual([]);
    expect(world.trail(event)).toEqual(['hold:held-stale', 'note:parked']);

    expect(await world.instance().deliver(world.sealed)).toEqual([]);
    expect(world.deadLetters.map(({ reason, replays }) => [reason, replays])).toEqual([
      ['held-stale', 0],
      ['held-stale', 1],
    ]);
    expect(world.calls).toEqual([]);
  });
});

describe('what a replay has sent, and whose dead letter it has deleted,', () => {
  const unmapped = offboarded({ data: { identity: { email: 'user@example.com' } } });

  it('is evaluated again if a replay wrote to the rows of another mode', async () => {
    const world = worldWithOffboarding();
    const none = { sourcePer10Minutes: 0, sourcePerDay: 0, totalPer10Minutes: 0, totalPerDay: 0 };
    await world.instance({ limits: none }).deliver([offboarded()]);
    expect(await world.instance({ limits: none }).deliver([offboarded()], { attributes: { replays: '1' } })).toEqual(
      [],
    );
    expect(world.deadLetters.map(({ reason, replays }) => [reason, replays])).toEqual([
      ['held-limit', 0],
      ['held-limit', 1],
    ]);
    expect(await world.instance().deliver([offboarded()], { attributes: { replays: '2' } })).toEqual([]);
    expect(world.trail(offboarded()).slice(-2)).toEqual(['intent:intent', 'outcome:confirmed']);
  });

  it('is judged again when its row was closed after the replay had found it open', async () => {
    const world = worldWithOffboarding();
    expect(await world.instance().deliver([unmapped])).toEqual([]);
    expect((await world.row(unmapped)).data.state).toBe('dead');
    const entry = { pk: 'identity#email#user@example.com', version: 1, data: { principals: [SAML_PRINCIPAL] } };
    await world.table.put(entry, undefined);
    expect(await world.instance().deliver([unmapped], { attributes: { replays: '1' } })).toEqual([]);
    expect(world.trail(unmapped)).toEqual(['dead-letter:unmappable', 'intent:intent', 'outcome:confirmed']);
  });
});

describe('while the ledger cannot be reached', () => {
  it('principal-wide events come back without a call, and a leaked key is revoked', async () => {
    const world = worldWithOffboarding();
    const [accessKeyId = ''] = world.store.createKeys('coreweave/owner');
    world.ledgerDown = true;
    const leak = keyLeak({ data: { accessKeyId } });
    expect(await world.instance().deliver([offboarded(), leak, principalLeak()])).toEqual([0, 2]);
    expect(effects(world.calls)).toEqual([`revoke-key ${accessKeyId}`]);
    expect(world.calls).not.toContain('list-keys');
    expect(world.trail(leak)).toEqual(['intent:intent', 'outcome:confirmed']);

    world.ledgerDown = false;
    expect(await world.instance().deliver([offboarded()])).toEqual([]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it('a protected key is held, not revoked: an approval that cannot be read is none', async () => {
    const world = openWorld();
    const [accessKeyId = ''] = world.store.createKeys('coreweave/owner');
    world.ledgerDown = true;
    const leak = keyLeak({ data: { accessKeyId, confidence: 'key-id-only' } });
    expect(await world.instance().deliver([leak])).toEqual([]);
    expect(world.deadLetters).toMatchObject([{ reason: 'held-low-confidence' }]);
    expect(world.calls).toEqual([]);
  });
});
