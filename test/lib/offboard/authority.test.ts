/** Several authorities speak about one principal: each may take back only what it said itself. */
import { describe, expect, it } from 'vitest';
import type { SenderSettings } from '../../../lib/model/sender.ts';
import { approve } from '../../support/approval.ts';
import { check, offboarded, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { eventKeyOf, openWorld, type World } from '../../support/memory-world.ts';
import { ROLE_IDS, UNBOUND } from '../../support/senders.ts';

const DAY_MS = 86_400_000;
const START = openWorld().now;
const iso = (ms: number) => new Date(START + ms).toISOString();

const HR = '//hr.example/acme';
const DIRECTORY = 'scim://users';
const STRANGER = '//stranger.example';

const BOUND: SenderSettings = {
  ...UNBOUND,
  bindings: [
    { name: 'on-call', senderId: 'AROAOPS', sources: [''], authority: 'operator' },
    { name: 'hr', senderId: 'AROAHR', sources: [HR], authority: 'hr' },
    { name: 'payroll', senderId: 'AROAPAYROLL', sources: ['//payroll.example/'], authority: 'hr' },
    { name: 'directory', senderId: 'https:scim', sources: [DIRECTORY], authority: 'directory' },
  ],
};
const INGEST = { senderId: `${ROLE_IDS.ingest}:ingest`, attributes: { sender: 'https:scim' } };

const leaves = (source: string, timeMs: number, effectiveMs?: number) =>
  offboarded({
    id: `leaves-${source}-${timeMs}-${effectiveMs}`,
    source,
    time: iso(timeMs),
    data: {
      principalName: SAML_PRINCIPAL,
      ...(effectiveMs === undefined ? {} : { effectiveAt: iso(effectiveMs) }),
    },
  });
const stays = (source: string, timeMs: number) =>
  reinstated({ id: `stays-${source}-${timeMs}`, source, time: iso(timeMs), data: { principalName: SAML_PRINCIPAL } });

function open(): World {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL);
  return world;
}
const live = ({ store }: World) => store.liveKeys(SAML_PRINCIPAL).length;
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason, event }) => [reason, event.id]);

/** Moves to a time after the start, and delivers what schedules and delayed messages bring. */
async function passTo(world: World, ms: number): Promise<void> {
  await world.schedules.fireDue(START + ms);
  world.now = START + ms;
  const due = world.sent.splice(0).map(({ body }) => body);
  const ours = { senderId: `${ROLE_IDS.scheduler}:schedule` };
  if (due.length > 0)
    await world.instance().deliver(
      due.filter((body) => body.includes('user.offboarded')),
      ours,
    );
}

describe('an offboarding that HR has scheduled', () => {
  it.each([
    ['days before', 10 * DAY_MS],
    ['within 15 minutes of its time', 600_000],
  ])('is carried out although a stranger schedules a later one, %s', async (_name, dueMs) => {
    const world = open();
    await world.instance().deliver([leaves(HR, 0, dueMs)]);
    world.now += 1_000;
    await world.instance().deliver([leaves(STRANGER, 1_000, 9 * 365 * DAY_MS)]);
    expect(world.deadLetters).toEqual([]);
    await passTo(world, dueMs);
    expect(live(world)).toBe(0);
  });

  it('is carried out although a directory sync says that the user is active', async () => {
    const world = open();
    const settings = { senders: BOUND };
    await world.instance(settings).deliver([leaves(HR, 0, DAY_MS)], { senderId: 'AROAHR:s' });
    world.now += 1_000;
    await world.instance(settings).deliver([stays(DIRECTORY, 1_000)], INGEST);
    expect(world.trail(stays(DIRECTORY, 1_000))).toEqual(['note:not-own-word']);
    expect(world.schedules.names()).toHaveLength(1);
    await passTo(world, DAY_MS);
    expect(live(world)).toBe(0);
  });

  it('is replaced by a newer event of its own authority, from another sender of it', async () => {
    const world = open();
    const settings = { senders: BOUND };
    await world.instance(settings).deliver([leaves(HR, 0, DAY_MS)], { senderId: 'AROAHR:s' });
    const later = leaves('//payroll.example/x', 1_000, 2 * DAY_MS);
    await world.instance(settings).deliver([later], { senderId: 'AROAPAYROLL:s' });
    expect(world.schedules.names()).toHaveLength(1);
    await passTo(world, DAY_MS);
    expect(live(world)).toBe(1);
    await passTo(world, 2 * DAY_MS);
    expect(live(world)).toBe(0);
  });

  it.each([
    ['of this version', false],
    ['of 0.1', true],
  ])('and a row %s stays when another authority reinstates the user, who is held with what stands', async (_, old) => {
    const world = open();
    const offboarding = leaves(HR, 0, DAY_MS);
    if (old) await scheduleAs01(world, offboarding);
    else await world.instance().deliver([offboarding]);
    await world.instance().deliver([stays(STRANGER, 1_000)]);
    const event = { source: HR, id: offboarding.id, time: offboarding.time };
    expect(world.deadLetters).toMatchObject([
      {
        reason: 'held-authority',
        detail: "rule: another authority's offboarding stands",
        sender: 'AROAEXAMPLE',
        standing: [{ principalName: SAML_PRINCIPAL, authority: HR, state: 'scheduled', ...event }],
      },
    ]);
    expect(world.schedules.names()).toHaveLength(1);
    await passTo(world, DAY_MS);
    expect(live(world)).toBe(0);
  });
});

