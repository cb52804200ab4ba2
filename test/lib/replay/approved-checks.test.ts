/** An approval skips the safety check whose hold the operator saw, and no other check of the same reason. */
import { describe, expect, it } from 'vitest';
import { ANN_ID, approvalKeyOf, approve, BOB_ID } from '../../support/approval.ts';
import {
  check,
  KEY_ID,
  keyLeak,
  offboarded,
  PRINCIPAL,
  principalLeak,
  reinstated,
  SAML_PRINCIPAL,
} from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { deadLettersOf } from '../../support/memory-views.ts';
import { openWorld } from '../../support/memory-world.ts';
import { ANN, deadLetterOf, openStage, post, type Stage } from '../../support/replay-stage.ts';
import { ROLE_IDS } from '../../support/senders.ts';
import { rowOf } from './held.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString();
const holds = ({ outside }: Pick<Stage, 'outside'>) =>
  deadLettersOf(outside).map(({ event, reason, check: name }) => [event?.id, reason, name]);
const approveLast = async (stage: Stage) => {
  await stage.outside.clock.pass(1_000);
  const report = await stage.replay({ approve: true, filter: { messageIds: stage.outside.inbox.ids().slice(-1) } });
  await stage.settle();
  return report.reasons;
};
const itemOf = async ({ outside }: Stage, event: object, reason: string) =>
  (await outside.clock.run(outside.table.get(approvalKeyOf({ ...event }, reason))))?.data;

describe('an approval of a hold', () => {
  it('as superseded by a newer schedule does not skip a reinstatement', async () => {
    const stage = openStage();
    const now = stage.outside.clock.now();
    const off = (id: string, minutes: number, days: number) =>
      offboarded({
        id,
        time: iso(now - minutes * MINUTE),
        data: { principalName: SAML_PRINCIPAL, effectiveAt: iso(now + days * DAY) },
      });
    const [newer, older] = [off('newer', 10, 20), off('older', 20, 1)];
    await stage.deliver([newer]);
    await stage.deliver([older]);
    await stage.deliver([reinstated({ id: 'stays', time: iso(now - 5 * MINUTE) })]);
    await stage.outside.clock.pass(1_000);
    await stage.replay({ approve: true, filter: { source: String(older.source), eventId: 'older' } });
    await stage.settle();
    expect(holds(stage)).toEqual([
      ['older', 'held-superseded', 'newer schedule'],
      ['newer', 'held-superseded', 'reinstatement'],
      ['older', 'held-superseded', 'reinstatement'],
    ]);
    expect(stage.outside.schedules.names()).toEqual([]);
  });

  it('over a limit does not skip the size of the snapshot', async () => {
    const stage = openStage({
      limits: { sourcePer10Minutes: 1, sourcePerDay: 9, totalPer10Minutes: 9, totalPerDay: 9 },
    });
    await stage.deliver([offboarded({ data: { principalName: SAML_PRINCIPAL } })]);
    stage.outside.store.createKeys(PRINCIPAL, 1);
    const event = offboarded({ id: 'large', data: { principalName: PRINCIPAL } });
    await stage.deliver([event]);
    stage.outside.store.createKeys(PRINCIPAL, 15_001);
    await approveLast(stage);
    expect(holds(stage)).toEqual([
      ['large', 'held-limit', 'limits'],
      ['large', 'held-limit', 'snapshot size'],
    ]);
    expect(stage.outside.store.liveKeys(PRINCIPAL)).toHaveLength(15_002);
    await approveLast(stage);
    expect(stage.outside.store.liveKeys(PRINCIPAL)).toEqual([]);
    expect(await itemOf(stage, event, 'held-limit')).toMatchObject({
      targets: [PRINCIPAL],
      holds: [{ check: 'limits' }, { check: 'snapshot size' }],
    });
    expect((await rowOf(stage, event))?.data).toMatchObject({
      approvals: [{ check: 'limits' }, { check: 'snapshot size' }],
    });
  });

  it('of the size of the snapshot does not reach the keys of a compromise, which may be newer', async () => {
    const stage = openStage();
    stage.outside.store.createKeys(PRINCIPAL, 15_001);
    await stage.deliver([principalLeak()]);
    await approveLast(stage);
    expect(holds(stage).map(([, , name]) => name)).toEqual(['snapshot size', 'snapshot size']);
    expect(stage.outside.store.liveKeys(PRINCIPAL)).toHaveLength(15_001);
  });

  it('of a protected key does not skip its protected owner', async () => {
    const stage = openStage({ protections: [protect(KEY_ID), protect(PRINCIPAL)] });
    stage.outside.store.add({ accessKeyId: KEY_ID, principalName: PRINCIPAL });
    await stage.deliver([keyLeak()]);
    await approveLast(stage);
    expect(holds(stage).map(([, , name]) => name)).toEqual(['protected key', 'protected owner']);
    expect(stage.outside.store.status(KEY_ID)).toBe('ACTIVE');
    await approveLast(stage);
    expect(stage.outside.store.status(KEY_ID)).toBe('DELETED');
  });

  it('covers each check for the targets that were shown with it', async () => {
    const stage = openStage();
    const event = offboarded({ data: { identity: { email: 'user@example.com' } } });
    const deadLetterAbout = (principals: readonly string[], name: string) =>
      deadLetterOf(event, { reason: 'held-protected', principals, check: name });
    post(stage, deadLetterAbout([SAML_PRINCIPAL], 'protected principal'));
    await approveLast(stage);
    post(stage, deadLetterAbout([PRINCIPAL], 'protected key of the principal'));
    await approveLast(stage);
    post(stage, deadLetterAbout([PRINCIPAL], 'protected key of the principal'));
    await approveLast(stage);
    expect(await itemOf(stage, event, 'held-protected')).toMatchObject({
      targets: [SAML_PRINCIPAL, PRINCIPAL],
      holds: [
        { targets: [SAML_PRINCIPAL], check: 'protected principal' },
        { targets: [PRINCIPAL], check: 'protected key of the principal' },
      ],
    });
  });

  it('whose dead letter names no check, as those of 0.1, covers every check of the reason', async () => {
    const stage = openStage({ protections: [protect(KEY_ID), protect(PRINCIPAL)] });
    stage.outside.store.add({ accessKeyId: KEY_ID, principalName: PRINCIPAL });
    post(stage, deadLetterOf(keyLeak(), { reason: 'held-protected', sender: 'AROAEXAMPLE' }));
    await approveLast(stage);
    expect(stage.outside.store.status(KEY_ID)).toBe('DELETED');
  });

  it('by two persons needs both for the same check', async () => {
    const stage = openStage({
      protections: [protect(KEY_ID), protect(PRINCIPAL)],
      twoPersonApproval: ['held-protected'],
    });
    stage.outside.store.add({ accessKeyId: KEY_ID, principalName: PRINCIPAL });
    await stage.deliver([keyLeak()]);
    const bob = { ...ANN, name: 'bob', arn: ANN.arn.replace('/ann', '/bob'), userId: BOB_ID };
    const second = { operator: bob, approve: true, approvedBy: [ANN_ID] };
    await approveLast(stage);
    await stage.outside.clock.pass(1_000);
    await stage.replay(second);
    await stage.settle();
    expect(holds(stage).map(([, , name]) => name)).toEqual(['protected key', 'protected owner']);
    await stage.outside.clock.pass(1_000);
    expect((await stage.replay(second)).reasons).toEqual({ 'held-protected': { 'needs-second-approval': 1 } });
    await stage.outside.clock.pass(1_000);
    const first = { approve: true, approvedBy: [BOB_ID] };
    expect((await stage.replay(first)).reasons).toEqual({ 'held-protected': { sent: 1 } });
    await stage.settle();
    expect(stage.outside.store.status(KEY_ID)).toBe('DELETED');
  });
});

