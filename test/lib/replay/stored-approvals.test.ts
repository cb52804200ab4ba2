/** The function sends what operators have approved: their approvals are in the ledger, and it checks them. */
import { describe, expect, it } from 'vitest';
import { ANN_ID, type ApprovalOptions, approvalKeyOf, approve, BOB_ID } from '../../support/approval.ts';
import { EVENT_MS, keyLeak, offboarded, reinstated, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { eventKeyOf } from '../../support/memory-world.ts';
import { AGE_MS, ANN, deadLetterOf, openStage, post, replayTrail, type Stage } from '../../support/replay-stage.ts';
import { held, STALE } from './held.ts';

const HELD_STALE = approvalKeyOf(STALE, 'held-stale');
const DAY_MS = 86_400_000;
/** Relative to the time at which `held` ends. */
const at = (ms: number) => new Date(EVENT_MS + AGE_MS + 1_000 + ms).toISOString();
const ENDLESS = { validUntil: '9999-01-01T00:00:00Z' };

/** Stores an approval of the event by its operator; the ledger is that of the stage. */
const store = (
  { outside }: Stage,
  event: Readonly<Record<string, unknown>>,
  reason: string,
  options?: ApprovalOptions,
) => outside.clock.run(approve(outside, event, [reason], options));

describe('an approval that an operator has stored', () => {
  it('is sent along with the event, and no other is stored', async () => {
    const stage = await held();
    await store(stage, STALE, 'held-stale');
    const puts = stage.outside.steps.filter((step) => step.port === 'table' && step.operation === 'put').length;
    await stage.replay({ approve: true, approvals: [HELD_STALE] });
    expect(replayTrail(stage.outside)).toEqual(['held-stale intent releases held-stale', 'held-stale sent']);
    expect(stage.outside.sent.at(-1)?.attributes.approvals).toBe(HELD_STALE);
    expect(stage.outside.steps.filter((step) => step.port === 'table' && step.operation === 'put')).toHaveLength(puts);
  });

  it.each<[string, readonly string[], ApprovalOptions | undefined]>([
    ['is missing in the request', [], undefined],
    ['is not in the ledger', [approvalKeyOf(STALE, 'held-stale', BOB_ID)], undefined],
    ['is for another body', [HELD_STALE], { differs: { eventHash: 'a'.repeat(64) } }],
    ['is for another target', [HELD_STALE], { targets: ['saml/another@example.com'] }],
    ['is for another reason', [approvalKeyOf(STALE, 'held-protected')], undefined],
    ['has the ARN of another operator', [HELD_STALE], { differs: { operator: ANN.arn.replace('/ann', '/bob') } }],
    ['has the ARN of an IAM user', [HELD_STALE], { differs: { operator: 'arn:aws:iam::123456789012:user/bob' } }],
    ['is older than a day, whatever end it names', [HELD_STALE], { differs: { ...ENDLESS, created: at(-DAY_MS) } }],
    ['is of a later time', [HELD_STALE], { differs: { ...ENDLESS, created: at(10 * 60_000 + 1) } }],
    ['does not say of when it is', [HELD_STALE], { differs: { ...ENDLESS, created: 'today' } }],
    ['ends at no time', [HELD_STALE], { differs: { validUntil: 'never' } }],
  ])('releases nothing if it %s', async (_, approvals, options) => {
    const stage = await held();
    await store(stage, STALE, 'held-stale', options);
    await stage.replay({ approve: true, approvals });
    expect(replayTrail(stage.outside).at(-1)).toBe('held-stale needs-second-approval');
    expect(stage.outside.inbox.visible()).toHaveLength(1);
  });

  it.each([
    ['just before it is a day old', { ...ENDLESS, created: at(-DAY_MS + 1) }],
    ['by a clock that is minutes ahead', { ...ENDLESS, created: at(10 * 60_000) }],
  ])('is sent %s', async (_, differs) => {
    const stage = await held();
    await store(stage, STALE, 'held-stale', { differs });
    await stage.replay({ approve: true, approvals: [HELD_STALE] });
    expect(replayTrail(stage.outside).at(-1)).toBe('held-stale sent');
  });

  it('of an IAM user, whose ARN has nothing of the user ID, is sent and named as claimed', async () => {
    const stage = await held();
    const operator = { name: 'ann', arn: 'arn:aws:iam::123456789012:user/ann', userId: 'AIDAANN', claimed: false };
    await stage.replay({ approve: true, operator });
    await stage.settle();
    expect(stage.outside.audit.at(-1)?.unmapped).toMatchObject({
      approvals: [{ user_id: 'AIDAANN', operator: operator.arn, claimed: true }],
    });
  });

  it('needs the second of two persons where two must approve', async () => {
    const stage = await held({ twoPersonApproval: ['held-stale'] });
    const keys = [ANN_ID, BOB_ID].map((userId) => approvalKeyOf(STALE, 'held-stale', userId));
    await store(stage, STALE, 'held-stale', { userId: ANN_ID });
    await stage.replay({ approve: true, approvals: keys });
    expect(replayTrail(stage.outside).at(-1)).toBe('held-stale needs-second-approval');
    await store(stage, STALE, 'held-stale', { userId: BOB_ID });
    await stage.replay({ approve: true, approvals: keys });
    expect(replayTrail(stage.outside).at(-1)).toBe('held-stale sent');
    expect(stage.outside.sent.at(-1)?.attributes.approvals).toBe(keys.join(' '));
  });

  it('cannot be for a person whom the dead letter does not resolve', async () => {
    const stage = openStage();
    const event = offboarded({ data: { identity: { email: 'user@example.com' } } });
    post(stage, deadLetterOf(event, { reason: 'held-stale', lane: 'bulk' }));
    await stage.replay({ approve: true, approvals: [approvalKeyOf(event, 'held-stale')] });
    expect(replayTrail(stage.outside).at(-1)).toBe('held-stale no-target');
  });
});

describe('the record of an approval', () => {
  it('says that an identity without an ARN is claimed', async () => {
    const stage = await held();
    await stage.replay({ approve: true, operator: { name: 'ann', userId: ANN_ID, claimed: false } });
    const row = await stage.outside.clock.run(stage.outside.table.get(HELD_STALE));
    expect(row?.data).toMatchObject({ operator: 'claimed:ann', userId: ANN_ID });
  });
});

describe('an approval of a reinstatement that others’ events stand against', () => {
  const standing = ['offboarding-7', 'offboarding-8'].map((id) => ({
    principalName: SAML_PRINCIPAL,
    authority: '//hr.example/acme',
    state: 'scheduled' as const,
    source: '//hr.example/acme',
    id,
    time: '2026-11-23T09:30:00Z',
  }));

  it('covers exactly the events that the dead letter names', async () => {
    const stage = openStage();
    post(stage, deadLetterOf(reinstated(), { reason: 'held-authority', lane: 'bulk', standing }));
    await stage.replay({ approve: true });
    const key = approvalKeyOf(reinstated(), 'held-authority');
    const row = await stage.outside.clock.run(stage.outside.table.get(key));
    expect(row?.data.targets).toEqual(standing.map(eventKeyOf));
  });

  it.each([
    ['for another reason', 'held-unknown-sender', standing],
    ['that names none', 'held-authority', undefined],
  ] as const)('covers the person instead, of a dead letter %s', async (_, reason, events) => {
    const stage = openStage();
    const differs = events === undefined ? {} : { standing: events };
    post(stage, deadLetterOf(reinstated(), { reason, lane: 'bulk', ...differs }));
    await stage.replay({ approve: true });
    const row = await stage.outside.clock.run(stage.outside.table.get(approvalKeyOf(reinstated(), reason)));
    expect(row?.data.targets).toEqual([SAML_PRINCIPAL]);
  });
});

describe('a dead letter with an event that no target is needed for', () => {
  it.each(['held-unknown-sender', 'held-conflict'] as const)('is approved by its whole body: %s', async (reason) => {
    const stage = openStage();
    const event = offboarded({ data: { identity: { email: 'user@example.com' } } });
    const [id = ''] = post(stage, deadLetterOf(event, { reason, lane: 'bulk' }));
    await stage.replay({ approve: true, filter: { messageIds: [id] } });
    const row = await stage.outside.clock.run(stage.outside.table.get(approvalKeyOf(event, reason)));
    expect(row?.data.targets).toEqual([]);
    expect(replayTrail(stage.outside).at(-1)).toBe(`${reason} sent`);
  });

  it('has none for a hold of another kind', async () => {
    const stage = openStage();
    post(stage, deadLetterOf(keyLeak(), { reason: 'held-low-confidence' }));
    await stage.replay({ approve: true });
    const row = await stage.outside.clock.run(stage.outside.table.get(approvalKeyOf(keyLeak(), 'held-low-confidence')));
    expect(row?.data.targets).toHaveLength(1);
  });
});
