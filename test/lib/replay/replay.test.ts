/** What a replay sends, what it leaves, and what it says about it. */
import { describe, expect, it } from 'vitest';
import { rawText } from '../../../lib/dead-letters/dead-letter.ts';
import type { ReplayCode } from '../../../lib/model/replay-codes.ts';
import { SECRETS } from '../../events/planted-secrets.ts';
import { REJECTED } from '../../support/api-answers.ts';
import { EVENT_MS, KEY_ID, keyLeak, offboarded, principalLeak } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { stepsOf } from '../../support/memory-views.ts';
import { ANN, deadLetterOf, openStage, post, replayTrail } from '../../support/replay-stage.ts';

const raw = (text: string) => rawText(text, sha256);
const nothing = { replayed: 0, skipped: 0, refused: 0, failed: 0 };

describe('a dead letter that may go', () => {
  it('is sent to its lane as its event, with count, first day and operation, and then deleted', async () => {
    const stage = openStage();
    post(stage, deadLetterOf(keyLeak(), { replays: 2, firstSeen: '2026-11-22T00:00:00Z' }));
    const report = await stage.replay();
    expect(report).toEqual({
      operationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      dryRun: false,
      ended: 'complete',
      results: { ...nothing, replayed: 1 },
      reasons: { 'api-rejected': { sent: 1 } },
    });
    const attributes = { replayId: report.operationId, replays: '3', firstSeen: '2026-11-22T00:00:00.000Z' };
    const body = JSON.stringify(keyLeak());
    expect(stage.outside.sent).toEqual([{ lane: 'urgent', body, attributes, delaySeconds: 0 }]);
    expect(stepsOf(stage.outside)).toEqual([
      'inbox receive',
      expect.stringMatching(/^audit .*intent/),
      'send urgent 0',
      'inbox remove',
      expect.stringMatching(/^audit .*sent/),
      'inbox receive',
      'inbox receive',
    ]);
    expect(stage.outside.inbox.ids()).toEqual([]);
  });

  it('that is dead-lettered again counts its replays and keeps the time when it was first seen', async () => {
    const stage = openStage();
    stage.outside.api.play(() => ({ answer: REJECTED }));
    post(stage, deadLetterOf(keyLeak(), { firstSeen: '2026-11-22T00:00:00Z' }));
    await stage.replay();
    await stage.settle();
    expect(stage.outside.deadLetters.map(({ body }) => JSON.parse(body))).toMatchObject([
      { reason: 'api-rejected', replays: 1, firstSeen: '2026-11-22T00:00:00.000Z' },
    ]);
  });

  it('reopens the row that its death has closed, and the event is settled', async () => {
    const stage = openStage();
    const { store, api } = stage.outside;
    const [key = ''] = store.createKeys('saml/user@example.com');
    api.play((request) => (request.call === 'revoke-principal' ? { answer: REJECTED } : {}));
    await stage.deliver([offboarded()]);
    expect(stage.outside.inbox.ids()).toHaveLength(1);
    api.play(() => ({}));
    await stage.outside.clock.pass(1_000);
    expect((await stage.replay()).results).toEqual({ ...nothing, replayed: 1 });
    await stage.settle();
    expect(store.status(key)).toBe('DELETED');
    expect(stage.outside.inbox.ids()).toEqual([]);
  });
});

describe('a dead letter that must not go', () => {
  const secretly = `{"accessKeyId":"${KEY_ID}","secret":"${SECRETS['key secret']}"}`;
  it.each<[ReplayCode, ReturnType<typeof deadLetterOf>]>([
    ['needs-approval', deadLetterOf(keyLeak(), { reason: 'held-protected' })],
    ['replay-limit', deadLetterOf(keyLeak(), { replays: 5 })],
    ['redacted', deadLetterOf(null, { raw: raw(secretly) })],
    ['truncated', deadLetterOf(null, { raw: raw('x'.repeat(70_000)) })],
    ['not-kept', deadLetterOf(null)],
  ])('stays, becomes visible at once, and is audited: %s', async (code, deadLetter) => {
    const stage = openStage();
    const ids = post(stage, deadLetter);
    expect((await stage.replay()).results).toEqual({ ...nothing, refused: 1 });
    expect(replayTrail(stage.outside)).toEqual([`${deadLetter.attributes.reason} ${code}`]);
    expect([stage.outside.sent, stage.outside.inbox.visible()]).toEqual([[], ids]);
  });

  it('may go five times, and more often when the operator approves', async () => {
    const stage = openStage();
    post(
      stage,
      deadLetterOf(keyLeak({ id: 'four' }), { replays: 4 }),
      deadLetterOf(keyLeak({ id: 'five' }), { replays: 5 }),
    );
    expect((await stage.replay({ approve: true })).results).toEqual({ ...nothing, replayed: 2 });
    expect(replayTrail(stage.outside)).toEqual([
      'api-rejected intent',
      'api-rejected sent',
      'api-rejected intent releases replay-limit',
      'api-rejected sent',
    ]);
  });
});

