/** From log lines to the bus: what is put, what is retried, and when it fails. */
import { describe, expect, it } from 'vitest';
import { auditRecord } from '../../../lib/audit/record.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import { type Notice, noticeOf } from '../../../lib/notify/notice.ts';
import { notify } from '../../../lib/notify/notify.ts';
import { factsOf, KEY_EVENT, KEY_TARGET } from '../../support/audit-facts.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { type LogLine, memoryPorts, openOutside } from '../../support/memory-ports.ts';

const record = (id: string) =>
  auditRecord({
    ...factsOf({ phase: 'outcome', target: KEY_TARGET, outcome: 'confirmed' }, KEY_EVENT),
    id,
  });
const lines = (...ids: readonly string[]) => ids.map((id) => asciiJson(record(id)));
const LONG = EVENT_MS + 60_000;

/** A bus that refuses a notice as often as `refusals` says, by its id. */
function stage(refusals: Readonly<Record<string, number>> = {}) {
  const outside = openOutside(EVENT_MS);
  const { clock, chance, log } = memoryPorts(outside);
  const left = new Map(Object.entries(refusals));
  const calls: string[] = [];
  const taken: Notice[] = [];
  const bus = {
    put: async (notice: Notice) => {
      calls.push(notice.id);
      const refuse = left.get(notice.id) ?? 0;
      left.set(notice.id, refuse - 1);
      if (refuse > 0) throw Object.assign(new Error('secret'), { code: 'ThrottlingException' });
      taken.push(notice);
    },
  };
  const run = (texts: readonly string[], endsAt = LONG) =>
    outside.clock.run(notify({ ports: { clock, chance, log, bus } }, { lines: texts, endsAt }));
  return { run, calls, taken, clock, log: outside.log as readonly LogLine[] };
}

describe('notify', () => {
  it('puts a notice per audit record and ignores other lines', async () => {
    const { run, taken, log } = stage();
    const other = ['START RequestId: r-1', '{"_aws":{}}', ''];
    await run([...other, ...lines('a', 'b')]);
    const expected = ['a', 'b'].map((uid) => noticeOf({ record: record(uid), uid, time: EVENT_MS }));
    expect(taken).toEqual(expected);
    expect(log).toMatchObject([{ level: 'info', code: 'notices', fields: { lines: 5, put: 2 } }]);
  });

  it('continues after unreadable lines', async () => {
    const { run, taken, log } = stage();
    await run(['{"metadata":{"log_name":"revocation-audit"', ...lines('a'), '{"attestation_list":[]}']);
    expect(taken.map(({ id }) => id)).toEqual(['a']);
    expect(log).toMatchObject([
      { level: 'warn', code: 'lines-unreadable', fields: { lines: 2 } },
      { level: 'info', code: 'notices', fields: { lines: 3, put: 1 } },
    ]);
  });

  it('accepts no lines', async () => {
    const { run, calls } = stage();
    await run([]);
    expect(calls).toEqual([]);
  });
});

describe('notify with a bus that rejects', () => {
  it('retries only the rejected notice', async () => {
    const { run, calls, log } = stage({ b: 2 });
    await run(lines('a', 'b', 'c'));
    expect(calls).toEqual(['a', 'b', 'c', 'b', 'b']);
    expect(log).toMatchObject([
      { level: 'warn', code: 'not-put', fields: { notices: 1, error: 'ThrottlingException' } },
      { level: 'warn', code: 'not-put', fields: { notices: 1, error: 'ThrottlingException' } },
      { level: 'info', code: 'notices', fields: { lines: 3, put: 3 } },
    ]);
  });

  it('waits longer before each attempt', async () => {
    const { run, clock } = stage({ a: 3 });
    await run(lines('a'));
    // Half of 100, 400 and 1,600 ms at least, all of them at most.
    expect(clock.now() - EVENT_MS).toBeGreaterThanOrEqual(1_050);
    expect(clock.now() - EVENT_MS).toBeLessThanOrEqual(2_100);
  });

  it('fails the invocation after four attempts, so that Lambda retries', async () => {
    const { run, calls } = stage({ a: 9, b: 9 });
    await expect(run(lines('a', 'b', 'c'))).rejects.toMatchObject({
      name: 'NotifyError',
      code: 'notices-not-put',
      message: 'notices-not-put: 2 of 3',
    });
    expect(calls).toEqual(['a', 'b', 'c', 'a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('tries again if the pause ends when the time does', async () => {
    const unhurried = stage({ a: 1 });
    await unhurried.run(lines('a'));
    const { run, calls } = stage({ a: 1 });
    await run(lines('a'), unhurried.clock.now());
    expect(calls).toEqual(['a', 'a']);
  });

  it('fails the invocation at once if no time is left', async () => {
    const { run, calls, clock } = stage({ a: 1 });
    await expect(run(lines('a'), EVENT_MS)).rejects.toMatchObject({ message: 'notices-not-put: 1 of 1' });
    expect(calls).toEqual(['a']);
    expect(clock.now()).toBe(EVENT_MS);
  });
});
