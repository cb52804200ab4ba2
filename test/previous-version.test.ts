/**
 * What release 0.1.0 left behind when this version starts, and what this version leaves when 0.1.0 starts again: rows,
 * dead letters, schedules and messages on their way. Written down as 0.1.0 wrote them, not made by the product.
 */
import { describe, expect, it } from 'vitest';
import type { SenderSettings } from '../lib/model/sender.ts';
import type { Row } from '../lib/ports.ts';
import { bodyHashOf } from './support/approval.ts';
import { check, offboarded, reinstated, SAML_PRINCIPAL } from './support/event-factory.ts';
import { eventKeyOf, openWorld, type World } from './support/memory-world.ts';
import { ROLE_IDS, UNBOUND } from './support/senders.ts';

const DAY_MS = 86_400_000;
const START = openWorld().now;
const iso = (ms: number) => new Date(START + ms).toISOString();
const HR = '//hr.example/acme';
const BOUND: SenderSettings = {
  ...UNBOUND,
  bindings: [
    { name: 'on-call', senderId: 'AROAOPS', sources: [''], authority: 'operator' },
    { name: 'hr', senderId: 'AROAHR', sources: [HR], authority: 'hr' },
  ],
};
const MODES = [
  ['with SENDERS', { senders: BOUND }],
  ['without SENDERS', { senders: UNBOUND }],
] as const;
const by = (role: keyof typeof ROLE_IDS, attributes: Record<string, string> = {}) => ({
  senderId: `${ROLE_IDS[role]}:session`,
  attributes,
});

function open(): World {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL);
  return world;
}
const isRevoked = ({ store }: World) => store.liveKeys(SAML_PRINCIPAL).length === 0;
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason }) => reason);

const offboarding = offboarded({
  id: 'leaver-7',
  source: HR,
  data: { principalName: SAML_PRINCIPAL, effectiveAt: iso(DAY_MS) },
});
const SCHEDULE = 'leaver-0123456789012345678901234567890123456789';

/** The rows of a scheduled offboarding. (0.1.0) */
async function scheduledBy01(): Promise<World> {
  const world = open();
  const data = { holder: 'env-1', leaseUntil: 0, principals: [SAML_PRINCIPAL], late: true, checked: {} };
  const row = {
    state: 'scheduled',
    bodyHash: bodyHashOf(offboarding),
    time: String(offboarding.time),
    dueAt: START + DAY_MS,
  };
  const event = JSON.parse(JSON.stringify(offboarding));
  await put(world, eventKeyOf(offboarding), { ...row, ...data });
  await put(world, `schedule#${SAML_PRINCIPAL}`, { name: SCHEDULE, event });
  await world.schedules.create({ name: SCHEDULE, at: START + DAY_MS, body: JSON.stringify(offboarding) });
  return world;
}
const put = ({ table }: World, pk: string, data: Row['data']) => table.put({ pk, version: 1, data }, undefined);

describe.each(MODES)('an offboarding that 0.1.0 has scheduled, %s', (_, settings) => {
  it('is processed at its effective date, and its rows are done', async () => {
    const world = await scheduledBy01();
    await world.schedules.fireDue(START + DAY_MS);
    world.now = START + DAY_MS;
    const due = world.sent.map(({ body }) => body);
    expect(await world.instance(settings).deliver(due, by('scheduler'))).toEqual([]);
    expect([isRevoked(world), reasons(world)]).toEqual([true, []]);
    expect((await world.row(offboarding)).data).toMatchObject({ state: 'done' });
    expect(await world.table.get(`schedule#${SAML_PRINCIPAL}`)).toBeUndefined();
  });

  it('is cancelled by a reinstatement of its own source, and held for an operator', async () => {
    const world = await scheduledBy01();
    const stays = reinstated({ source: HR, time: iso(1_000) });
    await world.instance(settings).deliver([stays], { senderId: 'AROAHR:s' });
    expect([world.schedules.names(), reasons(world)]).toEqual([[], ['held-superseded']]);
    expect((await world.row(offboarding)).data).toMatchObject({ state: 'held' });
  });

  it('is not carried out for a message that a stranger sends on that day', async () => {
    const world = await scheduledBy01();
    const forged = { ...offboarding, data: { principalName: SAML_PRINCIPAL } };
    await world.instance(settings).deliver([forged], by('scheduler'));
    expect([isRevoked(world), reasons(world)]).toEqual([false, ['held-unknown-sender']]);
  });
});

