/** What an approval releases, and what it leaves in force. */

import { describe, expect, it } from 'vitest';
import { RECONCILE_SOURCE } from '../../../lib/model/reconcile.ts';
import { ANN_ID, approvalKeyOf, BOB_ID, eventHashOf } from '../../support/approval.ts';
import { check, KEY_ID, keyLeak, offboarded, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { deadLettersOf } from '../../support/memory-views.ts';
import { eventKeyOf } from '../../support/memory-world.ts';
import { ANN, deadLetterOf, openStage, post, replayTrail, type Stage } from '../../support/replay-stage.ts';
import { change, held, rowOf, STALE } from './held.ts';

describe('a plain replay of a hold that the request names', () => {
  const limits = { sourcePer10Minutes: 1, sourcePerDay: 9, totalPer10Minutes: 9, totalPerDay: 9 };
  const over = offboarded({ data: { principalName: PRINCIPAL } });
  const filter = { reason: 'held-limit' } as const;
  const overLimit = async () => {
    const stage = await held({ limits }, offboarded());
    const [key = ''] = stage.outside.store.createKeys(PRINCIPAL);
    await stage.deliver([over]);
    await stage.outside.clock.pass(1_000);
    return { ...stage, key };
  };

  it('settles the event once the cause of the hold is gone, and approves nothing', async () => {
    const stage = await overLimit();
    await stage.outside.clock.pass(600_000);
    await stage.replay({ filter });
    expect(await approvalOf(stage, over, 'held-limit')).toBeUndefined();
    expect(replayTrail(stage.outside)).toEqual(['held-limit intent', 'held-limit sent']);
    await stage.settle();
    expect(stage.outside.store.status(stage.key)).toBe('DELETED');
    expect(stage.outside.inbox.ids()).toEqual([]);
  });

  it('holds the event again while the cause stands', async () => {
    const stage = await overLimit();
    await stage.replay({ filter });
    await stage.settle();
    expect(deadLettersOf(stage.outside).map(({ reason, replays }) => [reason, replays])).toEqual([
      ['held-limit', 0],
      ['held-limit', 1],
    ]);
    expect(stage.outside.store.status(stage.key)).toBe('ACTIVE');
  });
});

describe('an approval', () => {
  it('is stored apart from the row before the event is sent, in the name that AWS gives the operator', async () => {
    const stage = await held();
    const { operationId } = await stage.replay({ approve: true });
    const now = stage.outside.clock.now();
    const key = approvalKeyOf(STALE, 'held-stale');
    expect(await approvalOf(stage, STALE, 'held-stale')).toEqual({
      pk: key,
      version: 1,
      expiresAt: Math.ceil(now / 1_000) + 400 * 86_400,
      data: {
        eventHash: eventHashOf(STALE),
        targets: [SAML_PRINCIPAL],
        holds: [{ targets: [SAML_PRINCIPAL], check: 'age', asOf: new Date(now).toISOString() }],
        reason: 'held-stale',
        userId: ANN_ID,
        operator: ANN.arn,
        operationId,
        created: new Date(now).toISOString(),
        validUntil: new Date(now + 86_400_000).toISOString(),
      },
    });
    expect((await rowOf(stage, STALE))?.data.state).toBe('held');
    expect(stage.outside.sent.map(({ attributes }) => attributes.approvals)).toEqual([key]);
    const ports = stage.outside.steps.map((step) => (step.port === 'table' ? `table ${step.operation}` : step.port));
    expect(ports.slice(ports.lastIndexOf('table put') - 3)).toEqual([
      'audit',
      'table get',
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

  it('of an operator whom AWS does not identify is marked as claimed and overrides no protection', async () => {
    const stage = await held();
    const bob = { name: 'bob', arn: 'arn:aws:iam::1:user/bob', userId: 'AIDABOB', claimed: true };
    await stage.replay({ approve: true, operator: bob });
    const item = await approvalOf(stage, STALE, 'held-stale', 'unidentified');
    expect(item?.data).toMatchObject({ userId: 'unidentified', operator: 'claimed:bob' });
    post(stage, deadLetterOf(keyLeak(), { reason: 'held-protected' }));
    const report = await stage.replay({ approve: true, operator: bob, filter: { reason: 'held-protected' } });
    expect(report.reasons['held-protected']).toEqual({ 'needs-identity': 1 });
    expect(await approvalOf(stage, keyLeak(), 'held-protected', 'unidentified')).toBeUndefined();
  });

  it('releases the hold: the event is settled', async () => {
    const stage = await held();
    await stage.replay({ approve: true });
    await stage.settle();
    expect(stage.outside.store.status(stage.key)).toBe('DELETED');
    expect((await rowOf(stage, STALE))?.data).toMatchObject({
      state: 'done',
      approvals: [{ key: approvalKeyOf(STALE, 'held-stale'), reason: 'held-stale', userId: ANN_ID, operator: ANN.arn }],
    });
    expect(stage.outside.inbox.ids()).toEqual([]);
  });

  it('is named in the audit records of the run', async () => {
    const stage = await held();
    const { operationId } = await stage.replay({ approve: true });
    await stage.settle();
    const records = stage.outside.audit.map((line) => JSON.parse(JSON.stringify(line)));
    const ran = records.filter(({ unmapped }) => ['intent', 'outcome'].includes(unmapped.phase));
    const key = approvalKeyOf(STALE, 'held-stale');
    const who = { user_id: ANN_ID, operator: ANN.arn, claimed: false };
    const used = [{ key, reason: 'held-stale', check: 'age', ...who, operation_id: operationId }];
    expect(ran.map(({ unmapped }) => unmapped.approvals)).toEqual([used, used]);
  });

  it('leaves all other guards in force, and the next one joins it', async () => {
    const stage = await held({ protections: [protect(SAML_PRINCIPAL)] });
    await stage.replay({ approve: true });
    await stage.settle();
    expect(deadLettersOf(stage.outside).map(({ reason, replays }) => [reason, replays])).toEqual([
      ['held-protected', 0],
      ['held-stale', 1],
    ]);
    expect(stage.outside.store.status(stage.key)).toBe('ACTIVE');
    await stage.outside.clock.pass(1_000);
    await stage.replay({ approve: true });
    await stage.settle();
    expect((await rowOf(stage, STALE))?.data).toMatchObject({
      approvals: [{ reason: 'held-protected' }, { reason: 'held-stale' }],
    });
    expect(stage.outside.store.status(stage.key)).toBe('DELETED');
  });

  it('does not cover the age that the offboarding has by then, which needs an approval of its own', async () => {
    const stage = openStage({ protections: [protect(SAML_PRINCIPAL)] });
    const [key = ''] = stage.outside.store.createKeys(SAML_PRINCIPAL);
    await stage.deliver([offboarded({ data: { principalName: SAML_PRINCIPAL } })]);
    await stage.outside.clock.pass(8 * 86_400_000);
    for (const reason of ['held-protected', 'held-stale']) {
      expect(deadLettersOf(stage.outside).at(-1)?.reason).toBe(reason);
      await stage.replay({ approve: true });
      await stage.settle();
    }
    expect(stage.outside.store.status(key)).toBe('DELETED');
    expect(stage.outside.inbox.ids()).toEqual([]);
  });

  it('of a leaked key needs no row', async () => {
    const stage = openStage({ protections: [protect(KEY_ID)] });
    stage.outside.store.add({ accessKeyId: KEY_ID, principalName: PRINCIPAL });
    await stage.deliver([keyLeak()]);
    await stage.outside.clock.pass(1_000);
    await stage.replay({ approve: true });
    await stage.settle();
    expect(await rowOf(stage, keyLeak())).toBeUndefined();
    expect(stage.outside.store.status(KEY_ID)).toBe('DELETED');
  });

  it('of a follow-up check counts for it and for the next ones: the settled row of its parent keeps it', async () => {
    const stage = openStage();
    const [first = ''] = stage.outside.store.createKeys(SAML_PRINCIPAL);
    const parent = offboarded({ id: 'offboarding-7', source: '//hr.example/acme' });
    await stage.deliver([parent]);
    const [late = ''] = stage.outside.store.createKeys(SAML_PRINCIPAL);
    const guarded = { ...stage, ...openStageOn(stage) };
    await guarded.deliver([check()]);
    expect(deadLettersOf(stage.outside).map(({ reason }) => reason)).toEqual(['held-protected']);
    await stage.outside.clock.pass(1_000);
    await guarded.replay({ approve: true });
    await guarded.settle();
    expect((await rowOf(stage, parent))?.data).toMatchObject({
      state: 'done',
      approvals: [{ key: approvalKeyOf(check(), 'held-protected') }],
    });
    expect([first, late].map((id) => stage.outside.store.status(id))).toEqual(['DELETED', 'DELETED']);
  });

  it.each(['open', 'held', 'dead', 'none'])('of a check whose parent is not settled is refused: %s', async (state) => {
    const parent = offboarded({ id: 'offboarding-7', source: '//hr.example/acme' });
    const stage = await held({}, parent);
    if (state === 'none') await stage.outside.clock.run(stage.outside.table.remove(eventKeyOf(parent), 3));
    else await change(stage, parent, { state });
    const before = await rowOf(stage, parent);
    post(stage, deadLetterOf(check(), { reason: 'held-protected' }));
    const report = await stage.replay({ approve: true });
    expect(report.reasons).toEqual({ 'held-protected': { 'no-parent': 1 } });
    expect(await rowOf(stage, parent)).toEqual(before);
    expect(stage.outside.sent.filter(({ delaySeconds }) => delaySeconds === 0)).toEqual([]);
  });

  it('of a conflict takes the place of the other body, and of no third one', async () => {
    const stage = openStage();
    stage.outside.store.createKeys('saml/squatter@example.com');
    const event = offboarded({ id: 'offboarding-7' });
    const squatter = offboarded({ id: 'offboarding-7', data: { principalName: 'saml/squatter@example.com' } });
    await stage.deliver([squatter]);
    const [key = ''] = stage.outside.store.createKeys(SAML_PRINCIPAL);
    await stage.deliver([event]);
    expect(deadLettersOf(stage.outside).map(({ reason }) => reason)).toEqual(['held-conflict']);
    await stage.outside.clock.pass(1_000);
    const filter = { reason: 'held-conflict' } as const;
    expect((await stage.replay({ filter })).reasons).toEqual({ 'held-conflict': { 'body-differs': 1 } });
    expect((await stage.replay({ filter, approve: true })).reasons).toEqual({
      'held-conflict': { 'needs-message-id': 1 },
    });
    const messageIds = stage.outside.inbox.ids();
    await stage.replay({ filter: { ...filter, messageIds }, approve: true });
    await stage.settle();
    expect(stage.outside.store.status(key)).toBe('DELETED');
    expect((await rowOf(stage, event))?.data).toMatchObject({ state: 'done', principals: [SAML_PRINCIPAL] });
    await stage.deliver([squatter]);
    expect(deadLettersOf(stage.outside).map(({ reason }) => reason)).toEqual(['held-conflict', 'held-conflict']);
  });

  it('of a person covers no principal if the dead letter does not name one', async () => {
    const stage = openStage();
    const event = offboarded({ data: { identity: { email: 'user@example.com' } } });
    post(stage, deadLetterOf(event, { reason: 'held-stale' }));
    expect((await stage.replay({ approve: true })).reasons).toEqual({ 'held-stale': { 'no-target': 1 } });
    expect(stage.outside.sent).toEqual([]);
  });

  it('of a person covers those whom the directory named then', async () => {
    const stage = openStage();
    const event = offboarded({ time: STALE.time, data: { identity: { email: 'user@example.com' } } });
    const identity = { pk: 'identity#email#user@example.com', version: 1, data: { principals: [SAML_PRINCIPAL] } };
    await stage.outside.clock.run(stage.outside.table.put(identity, undefined));
    const [key = ''] = stage.outside.store.createKeys(SAML_PRINCIPAL);
    const [other = ''] = stage.outside.store.createKeys(PRINCIPAL);
    await stage.deliver([event]);
    await stage.outside.clock.pass(1_000);
    await stage.replay({ approve: true });
    expect((await approvalOf(stage, event, 'held-stale'))?.data).toMatchObject({ targets: [SAML_PRINCIPAL] });
    const changed = { ...identity, version: 2, data: { principals: [SAML_PRINCIPAL, PRINCIPAL] } };
    await stage.outside.clock.run(stage.outside.table.put(changed, 1));
    await stage.settle();
    expect(deadLettersOf(stage.outside).map(({ reason, principals }) => [reason, principals])).toEqual([
      ['held-stale', [SAML_PRINCIPAL]],
      ['held-stale', [SAML_PRINCIPAL, PRINCIPAL]],
    ]);
    expect([key, other].map((id) => stage.outside.store.status(id))).toEqual(['ACTIVE', 'ACTIVE']);
    await stage.outside.clock.pass(1_000);
    await stage.replay({ approve: true });
    await stage.settle();
    expect([key, other].map((id) => stage.outside.store.status(id))).toEqual(['DELETED', 'DELETED']);
  });

  it('of a reconciliation covers all principals that its event names', async () => {
    const stage = openStage();
    const principals = Array.from({ length: 400 }, (_, n) => `coreweave/u${n}`);
    const data = { principals: principals.map((principalName) => ({ principalName, version: 1 })) };
    const event = offboarded({ source: RECONCILE_SOURCE, data });
    post(stage, deadLetterOf(event, { reason: 'held-limit' }));
    expect((await stage.replay({ approve: true })).reasons).toEqual({ 'held-limit': { sent: 1 } });
    expect((await approvalOf(stage, event, 'held-limit'))?.data).toMatchObject({ targets: principals });
  });

  it('ends after a day, unless its run has begun', async () => {
    const stage = await held();
    await stage.replay({ approve: true });
    await stage.outside.clock.pass(86_400_000);
    await stage.settle();
    expect(deadLettersOf(stage.outside).map(({ reason }) => reason)).toEqual(['held-stale', 'held-stale']);
    expect(stage.outside.store.status(stage.key)).toBe('ACTIVE');
  });
});

describe('a hold that two persons must approve', () => {
  const settings = { twoPersonApproval: ['held-stale'] } as const;
  const bob = { ...ANN, name: 'bob', arn: ANN.arn.replace('/ann', '/bob'), userId: BOB_ID };
  const second = { operator: bob, approve: true, approvedBy: [ANN_ID] };

  it('is not sent by the first, and is by the second, who names the first', async () => {
    const stage = await held(settings);
    const first = await stage.replay({ approve: true });
    expect(first.reasons).toEqual({ 'held-stale': { 'needs-second-approval': 1 } });
    expect(replayTrail(stage.outside)).toEqual([
      'held-stale intent releases held-stale',
      'held-stale needs-second-approval',
    ]);
    expect(stage.outside.inbox.visible()).toHaveLength(1);
    await stage.outside.clock.pass(1_000);
    expect((await stage.replay(second)).reasons).toEqual({ 'held-stale': { sent: 1 } });
    await stage.settle();
    expect(stage.outside.store.status(stage.key)).toBe('DELETED');
    expect((await rowOf(stage, STALE))?.data).toMatchObject({ approvals: [{ userId: ANN_ID }, { userId: BOB_ID }] });
  });

  it.each([
    ['the same person again', { approve: true, approvedBy: [ANN_ID] }],
    ['a second person who names no other operator', { operator: bob, approve: true }],
    ['a second person who names an operator without an approval', { ...second, approvedBy: ['AROAOPERATORS:eve'] }],
  ])('is not sent by %s', async (_name, request) => {
    const stage = await held(settings);
    await stage.replay({ approve: true });
    await stage.outside.clock.pass(1_000);
    expect((await stage.replay(request)).reasons).toEqual({ 'held-stale': { 'needs-second-approval': 1 } });
    expect(stage.outside.inbox.visible()).toHaveLength(1);
  });

  it('is not approved by an operator whom AWS does not identify, or by one approval that a message names', async () => {
    const stage = await held(settings);
    const unknown = await stage.replay({ approve: true, operator: { name: 'bob', claimed: true } });
    expect(unknown.reasons).toEqual({ 'held-stale': { 'needs-identity': 1 } });
    await stage.outside.clock.pass(1_000);
    // An operator whose CLI does not know of the rule.
    const lax = openStage({}, stage.outside);
    await lax.replay({ approve: true });
    await stage.settle();
    expect(deadLettersOf(stage.outside).map(({ reason }) => reason)).toEqual(['held-stale', 'held-stale']);
    expect(stage.outside.store.status(stage.key)).toBe('ACTIVE');
  });

  it('is shown to the first in a dry run as one that waits for the second', async () => {
    const stage = await held(settings);
    const dry = await stage.replay({ approve: true, dryRun: true });
    expect(dry.reasons).toEqual({ 'held-stale': { 'needs-second-approval': 1 } });
    expect(await approvalOf(stage, STALE, 'held-stale')).toBeUndefined();
  });
});

/** The item of an approval. */
const approvalOf = ({ outside }: Stage, event: Readonly<Record<string, unknown>>, reason: string, userId = ANN_ID) =>
  outside.clock.run(outside.table.get(approvalKeyOf(event, reason, userId)));

/** The same outside under rules that protect the principal. */
function openStageOn(stage: Stage): Pick<Stage, 'deliver' | 'replay' | 'settle'> {
  return openStage({ protections: [protect(SAML_PRINCIPAL)] }, stage.outside);
}
