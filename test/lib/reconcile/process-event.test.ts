/** A reconciliation event: it revokes who is offboarded at that moment, and nothing that a check would hold. */
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { statementOf, writeStatement } from '../../../lib/ledger/statements.ts';
import { RECONCILE_SOURCE } from '../../../lib/model/reconcile.ts';
import { approve } from '../../support/approval.ts';
import { EVENT_TIME, offboarded, reinstated } from '../../support/event-factory.ts';
import { openWorld, type World } from '../../support/memory-world.ts';
import { ROLE_IDS, STRANGER } from '../../support/senders.ts';

const ANN = 'coreweave/uAnn';
const BOB = 'coreweave/uBob';
const CEM = 'coreweave/uCem';
const HR = '//hr.example/acme';
const DAY_MS = 86_400_000;
const RECONCILER = { senderId: `${ROLE_IDS.reconcile}:reconcile` };

const reconcile = (...names: readonly string[]) =>
  offboarded({
    id: `run/${names.join(',')}`,
    source: RECONCILE_SOURCE,
    data: { principals: names.map((name) => ({ principalName: name, version: 1 })) },
  });
const word = (name: string) =>
  offboarded({ id: `leaves-${name}`, source: HR, time: EVENT_TIME, data: { principalName: name } });

async function leave(world: World, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const event = { source: HR, id: `leaves-${name}`, time: '2025-01-01T00:00:00Z', data: {} as never };
    const statement = statementOf(event, { authority: HR, state: 'offboarded' });
    await writeStatement(world.instance().ports, principalName.parse(name), statement);
    world.store.createKeys(name);
  }
}
const live = (world: World, ...names: readonly string[]) => names.map((name) => world.store.liveKeys(name).length);
const reasons = ({ deadLetters }: World) => deadLetters.map(({ reason, detail }) => [reason, detail]);

describe('a reconciliation event', () => {
  it('revokes the keys of an offboarded principal however old the offboarding is', async () => {
    const world = openWorld();
    await leave(world, ANN);
    expect(await world.instance().deliver([reconcile(ANN)], RECONCILER)).toEqual([]);
    expect(live(world, ANN)).toEqual([0]);
    expect(world.trail(reconcile(ANN))).toEqual(['intent:intent', 'outcome:confirmed']);
  });

  it('writes no statement, no schedule and no follow-up check', async () => {
    const world = openWorld();
    await leave(world, ANN);
    const pk = `offboarded#${world.instance().ports.sha256(ANN)}`;
    const before = await world.table.get(pk);
    await world.instance().deliver([reconcile(ANN)], RECONCILER);
    expect([await world.table.get(pk), world.sent, world.schedules.names()]).toEqual([before, [], []]);
  });

  it('leaves a principal alone who was reinstated, also 401 days later', async () => {
    const world = openWorld();
    world.store.createKeys(ANN);
    await world.instance().deliver([word(ANN)]);
    world.now += 1_000;
    await world
      .instance()
      .deliver([reinstated({ source: HR, time: new Date(world.now).toISOString(), data: { principalName: ANN } })]);
    world.store.createKeys(ANN);
    for (const day of [0, 401]) {
      world.now += day * DAY_MS;
      const event = { ...reconcile(ANN), id: `day ${day}`, time: new Date(world.now).toISOString() };
      expect(await world.instance().deliver([event], RECONCILER)).toEqual([]);
      expect(world.trail(event)).toEqual(['note:not-offboarded']);
    }
    expect(live(world, ANN)).toEqual([1]);
  });

  it('leaves a principal alone whose reinstatement only 0.1 has recorded', async () => {
    const world = openWorld();
    await leave(world, ANN);
    await world.table.put({ pk: `reinstated#${ANN}`, version: 1, data: { time: EVENT_TIME } }, undefined);
    await world.instance().deliver([reconcile(ANN)], RECONCILER);
    expect(live(world, ANN)).toEqual([1]);
  });

  it('asks again just before the call: a reinstatement during the listing is in time', async () => {
    const world = openWorld();
    await leave(world, ANN);
    const other = world.instance();
    world.meddle = async ({ call }) => {
      if (call !== 'list-keys') return undefined;
      await other.deliver([reinstated({ source: HR, data: { principalName: ANN } })]);
      return undefined;
    };
    await world.instance().deliver([reconcile(ANN)], RECONCILER);
    expect(live(world, ANN)).toEqual([1]);
  });

  it('revokes no principal that is not offboarded according to the ledger', async () => {
    const world = openWorld();
    await leave(world, ANN);
    world.store.createKeys(BOB);
    await world.instance().deliver([reconcile(ANN, BOB)], RECONCILER);
    expect(live(world, ANN, BOB)).toEqual([0, 1]);
  });

  it('is held if a principal or a key is protected', async () => {
    const world = openWorld();
    await leave(world, ANN, BOB);
    const [key = ''] = world.store.liveKeys(BOB);
    const protections = [
      { target: { principalName: principalName.parse(ANN) }, owner: 'ops', reason: 'backup' },
      { target: { accessKeyId: key as never }, owner: 'ops', reason: 'backup' },
    ];
    await world.instance({ protections }).deliver([reconcile(ANN), reconcile(BOB)], RECONCILER);
    expect(reasons(world).map(([reason]) => reason)).toEqual(['held-protected', 'held-protected']);
    expect(live(world, ANN, BOB)).toEqual([1, 1]);
  });

  it('over its own limit is one hold with all names, which an approval releases', async () => {
    const world = openWorld();
    await leave(world, ANN, BOB, CEM);
    const instance = world.instance({ reconcileLimit: 1, limits: NO_OTHERS });
    const rest = reconcile(BOB, CEM);
    await instance.deliver([reconcile(ANN)], RECONCILER);
    await instance.deliver([rest], RECONCILER);
    expect(reasons(world)).toEqual([['held-limit', 'rule: reconcileLimit (1 distinct principals)']]);
    expect(live(world, ANN, BOB, CEM)).toEqual([0, 1, 1]);

    const { attributes } = await approve(world, rest, ['held-limit'], { targets: [BOB, CEM] });
    const replay = { senderId: `${ROLE_IDS.replay}:r`, attributes: { ...attributes, sender: 'own:reconcile' } };
    await instance.deliver([rest], replay);
    expect(live(world, ANN, BOB, CEM)).toEqual([0, 0, 0]);
  });

  it.each([
    ['a stranger', { senderId: STRANGER }],
    ['another role of ours', { senderId: `${ROLE_IDS.ingest}:ingest`, attributes: { sender: 'https:okta' } }],
  ])('of %s is held, and revokes nothing', async (_who, sender) => {
    const world = openWorld();
    await leave(world, ANN);
    await world.instance().deliver([reconcile(ANN), { ...reconcile(ANN), source: '//hr.example/x' }], sender);
    expect(reasons(world).map(([reason]) => reason)).toEqual(['held-unknown-sender', 'held-unknown-sender']);
    expect(live(world, ANN)).toEqual([1]);
  });

  it('is all that the function may send', async () => {
    const world = openWorld();
    await leave(world, ANN);
    await world.instance().deliver([{ ...word(ANN), source: RECONCILE_SOURCE }, word(ANN)], RECONCILER);
    expect(reasons(world).map(([reason]) => reason)).toEqual(['held-unknown-sender', 'held-unknown-sender']);
    expect(live(world, ANN)).toEqual([1]);
  });
});

const NO_OTHERS = { sourcePer10Minutes: 0, sourcePerDay: 0, totalPer10Minutes: 0, totalPerDay: 0 };
