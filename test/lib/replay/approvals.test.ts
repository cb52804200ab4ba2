/** What an approval releases, and what it leaves in force. */
import { describe, expect, it } from 'vitest';
import { bodyHashOf } from '../../support/approval.ts';
import {
  check,
  KEY_ID,
  keyLeak,
  offboarded,
  PRINCIPAL,
  principalLeak,
  SAML_PRINCIPAL,
} from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { eventKeyOf } from '../../support/guarded-world.ts';
import { lettersOf } from '../../support/memory-views.ts';
import { ANN, letterOf, openStage, post, replayTrail, type Stage } from '../../support/replay-stage.ts';
import { change, held, rowOf, STALE } from './held.ts';

describe('a plain replay of a hold that the request names', () => {
  const limits = { sourcePer10Minutes: 1, sourcePerDay: 9, totalPer10Minutes: 9, totalPerDay: 9 };
  const over = offboarded({ data: { principalName: PRINCIPAL } });
  const filter = { reason: 'held-limit' } as const;
  const overLimit = async () => {
    const stage = await held({ limits }, offboarded());
    const [key = ''] = stage.outside.store.mint(PRINCIPAL);
    await stage.deliver([over]);
    await stage.outside.clock.pass(1_000);
    return { ...stage, key };
  };

  it('settles the event once the cause of the hold is gone, and approves nothing', async () => {
    const stage = await overLimit();
    await stage.outside.clock.pass(600_000);
    await stage.replay({ filter });
    expect((await rowOf(stage, over))?.data).not.toHaveProperty('approval');
    expect(replayTrail(stage.outside)).toEqual(['held-limit intent', 'held-limit sent']);
    await stage.settle();
    expect(stage.outside.store.status(stage.key)).toBe('DELETED');
    expect(stage.outside.inbox.ids()).toEqual([]);
  });

  it('holds the event again while the cause stands', async () => {
    const stage = await overLimit();
    await stage.replay({ filter });
    await stage.settle();
    expect(lettersOf(stage.outside).map(({ reason, replays }) => [reason, replays])).toEqual([
      ['held-limit', 0],
      ['held-limit', 1],
    ]);
    expect(stage.outside.store.status(stage.key)).toBe('ACTIVE');
  });
});

