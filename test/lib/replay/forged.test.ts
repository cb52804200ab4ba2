/** Forged approvals: no message can approve. */
import { describe, expect, it } from 'vitest';
import { approvalKeyOf, bodyHashOf, eventHashOf } from '../../support/approval.ts';
import { check, KEY_ID, keyLeak, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { deadLettersOf } from '../../support/memory-views.ts';
import { deadLetterOf, openStage, post } from '../../support/replay-stage.ts';
import { ROLE_IDS, STRANGER } from '../../support/senders.ts';
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

describe('a follow-up check that a stranger forged', () => {
  const parent = { source: keyLeak().source, id: keyLeak().id };
  const forged = check({ data: { parent, accessKeyId: KEY_ID, generation: 1 } });
  const { sender: _, ...of01 } = JSON.parse(deadLetterOf(forged, { reason: 'retries-exhausted' }).body);
  const stageWith = (senderId: string) => {
    const stage = openStage();
    stage.outside.store.add({ accessKeyId: KEY_ID, principalName: PRINCIPAL });
    stage.outside.inbox.post({ body: JSON.stringify(of01), senderId, sentAt: 0 });
    return stage;
  };
  const replayOnce = async (stage: ReturnType<typeof stageWith>) => {
    await stage.outside.clock.pass(1_000);
    await stage.replay({ filter: { messageIds: stage.outside.inbox.ids() } });
    const sent = stage.outside.sent.map(({ attributes }) => attributes.sender);
    await stage.settle();
    return sent;
  };

  it('as a dead letter of 0.1, which SQS moved, stays a stranger’s however often it is replayed', async () => {
    const stage = stageWith(STRANGER);
    for (const _time of [1, 2, 3]) {
      expect(await replayOnce(stage)).toEqual([undefined]);
      expect(deadLettersOf(stage.outside).at(-1)).toMatchObject({ reason: 'held-unknown-sender', sender: '' });
      expect(stage.outside.store.status(KEY_ID)).toBe('ACTIVE');
    }
  });

  it('is told from one that the revoke function of 0.1 dead-lettered', async () => {
    const stage = stageWith(`${ROLE_IDS.revoke}:revoke`);
    expect(await replayOnce(stage)).toEqual(['own:revoke']);
    expect(stage.outside.store.status(KEY_ID)).toBe('DELETED');
  });
});
