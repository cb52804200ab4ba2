/** Held events with one source and id, and different bodies: no run approves more than one of them. */
import { describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import type { ReplayRequest } from '../../../lib/replay/replay.ts';
import { keyLeak } from '../../support/event-factory.ts';
import { deadLetterOf, openStage, post, replayTrail, type Stage } from '../../support/replay-stage.ts';

const NAME = { id: 'leak-1', source: '//scanner.example/acme/app' };
const filter = { source: NAME.source, eventId: NAME.id };
const CLAIMED = { name: 'ann', claimed: true } as const;
const [ONE, TWO] = ['CWAAAAAAAAAAAAA1', 'CWBBBBBBBBBBBBB2'];

const hold = (accessKeyId: string, differs: Partial<DeadLetter> = {}) =>
  deadLetterOf(keyLeak({ ...NAME, data: { accessKeyId, confidence: 'key-id-only' } }), {
    reason: 'held-low-confidence',
    accessKeyId,
    ...differs,
  });
const approve = (stage: Stage, request: Partial<ReplayRequest> = {}) =>
  stage.replay({ operator: CLAIMED, approve: true, filter, ...request });
const sentKeys = ({ outside }: Stage) => outside.sent.map(({ body }) => JSON.parse(body).data.accessKeyId);

describe('two held bodies under one source and id', () => {
  it.each([
    ['one reason', {}],
    ['two reasons', { reason: 'held-limit' } as const],
  ])('of %s: source and id approve neither', async (_, differs) => {
    const stage = openStage();
    const ids = post(stage, hold(ONE), hold(TWO, differs));
    expect((await approve(stage)).results).toEqual({ replayed: 0, skipped: 0, refused: 2, failed: 0 });
    expect([sentKeys(stage), stage.outside.inbox.ids()]).toEqual([[], ids]);
    expect(replayTrail(stage.outside).filter((step) => step.includes('needs-message-id'))).toHaveLength(2);
    expect((await approve(stage, { filter: { messageIds: ids.slice(1) } })).results).toMatchObject({ replayed: 1 });
    expect(sentKeys(stage)).toEqual([TWO]);
  });

  it('named by message ids: one run approves the first, and the other one stays', async () => {
    const stage = openStage();
    const messageIds = post(stage, hold(ONE), hold(TWO, { reason: 'held-limit' }));
    const report = await approve(stage, { filter: { messageIds } });
    expect(report.reasons).toEqual({ 'held-low-confidence': { sent: 1 }, 'held-limit': { 'needs-message-id': 1 } });
    expect([sentKeys(stage), stage.outside.inbox.ids()]).toEqual([[ONE], messageIds.slice(1)]);
  });

  it('named in two invocations of one operation: the first is approved, the other by another operation', async () => {
    const stage = openStage();
    const [one = '', two = ''] = post(stage, hold(ONE), hold(TWO));
    const results = [];
    for (const [id, operationId] of [
      [one, 'first'],
      [two, 'first'],
      [two, 'second'],
    ] as const) {
      const { reasons } = await approve(stage, { operationId, filter: { messageIds: [id] } });
      results.push(reasons['held-low-confidence']);
    }
    expect(results).toEqual([{ sent: 1 }, { 'needs-message-id': 1 }, { sent: 1 }]);
  });

  it('of which the queue cannot be read to its end: nothing is approved', async () => {
    const stage = openStage();
    post(stage, hold(ONE));
    const down = await stage.replay({ operator: CLAIMED, approve: true, filter }, (step) => {
      if (step.port === 'inbox') throw new Error('down');
    });
    expect(down).toMatchObject({ dryRun: false, ended: 'unavailable', results: { replayed: 0 } });
    expect(sentKeys(stage)).toEqual([]);
  });

  it('are no two bodies if the event is the same, and it was held for several keys', async () => {
    const stage = openStage();
    post(stage, hold(ONE), hold(ONE, { accessKeyId: TWO }));
    expect((await approve(stage)).results).toMatchObject({ replayed: 2 });
  });
});