describe('an approval', () => {
  it('is written to the row before the event is sent, in the name that AWS gives the operator', async () => {
    const stage = await held();
    const { operationId } = await stage.replay({ approve: true });
    const at = new Date(stage.outside.clock.now()).toISOString();
    const bodyHash = bodyHashOf(STALE);
    expect((await rowOf(stage, STALE))?.data).toMatchObject({
      state: 'open',
      leaseUntil: 0,
      approval: { codes: ['held-stale'], by: ANN.arn, at, operationId, bodyHash },
    });
    const ports = stage.outside.steps.map((step) => (step.port === 'table' ? `table ${step.operation}` : step.port));
    expect(ports.slice(ports.lastIndexOf('table put') - 2)).toEqual([
      'audit',
      'table get',
      'table put',
      'send',
      'inbox',
      'audit',
      'inbox',
      'inbox',
    ]);
    expect(replayTrail(stage.outside)).toEqual(['held-stale intent releases held-stale', 'held-stale sent']);
  });

  it('of someone whom AWS does not know is marked as claimed', async () => {
    const stage = await held();
    await stage.replay({ approve: true, operator: { name: 'bob', arn: 'arn:aws:iam::1:user/bob', claimed: true } });
    expect((await rowOf(stage, STALE))?.data.approval).toMatchObject({ by: 'claimed:bob' });
  });

  it('releases the hold: the event is settled', async () => {
    const stage = await held();
    await stage.replay({ approve: true });
    await stage.settle();
    expect(stage.outside.store.status(stage.key)).toBe('DELETED');
    expect((await rowOf(stage, STALE))?.data.state).toBe('done');
    expect(stage.outside.inbox.ids()).toEqual([]);
  });

  it('leaves all other guards in force, and the next one joins it', async () => {
    const stage = await held({ protections: [protect(SAML_PRINCIPAL)] });
    await stage.replay({ approve: true });
    await stage.settle();
    expect(lettersOf(stage.outside).map(({ reason, replays }) => [reason, replays])).toEqual([
      ['held-protected', 0],
      ['held-stale', 1],
    ]);
    expect(stage.outside.store.status(stage.key)).toBe('ACTIVE');
    await stage.outside.clock.pass(1_000);
    await stage.replay({ approve: true });
    expect((await rowOf(stage, STALE))?.data.approval).toMatchObject({ codes: ['held-protected', 'held-stale'] });
    await stage.settle();
    expect(stage.outside.store.status(stage.key)).toBe('DELETED');
  });

  it('of a leaked key makes its row, which is read when the guard asks', async () => {
    const stage = openStage({ protections: [protect(KEY_ID)] });
    stage.outside.store.add({ accessKeyId: KEY_ID, principalName: PRINCIPAL });
    await stage.deliver([keyLeak()]);
    await stage.outside.clock.pass(1_000);
    await stage.replay({ approve: true });
    expect((await rowOf(stage, keyLeak()))?.data).toMatchObject({
      state: 'open',
      approval: { codes: ['held-protected'] },
    });
    await stage.settle();
    expect(stage.outside.store.status(KEY_ID)).toBe('DELETED');
  });

  it('of a follow-up check counts where the check looks: in the settled row of its parent', async () => {
    const stage = openStage();
    const [first = ''] = stage.outside.store.mint(SAML_PRINCIPAL);
    const parent = offboarded({ id: 'leaver-7', source: '//hr.example/acme' });
    await stage.deliver([parent]);
    const [late = ''] = stage.outside.store.mint(SAML_PRINCIPAL);
    const guarded = { ...stage, ...openStageOn(stage) };
    await guarded.deliver([check()]);
    expect(lettersOf(stage.outside).map(({ reason }) => reason)).toEqual(['held-protected']);
    await stage.outside.clock.pass(1_000);
    await guarded.replay({ approve: true });
    expect((await rowOf(stage, parent))?.data).toMatchObject({
      state: 'done',
      approval: { codes: ['held-protected'] },
    });
    await guarded.settle();
    expect([first, late].map((id) => stage.outside.store.status(id))).toEqual(['DELETED', 'DELETED']);
  });

  it.each(['open', 'held', 'dead', 'none'])('of a check whose parent is not settled is refused: %s', async (state) => {
    const parent = offboarded({ id: 'leaver-7', source: '//hr.example/acme' });
    const stage = await held({}, parent);
    if (state === 'none') await stage.outside.clock.run(stage.outside.table.remove(eventKeyOf(parent), 3));
    else await change(stage, parent, { state });
    const before = await rowOf(stage, parent);
    post(stage, letterOf(check(), { reason: 'held-protected' }));
    const report = await stage.replay({ approve: true });
    expect(report.reasons).toEqual({ 'held-protected': { 'no-parent': 1 } });
    expect(await rowOf(stage, parent)).toEqual(before);
    expect(stage.outside.sent.filter(({ delaySeconds }) => delaySeconds === 0)).toEqual([]);
  });

  it('never releases a conflict', async () => {
    const stage = openStage();
    post(stage, letterOf(principalLeak(), { reason: 'held-conflict' }));
    expect(await stage.replay({ approve: true })).toMatchObject({
      reasons: { 'held-conflict': { 'held-conflict': 1 } },
    });
    expect(stage.outside.sent).toEqual([]);
  });
});

/** The same outside under rules that protect the principal. */
function openStageOn(stage: Stage): Pick<Stage, 'deliver' | 'replay' | 'settle'> {
  return openStage({ protections: [protect(SAML_PRINCIPAL)] }, stage.outside);
}
