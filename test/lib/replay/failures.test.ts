/** What fails for a dead letter, and two runs at once. */
import { describe, expect, it } from 'vitest';
import { keyLeak, offboarded } from '../../support/event-factory.ts';
import type { Meddle } from '../../support/memory-ports.ts';
import { deadLetterOf, openStage, post, replayTrail, stageWith } from '../../support/replay-stage.ts';

const nothing = { replayed: 0, skipped: 0, refused: 0, failed: 0 };
const failing =
  (port: 'send' | 'inbox' | 'audit' | 'table', operation?: string): Meddle =>
  (step, moment) => {
    if (moment === 'before' && step.port === port && (!('operation' in step) || step.operation === operation))
      throw new Error('refused');
  };

describe('what fails for a dead letter', () => {
  it.each([
    ['not-sent', failing('send'), { replayed: 0, left: 2 }],
    ['not-removed', failing('inbox', 'remove'), { replayed: 2, left: 2 }],
    ['not-recorded', failing('audit'), { replayed: 0, left: 2 }],
  ] as const)('is counted as failed and leaves it there: %s', async (code, meddle, { replayed, left }) => {
    const stage = stageWith(2);
    const report = await stage.replay({}, meddle);
    expect(report).toMatchObject({ results: { ...nothing, failed: 2 }, reasons: { 'api-rejected': { [code]: 2 } } });
    expect([stage.outside.sent.length, stage.outside.inbox.visible().length]).toEqual([replayed, left]);
  });

  it('is a refusal that could not be recorded, too', async () => {
    const stage = openStage();
    post(stage, deadLetterOf(keyLeak(), { reason: 'held-low-confidence' }));
    expect(await stage.replay({}, failing('audit'))).toMatchObject({
      results: { ...nothing, failed: 1 },
      reasons: { 'held-low-confidence': { 'not-recorded': 1 } },
    });
  });

  it('is audited with its code and without the text of the error', async () => {
    const stage = stageWith(1);
    await stage.replay({}, failing('send'));
    expect(replayTrail(stage.outside)).toEqual(['api-rejected intent', 'api-rejected not-sent']);
    expect(JSON.stringify([stage.outside.audit, stage.outside.log])).not.toContain('refused"');
  });

  it.each([
    ['not-sent', failing('send')],
    ['not-removed', failing('inbox', 'remove')],
    ['not-recorded', failing('audit')],
    ['ledger-failed', failing('table', 'get')],
  ] as const)('is logged with its code and the id of the message: %s', async (code, meddle) => {
    const stage = openStage();
    const [id = ''] = post(stage, deadLetterOf(offboarded(), { lane: 'bulk' }));
    await stage.replay({}, meddle);
    const lines = stage.outside.log.filter((line) => line.code === code);
    expect(lines[0]?.fields).toEqual({ messageId: id, error: 'Error' });
  });

  it('counts for `max`: a lane that takes nothing is not asked for every dead letter', async () => {
    const stage = stageWith(8);
    expect(await stage.replay({ max: 3 }, failing('send'))).toMatchObject({
      ended: 'max',
      results: { ...nothing, failed: 3 },
    });
  });
});

describe('two runs at once', () => {
  it('share the dead letters: each is sent once', async () => {
    const stage = stageWith(100);
    const reports = await stage.outside.clock.run(
      Promise.all([stage.start({ ratePerSecond: 50 }), stage.start({ ratePerSecond: 50 })]),
    );
    expect(reports.map(({ ended }) => ended)).toEqual(['complete', 'complete']);
    expect(reports[0].results.replayed + reports[1].results.replayed).toBe(100);
    expect(Math.min(...reports.map(({ results }) => results.replayed))).toBeGreaterThan(0);
    expect(stage.outside.sent.map(({ body }) => JSON.parse(body).id).toSorted()).toEqual(
      Array.from({ length: 100 }, (_, n) => `leak-${n}`).toSorted(),
    );
    expect(stage.outside.inbox.ids()).toEqual([]);
  });
});
