import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Mapping } from '../../local/mapping.ts';
import type { QueueFault } from '../../local/queue/faults.ts';
import { keyLeak } from '../support/event-factory.ts';
import { asksOf, bringBack, deadLettersOf, inWords } from './asks.ts';
import { recordOf } from './direct.ts';
import { type Rig, type Started, startRig } from './rig.ts';
import { until } from './wait.ts';

let rig: Rig;
let fn: Started;
let mapping: Mapping;
beforeAll(async () => {
  rig = await startRig();
  fn = rig.start();
  mapping = await fn.feed();
});
afterAll(() => rig.close());

const DEAD_LETTERS = 'revocation-dead-letters';
const DEAD_LETTER = 'SendMessageBatch dead-letters';

describe('while the dead-letter queue does not take a dead letter', () => {
  it.each<[string, QueueFault, number]>([
    ['it refuses the entry', { failedEntries: 'all' }, 1],
    ['it refuses the request', { status: 400 }, 1],
    ['it cannot be reached, however often', { status: 500 }, 3],
    ['its answers are lost', { reset: 'after' }, 3],
  ])('as %s, the message is not acknowledged: it comes back', async (_name, planned, times) => {
    rig.queueFaults.next('SendMessageBatch', planned, { times, queue: DEAD_LETTERS });
    const [asked, said] = [rig.queueRequests.length, fn.audit.length];
    await rig.send('no event');
    await until('the message to go back', () =>
      inWords(asksOf(rig.queueRequests, asked)).includes('ChangeMessageVisibilityBatch urgent') ? true : undefined,
    );
    await mapping.idle();
    const away = asksOf(rig.queueRequests, asked);
    expect(inWords(away)).toEqual([...Array(times).fill(DEAD_LETTER), 'ChangeMessageVisibilityBatch urgent']);
    expect(fn.audit.slice(said)).toEqual([]);

    await bringBack(rig.sqs, rig.queues.urgent.url, away);
    await mapping.drained();
    const then = asksOf(rig.queueRequests, asked).slice(away.length);
    expect(inWords(then)).toEqual([DEAD_LETTER, 'DeleteMessageBatch urgent']);
    expect(deadLettersOf(then)).toMatchObject([{ reason: 'unreadable', raw: { text: 'no event' }, attempts: 2 }]);
    expect(fn.audit.slice(said).map(({ status_detail }) => status_detail)).toEqual(['unreadable']);
  });

  it('only the messages whose dead letters it refuses are reported', async () => {
    const other = rig.start();
    rig.api.store.add({ accessKeyId: 'CWSIBLING000000', principalName: 'coreweave/owner' });
    const event = keyLeak({ data: { accessKeyId: 'CWSIBLING000000' } });
    const bodies = { first: 'not one', second: 'not two', third: 'not three', leak: JSON.stringify(event) };
    rig.queueFaults.next('SendMessageBatch', { failedEntries: [1] }, { queue: DEAD_LETTERS });
    const asked = rig.queueRequests.length;
    const Records = Object.entries(bodies).map(([id, body]) => recordOf(id, body, rig.queues.urgent.arn));
    const answer = await other.invoke({ Records });
    const [, refused] = deadLettersOf(asksOf(rig.queueRequests, asked));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: refused?.messageId }] });
    expect(['first', 'second', 'third']).toContain(refused?.messageId);
    expect(rig.api.store.status('CWSIBLING000000')).toBe('DELETED');
  });
});