/** What 0.1 wrote for a scheduled offboarding. */
async function scheduleAs01(world: World, offboarding: Record<string, unknown>): Promise<void> {
  await world.instance().deliver([offboarding]);
  const [name = ''] = world.schedules.names();
  const { sender: _s, authority: _a, ...data } = (await world.row(offboarding)).data;
  const row = await world.row(offboarding);
  await world.table.put({ ...row, version: row.version + 1, data }, row.version);
  const { sha256 } = world.instance().ports;
  for (const pk of [`schedule#${sha256(SAML_PRINCIPAL)}#${sha256(HR)}`, `offboarded#${sha256(SAML_PRINCIPAL)}`]) {
    await world.table.remove(pk, (await world.table.get(pk))?.version ?? 0);
  }
  const event = JSON.parse(JSON.stringify(offboarding));
  await world.table.put({ pk: `schedule#${SAML_PRINCIPAL}`, version: 1, data: { name, event } }, undefined);
}

describe('a reinstatement', () => {
  it('of the own authority supersedes its older offboardings, and no one else’s', async () => {
    const world = open();
    await world.instance().deliver([stays(HR, 5_000)]);
    await world.instance().deliver([leaves(HR, 1_000)]);
    expect(reasons(world)).toEqual([['held-superseded', leaves(HR, 1_000).id]]);
    await world.instance().deliver([leaves(DIRECTORY, 1_000)]);
    expect(live(world)).toBe(0);
  });

  it('of 0.1, which names no authority, supersedes every older offboarding', async () => {
    const world = open();
    const data = { time: iso(5_000) };
    await world.table.put({ pk: `reinstated#${SAML_PRINCIPAL}`, version: 1, data }, undefined);
    await world.instance().deliver([stays(DIRECTORY, 2_000), leaves(HR, 1_000)]);
    expect(reasons(world)).toEqual([['held-superseded', leaves(HR, 1_000).id]]);
    expect(await world.table.get(`reinstated#${SAML_PRINCIPAL}`)).toMatchObject({ data: { time: iso(5_000) } });
  });

  it('takes back what its authority said, and is held for the other one', async () => {
    const world = open();
    await world.instance().deliver([leaves(HR, 0), leaves(DIRECTORY, 0)]);
    world.now += 10_000;
    await world.instance().deliver([stays(HR, 10_000)]);
    expect(world.deadLetters).toMatchObject([{ reason: 'held-authority', standing: [{ authority: DIRECTORY }] }]);
    await world.instance().deliver([leaves(HR, 5_000)]);
    expect(reasons(world)[1]).toEqual(['held-superseded', leaves(HR, 5_000).id]);
  });

  it('takes back, once approved, exactly the events that the hold names', async () => {
    const world = open();
    const settings = { senders: BOUND };
    const hr = { senderId: 'AROAHR:s' };
    await world.instance(settings).deliver([leaves(HR, 0, DAY_MS)], hr);
    const stay = stays('//revoker.cli/ann', 1_000);
    // What the last dead letter but `at` shows is approved.
    const replayed = async (at: number) => {
      const [shown] = world.deadLetters.toReversed().slice(at);
      const targets = [shown?.standing].flat().map((standing) => eventKeyOf(Object(standing)));
      const { attributes } = await approve(world, stay, ['held-authority'], { targets });
      return { senderId: `${ROLE_IDS.replay}:r`, attributes: { ...attributes, sender: 'AROAOPS' } };
    };
    await world.instance(settings).deliver([stay], { senderId: 'AROAOPS:ann' });
    // HR says it again, after the hold and before its approval.
    await world.instance(settings).deliver([leaves(HR, 500, 2 * DAY_MS)], hr);
    await world.instance(settings).deliver([stay], await replayed(0));
    expect(world.schedules.names()).toHaveLength(1);
    expect(reasons(world).map(([reason]) => reason)).toEqual(['held-authority', 'held-authority']);
    await world.instance(settings).deliver([stay], await replayed(0));
    expect(world.schedules.names()).toEqual([]);
    expect(reasons(world).at(-1)).toEqual(['held-superseded', leaves(HR, 500, 2 * DAY_MS).id]);
    expect(live(world)).toBe(1);
  });

  it('under the name of a scheduled offboarding is held, and leaves the row of that to its schedule', async () => {
    const world = open();
    const offboarding = leaves(HR, 0, DAY_MS);
    await world.instance().deliver([offboarding]);
    const before = await world.row(offboarding);
    await world.instance().deliver([{ ...stays(HR, 1_000), id: offboarding.id }]);
    expect(reasons(world)).toEqual([['held-conflict', offboarding.id]]);
    expect(await world.row(offboarding)).toEqual(before);
    expect(world.schedules.names()).toHaveLength(1);
  });
});

