/** What holds no event of ours, or has no envelope, goes as it is. */
import { describe, expect, it } from 'vitest';
import { rawText } from '../../../lib/dead-letters/dead-letter.ts';
import { EVENT_MS, keyLeak, offboarded, principalLeak } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { callsOf } from '../../support/memory-views.ts';
import { deadLetterOf, openStage, post } from '../../support/replay-stage.ts';

const raw = (text: string) => rawText(text, sha256);
const nothing = { replayed: 0, skipped: 0, refused: 0, failed: 0 };

describe('a text in place of an event', () => {
  it('is sent byte for byte, so that an event of a later version goes when the product knows it', async () => {
    const stage = openStage();
    const text = `{ "type":"user.offboarded.v2",\n "é": "\u{1f511}", "n": 1.0 }`;
    post(stage, deadLetterOf(null, { reason: 'unknown-version', raw: raw(text), lane: 'bulk' }));
    await stage.replay();
    expect(stage.outside.sent.map(({ lane, body }) => ({ lane, body }))).toEqual([{ lane: 'bulk', body: text }]);
  });

  it('is sent without a read of the ledger', async () => {
    const stage = openStage();
    post(stage, deadLetterOf(null, { raw: raw(JSON.stringify(principalLeak())) }));
    await stage.replay();
    expect(stage.outside.steps.filter(({ port }) => port === 'table')).toEqual([]);
  });
});

describe('a message that SQS itself moved', () => {
  it.each([
    ['a leaked key', keyLeak(), 'urgent'],
    ['an offboarding', offboarded(), 'bulk'],
    ['nothing that we can read', 'no event', 'bulk'],
  ] as const)('goes as it is to the lane that it belongs to: %s', async (_name, content, lane) => {
    const stage = openStage();
    const body = typeof content === 'string' ? content : JSON.stringify(content, undefined, 1);
    stage.outside.inbox.post({ body, attributes: { replays: '1', reason: 'held-stale' }, sentAt: EVENT_MS });
    const report = await stage.replay();
    expect(report.reasons).toEqual({ crashed: { sent: 1 } });
    const sender = 'AROAEXAMPLE';
    const attributes = { replayId: report.operationId, replays: '2', firstSeen: '2026-11-23T09:30:00.000Z', sender };
    expect(stage.outside.sent).toEqual([{ lane, body, attributes, delaySeconds: 0 }]);
  });

  it('does not release what is parked: it is judged again, and held again', async () => {
    const stage = openStage({ staleAfterMs: 1 });
    stage.outside.store.createKeys('saml/user@example.com');
    await stage.deliver([offboarded()]);
    stage.outside.inbox.post({ body: JSON.stringify(offboarded()), sentAt: EVENT_MS });
    await stage.outside.clock.pass(1_000);
    expect((await stage.replay()).results).toEqual({ ...nothing, replayed: 1, refused: 1 });
    await stage.settle();
    expect(stage.outside.inbox.ids()).toHaveLength(2);
    expect(callsOf(stage.outside, 0).filter((line) => line.includes('revoke'))).toEqual([]);
  });
});
