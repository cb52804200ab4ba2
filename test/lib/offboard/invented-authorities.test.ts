/** A sender may invent any number of sources, and spell one like the name of an authority. */
import { describe, expect, it } from 'vitest';
import type { SenderSettings } from '../../../lib/model/sender.ts';
import { approve } from '../../support/approval.ts';
import { offboarded, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { sha256 } from '../../support/fakes.ts';
import { openWorld, type World } from '../../support/memory-world.ts';
import { ROLE_IDS, UNBOUND } from '../../support/senders.ts';

const DAY_MS = 86_400_000;
const START = openWorld().now;
const iso = (ms: number) => new Date(START + ms).toISOString();

const HR = '//hr.example/acme';
const SENDERS: SenderSettings = {
  ...UNBOUND,
  bindings: [
    { name: 'on-call', senderId: 'AROAOPS', sources: ['//revoker.cli/'], authority: 'operator' },
    { name: 'hr', senderId: 'AROAHR', sources: ['//hr.example/'], authority: 'hr' },
  ],
};
const AS_HR = { senderId: 'AROAHR:s' };
/** A partner who knows the secret of this webhook, and nothing else. */
const AS_PARTNER = { senderId: `${ROLE_IDS.ingest}:ingest`, attributes: { sender: 'https:standard-webhooks' } };

const leaves = (source: string, effectiveMs?: number) =>
  offboarded({
    id: `leaves-${source}`,
    source,
    time: iso(0),
    data: {
      principalName: SAML_PRINCIPAL,
      ...(effectiveMs === undefined ? {} : { effectiveAt: iso(effectiveMs) }),
    },
  });
const stays = (source: string) =>
  reinstated({ id: `stays-${source}`, source, time: iso(1_000), data: { principalName: SAML_PRINCIPAL } });

const invented = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `//partner.example/${n}`);
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason, event }) => [reason, event.id]);
const statements = async ({ table }: World) =>
  Object((await table.get(`offboarded#${sha256(SAML_PRINCIPAL)}`))?.data.statements);

describe('a source that is spelled like the name of an authority', () => {
  it.each([
    ['has scheduled', DAY_MS],
    ['has carried out', undefined],
  ])('takes back no offboarding that this authority %s', async (_, effectiveMs) => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    await world.instance({ senders: SENDERS }).deliver([leaves(HR, effectiveMs)], AS_HR);
    world.now += 1_000;
    await world.instance({ senders: SENDERS }).deliver([stays('hr')], AS_PARTNER);
    expect(reasons(world)).toEqual([['held-authority', 'stays-hr']]);
    const state = effectiveMs === undefined ? 'offboarded' : 'scheduled';
    expect(await statements(world)).toMatchObject([{ authority: 'hr', state, source: HR }]);
    expect(world.schedules.names()).toHaveLength(effectiveMs === undefined ? 0 : 1);
  });
});

describe('a hundred reinstatements under invented sources', () => {
  async function flooded(senders: SenderSettings, as: typeof AS_HR): Promise<World> {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    await world.instance({ senders }).deliver([leaves(HR, DAY_MS)], as);
    world.now += 2_000;
    // One after the other: they write one row.
    for (const source of invented(100)) await world.instance({ senders }).deliver([stays(source)], AS_PARTNER);
    world.deadLetters.splice(0);
    return world;
  }

  it('leave room for an authority that SENDERS names', async () => {
    const world = await flooded(SENDERS, AS_HR);
    await world.instance({ senders: SENDERS }).deliver([stays(HR)], AS_HR);
    expect(reasons(world)).toEqual([['held-superseded', `leaves-${HR}`]]);
    expect(world.schedules.names()).toEqual([]);
  });

  it('hold that of another source without SENDERS, whose own offboarding is taken back all the same', async () => {
    const world = await flooded(UNBOUND, { senderId: 'AROAEXAMPLE:s' });
    await world.instance().deliver([stays(HR)]);
    expect(reasons(world)).toEqual([
      ['held-superseded', `leaves-${HR}`],
      ['held-authority', `stays-${HR}`],
    ]);
    expect(world.schedules.names()).toEqual([]);
    expect(await statements(world)).toMatchObject([{ state: 'reinstated' }]);
  });

  it('are no obstacle to one that an operator approves', async () => {
    const world = await flooded(UNBOUND, { senderId: 'AROAEXAMPLE:s' });
    const stay = stays(HR);
    await world.instance().deliver([stay]);
    const { attributes } = await approve(world, stay, ['held-authority']);
    await world.instance().deliver([stay], { senderId: `${ROLE_IDS.replay}:r`, attributes });
    expect(reasons(world)).toHaveLength(2);
    await world.instance().deliver([{ ...leaves(HR), id: 'again' }]);
    expect(reasons(world).at(-1)).toEqual(['held-superseded', 'again']);
  });
});

describe('fifty offboardings under invented sources', () => {
  const dated = (source: string) => leaves(source, 365 * DAY_MS);

  it('leave room for an authority that SENDERS names', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    for (const source of invented(50)) {
      await world.instance({ senders: SENDERS }).deliver([dated(source)], AS_PARTNER);
    }
    await world.instance({ senders: SENDERS }).deliver([leaves(HR)], AS_HR);
    expect((await statements(world)).at(-1)).toMatchObject({ authority: 'hr', state: 'offboarded' });
  });

  it('leave none for another source without SENDERS, whose audit trail says so', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    for (const source of invented(50)) await world.instance().deliver([dated(source)]);
    await world.instance().deliver([leaves(HR)]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
    expect(world.trail(leaves(HR)).at(-1)).toBe('note:too-many-authorities');
  });
});