describe('an approval of an offboarding that a reinstatement superseded', () => {
  const off = offboarded({ id: 'off', time: '2026-11-23T07:30:00Z' });
  const stays = (time: string) => reinstated({ id: time, time });

  it.each([
    ['later than the approval', '2026-11-23T10:30:30Z'],
    ['that comes after the approval', '2026-11-23T08:40:00Z'],
  ])('covers no reinstatement %s: the follow-up check is held', async (_, time) => {
    const stage = openStage();
    stage.outside.store.createKeys(SAML_PRINCIPAL);
    await stage.deliver([stays('2026-11-23T08:30:00Z')]);
    await stage.deliver([off]);
    expect(deadLettersOf(stage.outside)).toMatchObject([{ check: 'reinstatement', asOf: '2026-11-23T08:30:00Z' }]);
    await approveLast(stage);
    expect(stage.outside.store.liveKeys(SAML_PRINCIPAL)).toEqual([]);
    const [replacement = ''] = stage.outside.store.createKeys(SAML_PRINCIPAL);
    await stage.deliver([stays(time)]);
    const parent = { source: off.source, id: off.id };
    const followUp = check({ data: { parent, principalName: SAML_PRINCIPAL, generation: 1 } });
    await stage.deliver([followUp]);
    expect(holds(stage).at(-1)).toEqual([followUp.id, 'held-superseded', 'reinstatement']);
    expect(stage.outside.store.status(replacement)).toBe('ACTIVE');
    await approveLast(stage);
    expect(stage.outside.store.status(replacement)).toBe('DELETED');
  });

  it('covers none that comes before its date', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    const due = iso(world.now + 2 * DAY);
    const later = offboarded({ ...off, data: { principalName: SAML_PRINCIPAL, effectiveAt: due } });
    await world.instance().deliver([stays('2026-11-23T08:30:00Z')]);
    await world.instance().deliver([later]);
    const hold = { targets: [SAML_PRINCIPAL], check: 'reinstatement', asOf: '2026-11-23T08:30:00Z' };
    await world.instance().deliver([later], await approve(world, later, ['held-superseded'], { holds: [hold] }));
    expect(world.schedules.names()).toHaveLength(1);
    const { version, ...row } = await world.row(later);
    expect(row.data).toMatchObject({ state: 'scheduled', approvals: [{ check: 'reinstatement', asOf: hold.asOf }] });
    world.now += 2 * DAY + MINUTE;
    // Of another name of the person, so that no schedule is cancelled by it.
    const pk = `reinstated#${SAML_PRINCIPAL}`;
    const stored = await world.table.get(pk);
    const by = [{ authority: String(later.source), time: iso(world.now - DAY) }];
    await world.table.put(
      { pk, version: (stored?.version ?? 0) + 1, data: { time: iso(world.now - DAY), by } },
      stored?.version,
    );
    await world.schedules.fireDue(world.now);
    for (const { body } of world.sent.splice(0)) {
      await world.instance().deliver([body], { senderId: `${ROLE_IDS.scheduler}:s`, sentAt: world.now });
    }
    expect(world.deadLetters.map(({ check: name }) => name)).toEqual(['reinstatement', 'reinstatement']);
    expect(world.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(1);
  });

  it('of an earlier version, whose item names no check, covers none later than the approval', async () => {
    const world = openWorld();
    world.store.createKeys(SAML_PRINCIPAL);
    const replayed = await approve(world, off, ['held-superseded']);
    await world.instance().deliver([stays(iso(world.now + 1_000))]);
    await world.instance().deliver([off], replayed);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-superseded']);
  });
});
