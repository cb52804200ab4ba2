/** What a replay does to the ledger's row of an event, by its state. */
import { describe, expect, it } from 'vitest';
import { keyLeak } from '../../support/event-factory.ts';
import { letterOf, post } from '../../support/replay-stage.ts';
import { change, held, rowOf, STALE } from './held.ts';

const nothing = { replayed: 0, skipped: 0, refused: 0, failed: 0 };

describe('the row of an event', () => {
  it.each([
    ['done', { state: 'done' }],
    ['scheduled', { state: 'scheduled', dueAt: 1 }],
  ] as const)('that is %s stays as it is: the lane answers for it', async (_name, state) => {
    const stage = await held();
    await change(stage, STALE, state);
    const before = await rowOf(stage, STALE);
    expect((await stage.replay({ approve: true })).results).toEqual({ ...nothing, replayed: 1 });
    expect(await rowOf(stage, STALE)).toEqual(before);
  });

  it('that somebody leads is not touched, and its letter waits for the next run', async () => {
    const stage = await held();
    await change(stage, STALE, { state: 'open', leaseUntil: stage.outside.clock.now() + 1 });
    const before = await rowOf(stage, STALE);
    expect(await stage.replay({ approve: true })).toMatchObject({ reasons: { 'held-stale': { busy: 1 } } });
    expect(await rowOf(stage, STALE)).toEqual(before);
    expect(stage.outside.sent).toEqual([]);
    await stage.outside.clock.pass(1);
    expect((await stage.replay({ approve: true })).results).toEqual({ ...nothing, replayed: 1 });
  });

  it('that cannot be reached stops what needs it, and no leaked key', async () => {
    const stage = await held();
    post(stage, letterOf(keyLeak()));
    const report = await stage.replay({ approve: true }, (step) => {
      if (step.port === 'table') throw new Error('TimeoutError');
    });
    expect(report.reasons).toEqual({ 'held-stale': { 'ledger-failed': 1 }, 'api-rejected': { sent: 1 } });
  });

  it('is written under its version: a lost race is looked at again, a second one is left to the other', async () => {
    for (const [races, code] of [
      [1, 'sent'],
      [2, 'busy'],
    ] as const) {
      const stage = await held();
      let left: number = races;
      const report = await stage.replay({ approve: true }, async (step, moment) => {
        if (step.port !== 'table' || step.operation !== 'put' || moment !== 'before' || left === 0) return;
        left -= 1;
        const row = await stage.outside.table.get(step.pk);
        if (row !== undefined) await stage.outside.table.put({ ...row, version: row.version + 1 }, row.version);
      });
      expect(report.reasons).toEqual({ 'held-stale': { [code]: 1 } });
    }
  });
});