describe('what does not match', () => {
  it('is audited as skipped, and stays hidden until the run ends', async () => {
    const stage = openStage();
    const [skipped = ''] = post(
      stage,
      deadLetterOf(keyLeak({ id: 'a' }), { reason: 'unconfirmed' }),
      deadLetterOf(keyLeak({ id: 'b' })),
    );
    const during: (readonly string[])[] = [];
    const onDeadLetter = () => void during.push(stage.outside.inbox.visible());
    const report = await stage.replay({ filter: { reason: 'api-rejected' }, onDeadLetter });
    expect(report.reasons).toEqual({ unconfirmed: { 'not-matched': 1 }, 'api-rejected': { sent: 1 } });
    expect(during).toEqual([[], []]);
    expect(stage.outside.inbox.visible()).toEqual([skipped]);
    expect(replayTrail(stage.outside)).toEqual(['api-rejected intent', 'api-rejected sent']);
  });

  it('is told by the body, not by the attributes', async () => {
    const stage = openStage();
    const { body } = deadLetterOf(keyLeak(), { reason: 'unconfirmed' });
    const attributes = { reason: 'api-rejected', lane: 'bulk', eventId: 'x', source: 'x', eventType: 'x' };
    stage.outside.inbox.post({ body, attributes, sentAt: EVENT_MS });
    const report = await stage.replay({ filter: { reason: 'api-rejected', lane: 'bulk' } });
    expect(report.reasons).toEqual({ unconfirmed: { 'not-matched': 1 } });
  });
});

describe('a dry run', () => {
  it('says what would happen, and writes nothing', async () => {
    const stage = openStage();
    const ids = post(
      stage,
      deadLetterOf(principalLeak(), { reason: 'held-limit' }),
      deadLetterOf(keyLeak(), { reason: 'held-protected' }),
      deadLetterOf(offboarded(), { reason: 'held-conflict' }),
      deadLetterOf(keyLeak()),
    );
    const report = await stage.replay({ dryRun: true, approve: true, ratePerSecond: 0.1 });
    expect(report).toMatchObject({ dryRun: true, results: { ...nothing, replayed: 4 } });
    const kinds = new Set(
      stage.outside.steps.map((step) => ('operation' in step ? `${step.port} ${step.operation}` : step.port)),
    );
    expect([...kinds].toSorted()).toEqual(['inbox receive', 'inbox release', 'table get']);
    expect(stage.outside.inbox.visible()).toEqual(ids);
  });
});

describe('the audit of a replay', () => {
  it('names the operator by ARN, the operation, the dead-lettered message, and the target', async () => {
    const stage = openStage();
    post(stage, deadLetterOf(keyLeak()));
    const { operationId } = await stage.replay({ requestId: 'request-7' });
    expect(stage.outside.audit).toMatchObject(
      ['intent', 'sent'].map((code) => ({
        activity_id: 99,
        activity_name: 'Replay',
        status_detail: code,
        metadata: { correlation_uid: keyLeak().id, original_event_uid: 'dead-0' },
        unmapped: {
          phase: 'replay',
          request_id: 'request-7',
          target: { kind: 'key', accessKeyId: KEY_ID },
          replay: {
            operation_id: operationId,
            operator: { name: ANN.name, arn: ANN.arn, user_id: ANN.userId, claimed: false },
            reason: 'api-rejected',
            origin: 'm-1',
          },
        },
      })),
    );
  });
});
