/** An offboarding whose source and id came before with another date, and that an operator approved. */
import { describe, expect, it } from 'vitest';
import { approve } from '../../support/approval.ts';
import { offboarded, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';
import { ROLE_IDS } from '../../support/senders.ts';

const DAY_MS = 86_400_000;
const START = openWorld().now;
const iso = (ms: number) => new Date(START + ms).toISOString();

const leaves = (timeMs: number, effectiveMs: number) =>
  offboarded({
    id: 'leaves',
    time: iso(timeMs),
    data: { principalName: SAML_PRINCIPAL, effectiveAt: iso(effectiveMs) },
  });

/** Moves to a time after the start, and delivers what schedules bring. */
async function passTo(world: World, ms: number): Promise<void> {
  await world.schedules.fireDue(START + ms);
  world.now = START + ms;
  const bodies = world.sent.splice(0).flatMap(({ body }) => (body.includes('user.offboarded') ? [body] : []));
  if (bodies.length > 0) await world.instance().deliver(bodies, { senderId: `${ROLE_IDS.scheduler}:schedule` });
}

describe('an approved body under the name of a scheduled one', () => {
  it.each([
    ['newer', 1_000, ['held-conflict']],
    // An older one is held for its time too.
    ['older', -1_000, ['held-conflict', 'held-superseded']],
  ])('that is %s is carried out at its own date, and the other never', async (_, timeMs, reasons) => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    await world.instance().deliver([leaves(0, 3 * DAY_MS)]);
    const second = leaves(timeMs, 2 * DAY_MS);
    await world.instance().deliver([second]);
    expect(world.deadLetters).toMatchObject([{ reason: 'held-conflict' }]);
    const { attributes } = await approve(world, second, reasons);
    await world.instance().deliver([second], { senderId: `${ROLE_IDS.replay}:r`, attributes });
    expect(world.schedules.names()).toHaveLength(1);
    await passTo(world, 2 * DAY_MS);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
    await passTo(world, 3 * DAY_MS);
    expect(world.deadLetters).toHaveLength(1);
  });
});
