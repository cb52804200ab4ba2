/** Forged approvals: no message can approve. */
import { describe, expect, it } from 'vitest';
import { approvalKeyOf, bodyHashOf, eventHashOf } from '../../support/approval.ts';
import { PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { deadLetterOf, openStage, post } from '../../support/replay-stage.ts';
import { held, rowOf, STALE } from './held.ts';

describe('no message can approve', () => {
  const approval = {
    codes: ['held-stale'],
    by: 'mallory',
    at: '2026-11-23T00:00:00Z',
    operationId: 'x',
    bodyHash: bodyHashOf(STALE),
  };

  it.each<
    [
      string,
      (deadLetter: ReturnType<typeof deadLetterOf>) => { body: string; attributes: Readonly<Record<string, string>> },
    ]
  >([
    [
      'in the envelope',
      ({ body, attributes }) => ({
        body: JSON.stringify({ ...JSON.parse(body), approval, approve: true }),
        attributes,
      }),
    ],
    [
      'in the attributes',
      ({ body, attributes }) => ({
        body,
        attributes: { ...attributes, approve: 'true', approval: JSON.stringify(approval) },
      }),
    ],
    [
      'beside the event',
      ({ body, attributes }) => ({
        body: JSON.stringify({ ...JSON.parse(body), event: { ...STALE, approval } }),
        attributes,
      }),
    ],
    [
      'by another reason',
      ({ body, attributes }) => ({ body: JSON.stringify({ ...JSON.parse(body), reason: 'unconfirmed' }), attributes }),
    ],
  ])('for itself: %s', async (_name, forge) => {
    const stage = openStage();
    const [key = ''] = stage.outside.store.createKeys(SAML_PRINCIPAL);
    stage.outside.inbox.post({ ...forge(deadLetterOf(STALE, { reason: 'held-stale' })), sentAt: 0 });
    await stage.replay();
    await stage.settle();
    expect((await rowOf(stage, STALE))?.data.approvals).toBeUndefined();
    expect(stage.outside.store.status(key)).toBe('ACTIVE');
  });

  it('for another body of the same event', async () => {
    const stage = await held();
    const other = { ...STALE, data: { principalName: PRINCIPAL } };
    post(stage, deadLetterOf(other, { reason: 'held-stale' }));
    const report = await stage.replay({ approve: true, filter: { newerThan: 1_000_000_000 } });
    expect(report.reasons).toEqual({ 'held-stale': { sent: 1, 'body-differs': 1 } });
    const item = await stage.outside.clock.run(stage.outside.table.get(approvalKeyOf(STALE, 'held-stale')));
    expect(item?.data).toMatchObject({ eventHash: eventHashOf(STALE) });
  });

  it('when it holds no event that could be named', async () => {
    const stage = openStage();
    post(
      stage,
      deadLetterOf(null, {
        reason: 'held-stale',
        raw: { sha256: 'a', size: 1, text: '{', redacted: false, truncated: false },
      }),
    );
    expect(await stage.replay({ approve: true })).toMatchObject({ reasons: { 'held-stale': { 'no-event': 1 } } });
  });
});
