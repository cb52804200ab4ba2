/** What a replay sends, what it leaves, and what it says about it. */
import { describe, expect, it } from 'vitest';
import { rawText } from '../../../lib/dead-letters/dead-letter.ts';
import type { ReplayCode } from '../../../lib/model/replay-codes.ts';
import { SECRETS } from '../../events/planted-secrets.ts';
import { REJECTED } from '../../support/api-answers.ts';
import { EVENT_MS, KEY_ID, keyLeak, offboarded, principalLeak } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { stepsOf } from '../../support/memory-views.ts';
import { ANN, letterOf, openStage, post, replayTrail } from '../../support/replay-stage.ts';

const raw = (text: string) => rawText(text, sha256);
const nothing = { replayed: 0, skipped: 0, refused: 0, failed: 0 };

describe('a letter that may go', () => {
  it('is sent to its lane as its event, with count, first day and operation, and then deleted', async () => {
    const stage = openStage();
    post(stage, letterOf(keyLeak(), { replays: 2, firstSeen: '2026-11-22T00:00:00Z' }));
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

  it('that dies again says how often it went round, and since when', async () => {
    const stage = openStage();
    stage.outside.api.play(() => ({ answer: REJECTED }));
    post(stage, letterOf(keyLeak(), { firstSeen: '2026-11-22T00:00:00Z' }));
    await stage.replay();
    await stage.settle();
    expect(stage.outside.letters.map(({ body }) => JSON.parse(body))).toMatchObject([
      { reason: 'api-rejected', replays: 1, firstSeen: '2026-11-22T00:00:00.000Z' },
    ]);
  });

  it('reopens the row that its death has closed, and the event is settled', async () => {
    const stage = openStage();
    const { store, api } = stage.outside;
    const [key = ''] = store.mint('saml/user@example.com');
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

describe('a letter that must not go', () => {
  const secretly = `{"accessKeyId":"${KEY_ID}","secret":"${SECRETS['key secret']}"}`;
  it.each<[ReplayCode, ReturnType<typeof letterOf>]>([
    ['needs-approval', letterOf(keyLeak(), { reason: 'held-protected' })],
    ['replay-limit', letterOf(keyLeak(), { replays: 5 })],
    ['redacted', letterOf(null, { raw: raw(secretly) })],
    ['truncated', letterOf(null, { raw: raw('x'.repeat(70_000)) })],
    ['not-kept', letterOf(null)],
  ])('stays, is seen again at once, and is on record: %s', async (code, letter) => {
    const stage = openStage();
    const ids = post(stage, letter);
    expect((await stage.replay()).results).toEqual({ ...nothing, refused: 1 });
    expect(replayTrail(stage.outside)).toEqual([`${letter.attributes.reason} ${code}`]);
    expect([stage.outside.sent, stage.outside.inbox.visible()]).toEqual([[], ids]);
  });

  it('may go five times, and more often when the operator approves', async () => {
    const stage = openStage();
    post(stage, letterOf(keyLeak({ id: 'four' }), { replays: 4 }), letterOf(keyLeak({ id: 'six' }), { replays: 6 }));
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
  it('is on record as skipped, stays hidden while the run goes on, and is seen at its end', async () => {
    const stage = openStage();
    const [skipped = ''] = post(
      stage,
      letterOf(keyLeak({ id: 'a' }), { reason: 'unconfirmed' }),
      letterOf(keyLeak({ id: 'b' })),
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
    const { body } = letterOf(keyLeak(), { reason: 'unconfirmed' });
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
      letterOf(principalLeak(), { reason: 'held-limit' }),
      letterOf(keyLeak(), { reason: 'held-protected' }),
      letterOf(offboarded(), { reason: 'held-conflict' }),
      letterOf(keyLeak()),
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
  it('names the operator as AWS does, the operation, the message that died, and whom it is about', async () => {
    const stage = openStage();
    post(stage, letterOf(keyLeak()));
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