describe('a follow-up check', () => {
  const first = check({
    data: { parent: { source: HR, id: leaves(HR, 0).id }, principalName: SAML_PRINCIPAL, generation: 1 },
  });

  it('goes on although another authority reinstated the user', async () => {
    const world = open();
    await world.instance().deliver([leaves(HR, 0)]);
    await world.instance().deliver([stays(STRANGER, 1_000)]);
    world.store.createKeys(SAML_PRINCIPAL);
    await world.instance().deliver([first]);
    expect(live(world)).toBe(0);
  });

  it('from a stranger is held, and uses up nothing', async () => {
    const world = open();
    await world.instance().deliver([leaves(HR, 0)]);
    world.store.createKeys(SAML_PRINCIPAL);
    await world.instance().deliver([first], { senderId: 'AROAX:s' });
    expect(world.deadLetters).toMatchObject([{ reason: 'held-unknown-sender', sender: 'AROAX' }]);
    expect(live(world)).toBe(1);
    await world.instance().deliver([first]);
    expect(live(world)).toBe(0);
  });
});

describe('a sender that SENDERS does not name', () => {
  const settings = { senders: BOUND };

  it('revokes nothing, and closes no row of the true sender', async () => {
    const world = open();
    const event = leaves(HR, 0);
    const { listKeys } = { listKeys: world.meddle };
    world.meddle = (request) => (request.call === 'list-keys' ? Promise.reject(new Error('down')) : listKeys(request));
    expect(await world.instance(settings).deliver([event], { senderId: 'AROAHR:s' })).toEqual([0]);
    world.meddle = () => undefined;
    await world.instance(settings).deliver([event], { senderId: 'AROAX:s' });
    expect(reasons(world)).toEqual([['held-unknown-sender', event.id]]);
    expect(live(world)).toBe(1);
    await world.instance(settings).deliver([event], { senderId: 'AROAHR:s', receiveCount: 2 });
    expect(live(world)).toBe(0);
  });

  it('reopens nothing with the attributes of a replay, or as a dead letter', async () => {
    const world = open();
    const event = leaves(HR, -30 * DAY_MS);
    await world.instance(settings).deliver([event], { senderId: 'AROAHR:s' });
    expect(reasons(world)).toEqual([['held-stale', event.id]]);
    const forged = { senderId: 'AROAX:s', attributes: { replays: '1', replayId: 'x', sender: 'AROAHR' } };
    await world.instance(settings).deliver([event], forged);
    await world.instance(settings).deliver(world.sealed.slice(0, 1), { senderId: 'AROAX:s' });
    expect(world.deadLetters.slice(1)).toMatchObject([
      { reason: 'held-unknown-sender' },
      { reason: 'invalid', event: null },
    ]);
    expect((await world.row(event)).data.state).toBe('held');
    expect(live(world)).toBe(1);
  });

  it('is not believed about another sender, though it is an operator who imitates a replay', async () => {
    const world = open();
    const cli = { name: 'cli', senderId: 'AROACLI', sources: ['//revoker.cli/'], authority: 'operator' };
    const senders = { ...BOUND, bindings: [cli, ...(BOUND.bindings ?? [])] };
    const event = leaves(HR, 0);
    const { attributes } = await approve(world, event, ['held-unknown-sender']);
    const imitation = { senderId: 'AROACLI:ann', attributes: { ...attributes, replayId: 'x', sender: 'AROAHR' } };
    await world.instance({ senders }).deliver([event], imitation);
    expect(world.deadLetters).toMatchObject([{ reason: 'held-unknown-sender', sender: 'AROACLI' }]);
    expect(live(world)).toBe(1);
  });

  it('acts once its event is approved, as an authority of its own', async () => {
    const world = open();
    const event = leaves(STRANGER, 0);
    await world.instance(settings).deliver([event], { senderId: 'AROAX:s' });
    const { attributes } = await approve(world, event, ['held-unknown-sender']);
    const replay = { senderId: `${ROLE_IDS.replay}:r`, attributes: { ...attributes, sender: 'AROAX' } };
    await world.instance(settings).deliver([event], replay);
    expect(live(world)).toBe(0);
    expect((await world.row(event)).data).toMatchObject({ sender: 'AROAX', authority: STRANGER });
  });

  it('is held once more after its approval, if the owner of its source reinstated the user since', async () => {
    const world = open();
    const event = leaves(HR, 0);
    await world.instance(settings).deliver([event], { senderId: 'AROAX:s' });
    await world.instance(settings).deliver([stays(HR, 1_000)], { senderId: 'AROAHR:s' });
    const { attributes } = await approve(world, event, ['held-unknown-sender']);
    const replay = { senderId: `${ROLE_IDS.replay}:r`, attributes: { ...attributes, sender: 'AROAX' } };
    await world.instance(settings).deliver([event], replay);
    expect(reasons(world)).toEqual([
      ['held-unknown-sender', event.id],
      ['held-superseded', event.id],
    ]);
    expect(live(world)).toBe(1);
  });
});
