/** What becomes of the events of a message that was retried for longer than the retry horizon. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../support/api-answers.ts';
import { EVENT_MS, KEY_ID, keyLeak, offboarded, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { type FunctionOptions, startFunction } from '../../support/memory-function.ts';
import { type Meddle, openOutside } from '../../support/memory-ports.ts';
import { auditLine, deadLettersOf, trailOf } from '../../support/memory-views.ts';
import { eventKeyOf, openWorld, type World } from '../../support/memory-world.ts';
import { sqsRecord } from '../../support/record-factory.ts';
import { seededChance } from '../../support/seeded-chance.ts';
import { ROLE_IDS, UNBOUND } from '../../support/senders.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DUE = EVENT_MS + 2 * DAY;
/** Too old, and received often enough. */
const EXHAUSTED = { firstReceived: EVENT_MS - 7 * HOUR, receiveCount: 5 };
const FAILING = 'saml/failing@example.com';

const dated = (id: string, source?: string) =>
  offboarded({
    id,
    ...(source && { source }),
    data: { principalName: SAML_PRINCIPAL, effectiveAt: new Date(DUE).toISOString() },
  });
const told = ({ deadLetters }: World) => deadLetters.map(({ event, reason }) => `${event.id} ${reason}`);

/** The due date comes: the scheduler sends what it holds. */
async function fireSchedules(world: World, settings = {}): Promise<void> {
  world.now = DUE + 60_000;
  world.sent.splice(0);
  await world.schedules.fireDue(world.now);
  const senderId = `${ROLE_IDS.scheduler}:x`;
  for (const { body } of world.sent.splice(0)) {
    expect(await world.instance(settings).deliver([body], { senderId, sentAt: world.now })).toEqual([]);
  }
}

describe('past the retry horizon', () => {
  it('only what still fails becomes a dead letter: settled and scheduled events of the message stay so', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL, 1);
    world.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
    world.store.createKeys(FAILING, 1);
    world.meddle = (call) => ('principalName' in call && call.principalName === FAILING ? answer(500) : undefined);
    const done = offboarded({ id: 'done', data: { principalName: 'saml/other@example.com' } });
    const scheduled = dated('scheduled');
    const failing = offboarded({ id: 'failing', data: { principalName: FAILING } });
    const batch = [done, scheduled, failing, keyLeak({ id: 'leak' })];
    expect(await world.instance().deliver([batch])).toEqual([0]);

    world.now += 7 * HOUR;
    expect(await world.instance().deliver([batch], EXHAUSTED)).toEqual([]);
    expect(told(world)).toEqual(['failing retries-exhausted']);
    expect(world.trail(done).at(-1)).toBe('outcome:duplicate');
    expect(world.trail(scheduled).at(-1)).toBe('note:parked');
    expect(world.trail({ id: 'leak' }).at(-1)).toBe('outcome:confirmed');
    const states = await Promise.all(
      [done, scheduled, failing].map(async (event) => (await world.row(event)).data.state),
    );
    expect(states).toEqual(['done', 'scheduled', 'dead']);

    await fireSchedules(world);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it('another sender’s copy of a scheduled event is held, and the event is carried out when it is due', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL, 1);
    const bindings = [
      { name: 'ops', senderId: 'AIDAOPS', sources: [''], authority: 'operator' },
      { name: 'hr', senderId: 'AIDAHR', sources: ['//hr/'], authority: 'hr' },
      { name: 'partner', senderId: 'AIDAPARTNER', sources: ['//partner/'], authority: 'partner' },
    ];
    const settings = { senders: { ...UNBOUND, bindings } };
    const scheduled = dated('scheduled', '//hr/x');
    await world.instance(settings).deliver([scheduled], { senderId: 'AIDAHR:s' });

    world.now += 7 * HOUR;
    world.meddle = () => answer(503);
    const copied = [scheduled, keyLeak({ source: '//partner/y', id: 'leak' })];
    expect(await world.instance(settings).deliver([copied], { senderId: 'AIDAPARTNER:s', ...EXHAUSTED })).toEqual([]);
    expect(told(world).toSorted()).toEqual(['leak retries-exhausted', 'scheduled held-unknown-sender']);
    expect((await world.row(scheduled)).data.state).toBe('scheduled');

    world.meddle = () => undefined;
    await fireSchedules(world, settings);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });
});

/** The next step at the ledger fails, whatever it is. */
function failsOnce(): Meddle {
  let failures = 1;
  return ({ port }) => {
    if (port === 'table' && failures-- > 0) throw new Error('down');
  };
}

