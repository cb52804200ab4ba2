/** How a run begins and ends: what was there at its start, its pace, and why it stops. */
import { describe, expect, it } from 'vitest';
import type { ReplayRequest } from '../../../lib/replay/replay.ts';
import { EVENT_MS, keyLeak } from '../../support/event-factory.ts';
import type { Meddle } from '../../support/memory-ports.ts';
import { AGE_MS, deadLetterOf, leaks, openStage, post, stageWith } from '../../support/replay-stage.ts';

const nothing = { replayed: 0, skipped: 0, refused: 0, failed: 0 };

describe('the end of a run', () => {
  it('comes when all that was there was looked at, page by page', async () => {
    const stage = stageWith(1_000);
    expect(await stage.replay()).toMatchObject({ ended: 'complete', results: { ...nothing, replayed: 1_000 } });
    expect(new Set(stage.outside.sent.map(({ body }) => body)).size).toBe(1_000);
    expect(stage.outside.inbox.ids()).toEqual([]);
    expect(stage.outside.inbox.looks.count).toBe(102);
  });

  it('comes with the last dead letter that was named in full, without a second receive', async () => {
    const stage = stageWith(12);
    const [first, ninth] = stage.outside.inbox.ids().filter((_, n) => n === 0 || n === 8);
    if (first === undefined || ninth === undefined) throw new Error('expected twelve dead letters');
    const report = await stage.replay({ filter: { messageIds: [first, ninth] } });
    expect(report).toMatchObject({ ended: 'complete', results: { ...nothing, replayed: 2, skipped: 7 } });
    expect(stage.outside.inbox.looks.count).toBe(1);
  });

  it('waits for all dead letters that the beginning of an id may name', async () => {
    const stage = stageWith(12);
    const report = await stage.replay({ filter: { messageIds: ['dead-'] } });
    expect(report).toMatchObject({ ended: 'complete', results: { ...nothing, replayed: 12 } });
  });

  it.each([
    ['one empty look', 12, 3],
    ['two empty looks, if fewer were seen than the queue counts', 13, 4],
  ])('comes after %s', async (_, expected, looks) => {
    const stage = stageWith(12);
    await stage.replay({ expected });
    expect(stage.outside.inbox.looks.count).toBe(looks);
  });

  it('does not touch what comes later, not even its own tail', async () => {
    const stage = stageWith(15);
    const { outside } = stage;
    // Every dead letter dies again while the run goes on.
    const onDeadLetter = () => void outside.inbox.post({ body: 'dead again', sentAt: outside.clock.now() + 1 });
    expect(await stage.replay({ onDeadLetter })).toMatchObject({
      ended: 'complete',
      results: { ...nothing, replayed: 15 },
    });
    expect([outside.inbox.ids().length, outside.inbox.visible().length]).toEqual([15, 15]);
  });

  it('leaves to others at once what came later', async () => {
    const stage = stageWith(15);
    const { inbox, clock } = stage.outside;
    const later = inbox.post({ body: 'later', sentAt: clock.now() + 1 });
    const seen: boolean[] = [];
    await stage.replay({ max: 12, onDeadLetter: () => void seen.push(inbox.visible().includes(later)) });
    // It was received with the second page.
    expect(inbox.looks.count).toBe(2);
    expect(seen).toEqual(Array(12).fill(true));
  });

  it('shows in a dry run what was sent later by the clock of SQS than by its own', async () => {
    const stage = stageWith(0);
    const { inbox, clock } = stage.outside;
    inbox.post({ body: JSON.stringify(keyLeak()), sentAt: clock.now() + 3_600_000 });
    expect((await stage.replay({ dryRun: true })).results).toEqual({ ...nothing, replayed: 1 });
  });

  it('comes when whole rounds show nothing new, although the queue always shows something', async () => {
    const stage = stageWith(0);
    const { inbox, clock } = stage.outside;
    for (let n = 0; n < 25; n += 1) inbox.post({ body: `later ${n}`, sentAt: clock.now() + 1 });
    // Hidden messages come back at once, as if much time had passed.
    const impatient: Meddle = async (step, moment) => {
      if (step.port === 'inbox' && step.operation === 'receive' && moment === 'before') await clock.sleep(700_000);
    };
    expect(await stage.replay({}, impatient)).toMatchObject({ ended: 'complete', results: nothing });
    expect(inbox.looks.count).toBeLessThan(10);
  });

  it.each<[string, Partial<ReplayRequest>, number]>([
    ['max', { max: 3 }, 3],
    ['time', { ratePerSecond: 1, endsAt: EVENT_MS + AGE_MS + 4_500 }, 5],
  ])('comes early and is called %s; the next run goes on from there', async (ended, request, replayed) => {
    const stage = stageWith(12);
    expect(await stage.replay(request)).toMatchObject({ ended, results: { ...nothing, replayed } });
    expect(stage.outside.inbox.visible()).toHaveLength(12 - replayed);
    expect(await stage.replay()).toMatchObject({ ended: 'complete', results: { ...nothing, replayed: 12 - replayed } });
  });

  it('comes between two dead letters when the operator stops it, also while it waits', async () => {
    const stage = stageWith(5);
    const stopped = new AbortController();
    const running = stage.start({
      signal: stopped.signal,
      ratePerSecond: 0.1,
      onDeadLetter: () => void stage.outside.clock.sleep(3_000).then(() => stopped.abort()),
    });
    expect(await stage.outside.clock.run(running)).toMatchObject({
      ended: 'stopped',
      results: { ...nothing, replayed: 1 },
    });
    expect(stage.outside.clock.now()).toBe(EVENT_MS + AGE_MS + 3_000);
    expect(stage.outside.inbox.visible()).toHaveLength(4);
  });

  it('comes when the queue cannot be read, with the report of what was done', async () => {
    const stage = stageWith(12);
    let looks = 0;
    const breaking: Meddle = (step, moment) => {
      if (step.port === 'inbox' && step.operation === 'receive' && moment === 'before' && ++looks === 2)
        throw new Error('secret text of an SDK');
    };
    const report = await stage.replay({ filter: { eventId: 'leak-1' } }, breaking);
    expect(report).toMatchObject({ ended: 'unavailable', results: { ...nothing, replayed: 1, skipped: 9 } });
    expect(stage.outside.inbox.visible()).toHaveLength(11);
    expect(stage.outside.log).toEqual([{ level: 'error', code: 'dead-letters-unavailable', fields: {} }]);
  });

  it('shows the dead letters again when who watches it fails', async () => {
    const stage = stageWith(3);
    const onDeadLetter = () => {
      throw new Error('no terminal');
    };
    await expect(stage.replay({ onDeadLetter })).rejects.toThrow('no terminal');
    expect(stage.outside.inbox.visible()).toHaveLength(2);
  });
});

