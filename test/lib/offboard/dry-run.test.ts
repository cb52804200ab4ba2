/** A dry run does all that the real one does, but for the calls that change something and the schedule. */
import { describe, expect, it } from 'vitest';
import { KEY_ID, keyLeak, offboarded, PRINCIPAL, principalLeak, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { openWorld } from '../../support/memory-world.ts';

const LATER = offboarded({
  id: 'later',
  data: { principalName: 'saml/later@example.com', effectiveAt: '2026-12-24T00:00:00Z' },
});
const EVENTS = [keyLeak(), principalLeak(), offboarded(), LATER];
const STALE = offboarded({ id: 'stale', time: '2026-11-01T00:00:00Z' });

async function dryRun(settings: { readonly dryRunKeep?: boolean } = {}) {
  const world = openWorld();
  world.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
  world.store.createKeys(PRINCIPAL, 2);
  world.store.createKeys(SAML_PRINCIPAL);
  const instance = world.instance({ mode: 'dry-run', protections: [protect('coreweave/backup')], ...settings });
  expect(await instance.deliver([...EVENTS, STALE])).toEqual([]);
  return { world, instance };
}

describe('a dry run', () => {
  it('says what it would do, looks at what it would look at, and changes nothing', async () => {
    const { world } = await dryRun();
    expect(world.calls.toSorted()).toEqual(['list-keys', `read-key ${KEY_ID}`]);
    expect([...EVENTS, STALE].map((event) => world.trail(event))).toEqual([
      ['outcome:would-revoke'],
      ['outcome:would-revoke'],
      ['outcome:would-revoke'],
      ['note:would-schedule'],
      ['hold:held-stale'],
    ]);
    expect(world.schedules.names()).toEqual([]);
    expect(world.sent).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-stale']);
  });

  it('names the mode in its records', async () => {
    const { world } = await dryRun();
    const modes = world.audit.map((record) => JSON.parse(JSON.stringify(record)).unmapped.policy.mode);
    expect(new Set(modes)).toEqual(new Set(['dry-run']));
  });

  it('keeps its own ledger, so a repeat is a duplicate there', async () => {
    const { world, instance } = await dryRun();
    expect(await instance.deliver([principalLeak()])).toEqual([]);
    expect(world.trail(principalLeak()).at(-1)).toBe('outcome:duplicate');
  });

  it('keeps each event that it would have acted on as a dead letter, if asked to', async () => {
    const { world } = await dryRun({ dryRunKeep: true });
    expect(world.deadLetters.map(({ reason, event }) => [reason, event.id]).toSorted()).toEqual(
      [...EVENTS.map(({ id }) => ['held-dry-run', id]), ['held-stale', 'stale']].toSorted(),
    );
    expect(world.calls.filter((call) => call.startsWith('revoke'))).toEqual([]);
    expect(world.schedules.names()).toEqual([]);
  });
});
