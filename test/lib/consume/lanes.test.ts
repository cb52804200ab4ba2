/** Safety checks depend on the type of the event, never on its queue. */
import { describe, expect, it } from 'vitest';
import {
  KEY_ID,
  keyLeak,
  offboarded,
  PRINCIPAL,
  principalLeak,
  reinstated,
  SAML_PRINCIPAL,
} from '../../support/event-factory.ts';
import { openWorld } from '../../support/memory-world.ts';

const STALE = offboarded({ id: 'stale', time: '2026-11-01T00:00:00Z' });
const LATER = offboarded({
  id: 'later',
  data: { principalName: 'saml/later@example.com', effectiveAt: '2026-12-24T00:00:00Z' },
});

describe.each(['urgent', 'bulk'] as const)('on the %s lane', (lane) => {
  it('every kind of event is handled as what it is', async () => {
    const world = openWorld();
    world.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
    world.store.createKeys(PRINCIPAL);
    world.store.createKeys(SAML_PRINCIPAL);
    const events = [keyLeak(), principalLeak(), offboarded(), STALE, LATER];
    expect(await world.instance().deliver(events, { lane })).toEqual([]);
    expect([KEY_ID, ...world.store.liveKeys(PRINCIPAL), ...world.store.liveKeys(SAML_PRINCIPAL)]).toEqual([KEY_ID]);
    expect(world.store.status(KEY_ID)).toBe('DELETED');
    expect(world.deadLetters).toMatchObject([{ reason: 'held-stale', lane }]);
    expect(world.schedules.names()).toHaveLength(1);
    expect(world.sent.map((sent) => sent.lane)).toEqual(['bulk', 'bulk']);
    expect((await world.row(offboarded())).data.state).toBe('done');
  });

  it('a reinstatement counts for the other lane too', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    await world.instance().deliver([reinstated()], { lane });
    await world.instance().deliver([offboarded()], { lane: lane === 'bulk' ? 'urgent' : 'bulk' });
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-superseded']);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);
  });
});