/** 0.1.0 named no sender in a dead letter. */
const deadLetterOf01 = (event: object) =>
  JSON.stringify({
    ...{ v: 1, reason: 'retries-exhausted', detail: 'a sentence', event, lane: 'bulk', attempts: 9 },
    ...{ firstSeen: iso(0), lastSeen: iso(0), lastStatus: 503, replays: 0, messageId: 'm-1' },
  });
const left = offboarded({ id: 'left', source: HR });

describe('a dead letter of 0.1.0', () => {
  it('acts without SENDERS when it is moved back', async () => {
    const world = open();
    await world.instance().deliver([deadLetterOf01(left)], by('revoke'));
    expect([isRevoked(world), reasons(world)]).toEqual([true, []]);
  });

  it.each([
    ['moved back by the console', deadLetterOf01(left), by('revoke')],
    ['replayed by 0.1.0 just before', JSON.stringify(left), by('replay', { replays: '1', replayId: 'r' })],
  ])('is held once more with SENDERS when it is %s', async (_name, body, arrival) => {
    const world = open();
    await world.instance({ senders: BOUND }).deliver([body], arrival);
    expect([isRevoked(world), reasons(world)]).toEqual([false, ['held-unknown-sender']]);
  });
});

describe('a message of 0.1.0 on its way', () => {
  it.each(MODES)('from ingest speaks for the webhook of its source, %s', async (_, settings) => {
    const world = open();
    await world.instance(settings).deliver([offboarded({ source: 'okta://system-log' })], by('ingest'));
    expect([isRevoked(world), reasons(world)]).toEqual([true, []]);
  });

  it.each(MODES)('that asks for a follow-up check is believed, %s', async (_, settings) => {
    const world = open();
    const row = {
      bodyHash: bodyHashOf(left),
      time: String(left.time),
      holder: '',
      leaseUntil: 0,
      late: true,
      fence: [],
    };
    const done = { ...row, state: 'done', principals: [SAML_PRINCIPAL], checked: { [SAML_PRINCIPAL]: 0 } };
    await put(world, eventKeyOf(left), done);
    const parent = { source: HR, id: 'left' };
    const first = check({ data: { parent, principalName: SAML_PRINCIPAL, generation: 1 } });
    await world.instance(settings).deliver([first], by('revoke'));
    expect([isRevoked(world), reasons(world)]).toEqual([true, []]);
  });
});

/** How 0.1.0 reads a reinstatement: `time` alone, for every source. (0.1.0, lib/ledger.ts, reinstatedAt) */
async function holdsIn01({ table }: World, event: Readonly<Record<string, unknown>>): Promise<boolean> {
  const row = await table.get(`reinstated#${SAML_PRINCIPAL}`);
  const time = typeof row?.data.time === 'string' ? row.data.time : undefined;
  return time !== undefined && Date.parse(time) >= Date.parse(String(event.time));
}

describe('after a roll-back 0.1.0', () => {
  it.each(MODES)('still holds an offboarding of a user whom this version has reinstated, %s', async (_, settings) => {
    const world = open();
    const stays = reinstated({ source: HR, time: iso(5_000) });
    await world.instance(settings).deliver([stays], { senderId: 'AROAHR:s' });
    expect(await holdsIn01(world, offboarded({ source: HR, time: iso(1_000) }))).toBe(true);
    expect(await holdsIn01(world, offboarded({ source: HR, time: iso(6_000) }))).toBe(false);
  });

  it('holds until the latest of several authorities, in whatever order they came', async () => {
    const world = open();
    const words = [8_000, 3_000].map((ms) => reinstated({ source: `//hr-${ms}.example`, time: iso(ms) }));
    await world.instance().deliver(words);
    expect(await holdsIn01(world, offboarded({ time: iso(7_000) }))).toBe(true);
  });

  it('reads the rows of events, which have nothing that it takes for something else', async () => {
    const world = open();
    await world.instance().deliver([left]);
    const { sender, authority, ...known } = (await world.row(left)).data;
    expect([sender, authority]).toEqual(['AROAEXAMPLE', HR]);
    expect(Object.keys(known).toSorted()).toEqual(
      [
        'bodyHash',
        'checked',
        'fence',
        'holder',
        'late',
        'leaseUntil',
        'owners',
        'principals',
        'state',
        'time',
      ].toSorted(),
    );
  });
});