describe('the pace of a run', () => {
  it('is never faster than asked, and waits after dead letters that were sent only', async () => {
    const stage = openStage();
    post(stage, ...leaks(4), deadLetterOf(keyLeak(), { reason: 'held-conflict' }));
    const at: number[] = [];
    const meddle: Meddle = (step, moment) => {
      if (step.port === 'send' && moment === 'before') at.push(stage.outside.clock.now() - EVENT_MS - AGE_MS);
    };
    await stage.replay({ ratePerSecond: 4 }, meddle);
    expect(at).toEqual([0, 250, 500, 750]);
    expect(stage.outside.clock.now()).toBe(EVENT_MS + AGE_MS + 750);
  });

  it('may be slow: a dead letter is hidden for longer when its time is almost over', async () => {
    const stage = stageWith(10);
    const seen: string[] = [];
    const slow: Meddle = async (step, moment) => {
      if (step.port !== 'send') return;
      if (moment === 'before') await stage.outside.clock.sleep(75_000);
      else seen.push(...stage.outside.inbox.visible());
    };
    expect(await stage.replay({}, slow)).toMatchObject({ results: { ...nothing, replayed: 10 } });
    expect([seen, stage.outside.sent.length]).toEqual([[], 10]);
  });

  it('may be so slow that the others have come back: they are taken anew', async () => {
    const stage = stageWith(10);
    let sent = 0;
    const stuck: Meddle = (step, moment) =>
      step.port === 'send' && moment === 'before' && ++sent === 2 ? stage.outside.clock.sleep(800_000) : undefined;
    expect(await stage.replay({}, stuck)).toMatchObject({ ended: 'complete', results: { ...nothing, replayed: 10 } });
    expect(new Set(stage.outside.sent.map(({ body }) => body)).size).toBe(10);
    expect(stage.outside.steps.filter(({ port }) => port === 'send')).toHaveLength(10);
  });
});
