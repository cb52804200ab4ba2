/** The scope of an approval: only the named safety checks, and only for the event that the operator saw. */
import { describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../../lib/ports.ts';
import {
  ANN_ID,
  type ApprovalOptions,
  approvalKeyOf,
  approve,
  bodyHashOf,
  eventHashOf,
} from '../../support/approval.ts';
import { offboarded, PRINCIPAL, principalLeak, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { protect, sha256 } from '../../support/fakes.ts';
import { openWorld } from '../../support/memory-world.ts';

const worldWithOffboarding = () => {
  const world = openWorld();
  world.store.createKeys(SAML_PRINCIPAL);
  return world;
};
const STALE = offboarded({ time: '2026-11-01T00:00:00Z' });
const guarded = { protections: [protect(SAML_PRINCIPAL)] };

describe('an approval in the ledger', () => {
  it('releases the hold that it names', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([STALE]);
    expect(await world.instance().deliver([STALE])).toEqual([]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);

    expect(await world.instance().deliver([STALE], await approve(world, STALE, ['held-stale']))).toEqual([]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-stale']);
    expect((await world.row(STALE)).data).toMatchObject({ state: 'done', approvals: [{ userId: ANN_ID }] });
  });

  it('that comes before the delivery of the dead letter has closed the row is tried again', async () => {
    const world = worldWithOffboarding();
    const { ports, deliver } = world.instance();
    const { send } = ports.deadLetters;
    const early: (readonly number[])[] = [];
    Object.assign(ports.deadLetters, {
      send: async (deadLetter: OutgoingMessage) => {
        await send(deadLetter);
        if (early.length > 0) return;
        early.push([]);
        early[0] = await world.instance().deliver([STALE], await approve(world, STALE, ['held-stale']));
      },
    });
    expect(await deliver([STALE])).toEqual([]);
    const [first] = early;
    const again = { attributes: { replays: '1', approvals: approvalKeyOf(STALE, 'held-stale') } };
    if (first?.length !== 0) expect(await world.instance().deliver([STALE], again)).toEqual([]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it('leaves every other guard in force: the next one holds the event again', async () => {
    const world = worldWithOffboarding();
    const rules = world.instance(guarded);
    await rules.deliver([STALE]);
    await rules.deliver([STALE], await approve(world, STALE, ['held-protected']));
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-protected', 'held-stale']);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);

    await rules.deliver([STALE], await approve(world, STALE, ['held-protected', 'held-stale']));
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it.each<[string, ApprovalOptions]>([
    ['another event', { differs: { eventHash: sha256('another event') } }],
    ['another principal', { targets: [PRINCIPAL] }],
    ['no principal', { targets: [] }],
    ['a day that is over', { differs: { validUntil: '2026-11-23T09:30:00.000Z' } }],
  ])('does nothing for %s', async (_, options) => {
    const world = worldWithOffboarding();
    await world.instance().deliver([STALE]);
    const replayed = await approve(world, STALE, ['held-stale'], options);
    expect(await world.instance().deliver([STALE], replayed)).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-stale', 'held-stale']);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);
  });

  it('covers the principal in every spelling, and more targets than the event still has', async () => {
    const world = worldWithOffboarding();
    const targets = [SAML_PRINCIPAL.toUpperCase().replace('SAML/', 'saml/'), PRINCIPAL];
    await world.instance().deliver([STALE], await approve(world, STALE, ['held-stale'], { targets }));
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it('of 0.1, in the row of the event, is not read', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([STALE]);
    const { version, pk, data } = await world.row(STALE);
    const approval = { codes: ['held-stale'], by: 'ann', at: 'then', operationId: 'o', bodyHash: bodyHashOf(STALE) };
    await world.table.put({ pk, version: version + 1, data: { ...data, state: 'open', approval } }, version);
    await world.instance().deliver([STALE], { attributes: { replays: '1' } });
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-stale', 'held-stale']);
    expect((await world.row(STALE)).data).not.toHaveProperty('approval');
  });

  it('is bound to a hash that anyone can compute: canonical JSON of the whole event', () => {
    const event = offboarded({ data: { evidence: { url: 'x' }, principalName: SAML_PRINCIPAL } });
    const { time, source, id, type, specversion } = event;
    const data = `{"evidence":{"url":"x"},"principalName":"${SAML_PRINCIPAL}"}`;
    const head = `"id":"${id}","source":"${source}","specversion":"${specversion}","time":"${time}","type":"${type}"`;
    expect(eventHashOf(event)).toBe(sha256(`{"data":${data},${head}}`));
  });

  it('counts for the body of the row: canonical JSON of type, time and data without evidence', () => {
    const event = offboarded({ data: { evidence: { url: 'x' }, principalName: SAML_PRINCIPAL } });
    const data = `{"principalName":"${SAML_PRINCIPAL}"}`;
    const text = `{"data":${data},"time":"2026-11-23T09:30:00Z","type":"user.offboarded.v1"}`;
    expect(bodyHashOf(event)).toBe(sha256(text));
  });

  it('releases an event over the limits, and takes no place in a window', async () => {
    const world = worldWithOffboarding();
    const none = { sourcePer10Minutes: 0, sourcePerDay: 0, totalPer10Minutes: 0, totalPerDay: 0 };
    await world.instance({ limits: none }).deliver([offboarded()]);
    const replayed = await approve(world, offboarded(), ['held-limit']);
    expect(await world.instance({ limits: none }).deliver([offboarded()], replayed)).toEqual([]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-limit']);
  });

  it('releases an offboarding with more keys than a key snapshot holds', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL, 15_001);
    await world.instance().deliver([offboarded()]);
    expect(world.deadLetters).toMatchObject([
      { reason: 'held-limit', detail: 'rule: more keys than a key snapshot holds' },
    ]);
    const replayed = await approve(world, offboarded(), ['held-limit']);
    expect(await world.instance().deliver([offboarded()], replayed)).toEqual([]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it('releases no compromise with more keys than a key snapshot holds: nothing would bound its tries', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL, 15_001);
    await world.instance().deliver([principalLeak()]);
    await world.instance().deliver([principalLeak()], await approve(world, principalLeak(), ['held-limit']));
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-limit', 'held-limit']);
    expect(world.store.liveKeys(PRINCIPAL)).toHaveLength(15_001);
  });

  it('releases an offboarding that a reinstatement superseded', async () => {
    const world = worldWithOffboarding();
    await world.instance().deliver([reinstated()]);
    await world.instance().deliver([offboarded()]);
    const replayed = await approve(world, offboarded(), ['held-superseded']);
    expect(await world.instance().deliver([offboarded()], replayed)).toEqual([]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
  });

  it('releases a compromise inside its fence only', async () => {
    const world = openWorld();
    world.store.createKeys(PRINCIPAL);
    const rules = world.instance({ protections: [protect(PRINCIPAL)] });
    await rules.deliver([principalLeak()]);
    const fresh = world.store.createKeys(PRINCIPAL);
    const replayed = await approve(world, principalLeak(), ['held-protected']);
    expect(await rules.deliver([principalLeak()], replayed)).toEqual([]);
    expect(world.store.liveKeys(PRINCIPAL)).toEqual(fresh);
  });

  it('of another event releases nothing', async () => {
    const world = worldWithOffboarding();
    const other = offboarded({ time: '2026-11-01T00:00:01Z' });
    await world.instance().deliver([STALE]);
    await world.instance().deliver([other]);
    const replayed = await approve(world, other, ['held-stale']);
    expect(await world.instance().deliver([STALE], replayed)).toEqual([]);
    expect(world.deadLetters.map(({ event }) => event.id)).toEqual([STALE.id, other.id, STALE.id]);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);
  });
});

describe('nothing in a message', () => {
  const approval = {
    codes: ['held-stale', 'held-protected'],
    by: 'ann',
    operationId: 'op-1',
    bodyHash: bodyHashOf(STALE),
  };
  const { data } = STALE;
  it.each([
    ['a field of the data', { ...STALE, data: { ...Object(data), approval } }, ['invalid']],
    ['a context attribute', { ...STALE, approval, approved: true, state: 'open' }, ['held-stale']],
    ['a dead letter', { v: 1, reason: 'held-stale', event: STALE, approval, replays: 1 }, ['held-stale']],
    ['an event inside an event', { v: 1, reason: 'held-stale', event: { ...STALE, approval } }, ['held-stale']],
  ])('can approve anything: %s', async (_, message, reasons) => {
    const world = worldWithOffboarding();
    expect(await world.instance().deliver([message])).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(reasons);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);
    expect(world.calls).toEqual([]);
  });
});
