/** End to end: one message cannot become thousands of dead letters, and delays no leak beside it. Needs a build. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyLeak } from '../../support/event-factory.ts';
import { ROLE_IDS, STRANGER } from '../../support/senders.ts';
import { asksOf, deadLettersOf } from '../asks.ts';
import { recordOf } from '../direct.ts';
import { type Rig, type Started, startRig } from '../rig.ts';

const MAX_BYTES = 262_144;

let rig: Rig;
let fn: Started;
beforeAll(async () => {
  rig = await startRig();
  fn = rig.start();
  await fn.invoke({ Records: rig.recordsOf(rig.keys(1)) });
});
afterAll(() => rig.close());

/** A body in the shape of a dead letter that holds this text. */
const deadLetter = (text: string) => ({
  v: 1,
  reason: 'invalid',
  event: null,
  raw: { text, redacted: false, truncated: false },
});
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n % 10);
const nested = Array.from({ length: 120 }, () => deadLetter(JSON.stringify(numbers(1_000))));
const padded = [...numbers(999), 'x'.repeat(MAX_BYTES - 2_100)];

/** Invokes the function with this message beside nine real leaks; returns what came of it. */
async function deliver(id: string, body: unknown, senderId = STRANGER) {
  const text = JSON.stringify(body);
  expect(text.length).toBeLessThanOrEqual(MAX_BYTES);
  const [leaks, asked, said] = [rig.keys(9), rig.queueRequests.length, fn.audit.length];
  const record = recordOf(id, text, rig.queues.urgent.arn);
  const sent = { ...record, attributes: { ...record.attributes, SenderId: senderId } };
  const answer = await fn.invoke({ Records: [sent, ...rig.recordsOf(leaks)] });
  const deadLetters = deadLettersOf(asksOf(rig.queueRequests, asked));
  const bytes = deadLetters.reduce((sum, each) => sum + JSON.stringify(each).length, 0);
  const lines = fn.audit.slice(said).filter(({ metadata }) => metadata.correlation_uid === undefined).length;
  const trails = leaks.map((leak) => fn.trail(leak).join());
  return { answer, deadLetters, bytes, lines, trails };
}
const SETTLED = { answer: { batchItemFailures: [] }, trails: Array(9).fill('intent:intent,outcome:confirmed') };

describe('a message beside nine leaks', () => {
  it('of dead letters with 1,000 parts each is refused as a whole: nested parts count', async () => {
    const { bytes, deadLetters, ...rest } = await deliver('nested', nested, `${ROLE_IDS.revoke}:revoke`);
    expect(rest).toEqual({ ...SETTLED, lines: 1 });
    expect(deadLetters).toMatchObject([{ reason: 'oversize', detail: 'expected at most 1000 events in one message' }]);
    expect(bytes).toBeLessThan(80_000);
  });

  it('in the shape of dead letters, from a stranger, is not opened', async () => {
    const { bytes, deadLetters, ...rest } = await deliver('strange', nested);
    expect(rest).toEqual({ ...SETTLED, lines: 1 });
    expect(deadLetters).toMatchObject([{ reason: 'invalid', parts: { count: 120 }, sender: 'AROAEXAMPLE' }]);
    expect(bytes).toBeLessThan(80_000);
  });

  it('of 1,000 parts that are no events becomes one dead letter, with its text once', async () => {
    const { bytes, deadLetters, ...rest } = await deliver('padded', padded);
    expect(rest).toEqual({ ...SETTLED, lines: 1 });
    expect(deadLetters).toMatchObject([{ reason: 'invalid', parts: { count: 1_000 } }]);
    expect(bytes).toBeLessThan(80_000);
  });

  it('of every kind of refusal becomes one dead letter for each reason', async () => {
    const [key = ''] = rig.keys(1);
    const good = keyLeak({ id: key, data: { accessKeyId: key } });
    const kinds = [
      { ...good, specversion: '0' },
      { ...good, type: 'other' },
      { ...good, type: 'credential.compromised.v9' },
      { Type: 'Notification', Message: '{' },
      { ...good, data: { accessKeyId: `cwo${'x'.repeat(40)}` } },
    ];
    const { deadLetters, ...rest } = await deliver('mixed', [...Array.from({ length: 150 }, () => kinds).flat(), good]);
    expect(rest).toMatchObject({ ...SETTLED, lines: 5 });
    expect(deadLetters.map(({ reason }) => reason).toSorted()).toEqual([
      'invalid',
      'secret-like-target',
      'unknown-type',
      'unknown-version',
      'unreadable',
    ]);
    expect(fn.trail(key)).toEqual(['intent:intent', 'outcome:confirmed']);
  });
});
