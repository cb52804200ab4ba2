/** Which dead letters a replay sends, by the state of their ledger rows. */
import { describe, expect, it } from 'vitest';
import { keyLeak } from '../../support/event-factory.ts';
import { deadLetterOf, post } from '../../support/replay-stage.ts';
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

  it('with a lease is not replayed, and its dead letter stays for the next run', async () => {
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
    post(stage, deadLetterOf(keyLeak()));
    const report = await stage.replay({ approve: true }, (step) => {
      if (step.port === 'table') throw new Error('TimeoutError');
    });
    expect(report.reasons).toEqual({ 'held-stale': { 'ledger-failed': 1 }, 'api-rejected': { sent: 1 } });
  });

  it('is never written: the consumer opens it', async () => {
    const stage = await held();
    const written: string[] = [];
    await stage.replay({ approve: true }, (step) => {
      if (step.port === 'table' && step.operation === 'put') written.push(step.pk.split('#', 1)[0] ?? '');
    });
    expect(written).toEqual(['approval', 'approval']);
  });

  it('may lose the race of two approvals of one person: the dead letter waits for the next run', async () => {
    const stage = await held();
    const report = await stage.replay({ approve: true }, async (step, moment) => {
      if (step.port !== 'table' || step.operation !== 'put' || moment !== 'before') return;
      await stage.outside.table.put({ pk: step.pk, version: 1, data: {} }, undefined);
    });
    expect(report.reasons).toEqual({ 'held-stale': { busy: 1 } });
    expect(stage.outside.sent).toEqual([]);
  });
});