/** Keys, and what a message has become when it was delivered past the retry horizon. */
function open(options: FunctionOptions = {}) {
  const outside = openOutside(EVENT_MS);
  outside.store.createKeys(SAML_PRINCIPAL, 1);
  outside.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/owner' });
  const { deliver } = startFunction(outside, options);
  const late = (body: unknown, remainingMs?: number) =>
    deliver([sqsRecord(0, body, { lane: 'bulk', ...EXHAUSTED })], remainingMs);
  const reasons = () => deadLettersOf(outside).map(({ event, reason }) => `${event?.id} ${reason}`);
  const state = async (event: object) => (await outside.table.get(eventKeyOf(event)))?.data.state;
  return { outside, late, reasons, state };
}

describe('the last attempt', () => {
  const event = offboarded({ id: 'event' });

  it('of an event whose processing fails ends in a dead letter, and closes its row', async () => {
    const { late, reasons, state, outside } = open({
      meddle: ({ port }) => {
        if (port === 'send') throw new Error('down');
      },
    });
    expect(await late(event)).toEqual([]);
    expect([reasons(), await state(event)]).toEqual([['event retries-exhausted'], 'dead']);
    expect(outside.log).toEqual([{ level: 'error', code: 'record-failed', fields: { error: 'Error' } }]);
  });

  it('of an event that hangs ends in a dead letter after half of the time, and keeps no other event', async () => {
    const { late, reasons, state, outside } = open({
      meddle: ({ port }) => (port === 'send' ? new Promise(() => {}) : undefined),
    });
    expect(await late([event, keyLeak({ id: 'leak' })], 20_750)).toEqual([]);
    expect([reasons(), await state(event)]).toEqual([['event retries-exhausted'], 'dead']);
    expect(trailOf(outside, 'leak')).toEqual(['intent', 'outcome confirmed']);
    expect(outside.clock.now() - EVENT_MS).toBe(10_000);
  });

  it('begins and ends all calls in half of the time', async () => {
    const { late, reasons, outside } = open();
    outside.api.play(() => ({ takesMs: Number.POSITIVE_INFINITY }));
    const leaks = Array.from({ length: 40 }, (_, n) =>
      keyLeak({ id: `leak-${n}`, data: { accessKeyId: `CWLAST${String(n).padStart(8, '0')}` } }),
    );
    expect(await late(leaks, 8_750)).toEqual([]);
    expect(reasons()).toHaveLength(40);
    expect(outside.api.calls.every(({ at, timeoutMs }) => at + timeoutMs <= EVENT_MS + 4_000)).toBe(true);
    expect(outside.clock.now() - EVENT_MS).toBe(4_000);
  });

  it.each([
    ['is scheduled', [dated('event')], dated('event'), 'scheduled'],
    ['is done', [event], event, 'done'],
  ])('that fails before the ledger says that the event %s leaves its row', async (_name, before, copy, expected) => {
    const { late, reasons, state, outside } = open({ meddle: failsOnce() });
    await startFunction(outside).deliver(before.map((each) => sqsRecord(1, each, { lane: 'bulk' })));
    expect(await late(copy)).toEqual([]);
    expect([reasons(), await state(copy)]).toEqual([['event retries-exhausted'], expected]);
  });

  it('that fails before the ledger says whose copy is processed leaves the row of another sender', async () => {
    const { late, reasons, state, outside } = open({ meddle: failsOnce() });
    outside.api.play(() => ({ answer: answer(503) }));
    const others = sqsRecord(1, event, { lane: 'bulk', senderId: 'AROAOTHER:x' });
    expect(await startFunction(outside).deliver([others])).toEqual(['m1']);
    expect(await late(event)).toEqual([]);
    expect([reasons(), await state(event)]).toEqual([['event retries-exhausted'], 'open']);
  });

  it('of an event that another delivery processes waits for that', async () => {
    const { late, reasons, state, outside } = open({ chance: seededChance(2) });
    outside.api.play(({ call }) => (call === 'revoke-principal' ? { takesMs: 3_000 } : {}));
    const first = startFunction(outside).invoke([sqsRecord(1, event, { lane: 'bulk' })]);
    await outside.clock.pass(1_000);
    expect(await late(event)).toEqual(['m0']);
    expect(await outside.clock.run(first)).toEqual([]);
    expect(await late(event)).toEqual([]);
    expect([reasons(), await state(event), trailOf(outside, 'event').at(-1)]).toEqual([
      [],
      'done',
      'outcome duplicate',
    ]);
  });

  it('that loses its lease waits for the delivery that has it', async () => {
    let taken = false;
    const { late, reasons, outside } = open({
      meddle: async (step, moment) => {
        if (taken || moment === 'before' || step.port !== 'audit' || auditLine(step.record) !== 'intent') return;
        taken = true;
        const row = await outside.table.get(eventKeyOf(event));
        if (row !== undefined) await outside.table.put({ ...row, version: row.version + 1 }, row.version);
      },
    });
    expect(await late(event)).toEqual(['m0']);
    expect([taken, reasons()]).toEqual([true, []]);
  });
});
