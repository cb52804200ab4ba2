/** What an operator discards: recorded first, then deleted; what fails stays. */
import { describe, expect, it } from 'vitest';
import { type DiscardRequest, discard } from '../../../lib/replay/discard.ts';
import { EVENT_MS, KEY_ID, keyLeak } from '../../support/event-factory.ts';
import { settingsOf } from '../../support/memory-function.ts';
import { type Meddle, memoryPorts, type Outside } from '../../support/memory-ports.ts';
import { AGE_MS, ANN, deadLetterOf, leaks, openStage, post } from '../../support/replay-stage.ts';
import { seededChance } from '../../support/seeded-chance.ts';

const SETTINGS = settingsOf({});

/** Dead letters on a queue, and a way to discard some of them as ann. */
function open(...deadLetters: readonly ReturnType<typeof deadLetterOf>[]) {
  const stage = openStage();
  const { outside } = stage;
  const ids = post(stage, ...deadLetters);
  const start = (request: Partial<DiscardRequest> = {}, meddle: Meddle = () => {}) => {
    const ports = memoryPorts(outside, { meddle, chance: seededChance(1) });
    const asked = { operator: ANN, why: 'a test key', isMeant: () => true, ...request };
    return outside.clock.run(discard({ ports, settings: SETTINGS }, asked));
  };
  return { outside, ids, start };
}

/** The records of the audit log: code, and what the operator said. */
const recordsOf = ({ audit }: Outside) =>
  audit.flatMap((record) => {
    const { unmapped, status_detail, metadata, user } = JSON.parse(JSON.stringify(record));
    return unmapped.phase === 'discard' ? [{ code: status_detail, ...unmapped, metadata, user }] : [];
  });

const failing =
  (port: 'inbox' | 'audit', operation?: string): Meddle =>
  (step, moment) => {
    const isMeant = step.port === port && (!('operation' in step) || step.operation === operation);
    if (moment === 'before' && isMeant) throw Object.assign(new Error('a text'), { code: 'not-there' });
  };

describe('discard', () => {
  it('deletes what is meant, after a record with the reason, and leaves the rest visible', async () => {
    const { outside, ids, start } = open(...leaks(3));
    const report = await start({ isMeant: ({ messageId }) => messageId !== ids[1] });
    expect(report).toEqual({
      operationId: expect.any(String),
      results: [
        { messageId: ids[0], code: 'discarded' },
        { messageId: ids[2], code: 'discarded' },
      ],
      complete: true,
    });
    expect([outside.inbox.ids(), outside.inbox.visible()]).toEqual([[ids[1]], [ids[1]]]);
    expect(recordsOf(outside).map(({ code }) => code)).toEqual(['intent', 'discarded', 'intent', 'discarded']);
    const steps = outside.steps.map((step) => ('operation' in step ? `${step.port} ${step.operation}` : step.port));
    expect(steps.indexOf('audit')).toBeLessThan(steps.indexOf('inbox remove'));
  });

  it('records who discards what, and why', async () => {
    const { outside, ids, start } = open(deadLetterOf(keyLeak()));
    const { operationId } = await start();
    expect(recordsOf(outside)[0]).toMatchObject({
      code: 'intent',
      discard: { operation_id: operationId, operator: { name: 'ann' }, reason: 'api-rejected', why: 'a test key' },
      target: { kind: 'key', accessKeyId: KEY_ID },
      request_id: operationId,
      metadata: { original_event_uid: ids[0] },
    });
  });

  it.each([
    ['not-recorded', failing('audit'), []],
    ['not-removed', failing('inbox', 'remove'), ['intent', 'not-removed']],
  ])('leaves there what fails: %s', async (code, meddle, codes) => {
    const { outside, ids, start } = open(...leaks(1));
    expect((await start({}, meddle)).results).toEqual([{ messageId: ids[0], code }]);
    expect(outside.inbox.visible()).toEqual(ids);
    expect(recordsOf(outside).map((record) => record.code)).toEqual(codes);
  });

  it('logs the code of what failed, and not its text', async () => {
    const { outside, ids, start } = open(...leaks(1));
    await start({}, failing('audit'));
    const failed = outside.log.filter(({ code }) => code === 'not-recorded');
    expect(failed[0]).toMatchObject({ fields: { messageId: ids[0], error: 'not-there' } });
    expect(JSON.stringify(outside.log)).not.toContain('a text');
  });

  it('is incomplete when the queue cannot be read any further', async () => {
    const { outside, start } = open(...leaks(1));
    expect(await start({}, failing('inbox', 'receive'))).toMatchObject({ results: [], complete: false });
    expect(outside.log.map(({ code }) => code)).toContain('dead-letters-unavailable');
  });

  it('ends between two dead letters when the operator stops it', async () => {
    const { outside, start } = open(...leaks(3));
    const stop = new AbortController();
    const isMeant = () => {
      stop.abort();
      return true;
    };
    const { results, complete } = await start({ isMeant, signal: stop.signal });
    expect([results.length, complete, outside.inbox.visible().length]).toEqual([1, false, 2]);
  });

  it('finds what was sent later by the clock of SQS than by its own', async () => {
    const { outside, start } = open();
    const later = outside.inbox.post({ body: 'later', sentAt: EVENT_MS + AGE_MS + 1 });
    expect((await start()).results).toEqual([{ messageId: later, code: 'discarded' }]);
  });

  it('passes on what a caller’s own mistake throws', async () => {
    const isMeant = () => {
      throw new TypeError('a mistake');
    };
    await expect(open(...leaks(1)).start({ isMeant })).rejects.toThrow(TypeError);
  });
});
