import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRETS } from '../events/planted-secrets.ts';
import { keyLeak } from '../support/event-factory.ts';
import { asksOf, deadLettersOf, inWords } from './asks.ts';
import { recordOf } from './direct.ts';
import { type Rig, startRig } from './rig.ts';

const RECORDS = 10_000;
const CONNECTIONS = 8;
/** Bodies that no retry can fix, each with the reason of its dead letter. */
const POISON: readonly (readonly [body: string, reason: string])[] = [
  ['', 'unreadable'],
  ['null', 'invalid'],
  ['{', 'unreadable'],
  ['[]', 'unreadable'],
  ['\ud800', 'unreadable'],
  ['"x"', 'invalid'],
  ['{"a":1,"a":2}', 'unreadable'],
  ['['.repeat(10_000), 'unreadable'],
  ['{"specversion":"1.0"}', 'invalid'],
  [`"${'x'.repeat(300_000)}"`, 'oversize'],
  [JSON.stringify(keyLeak({ data: { accessKeyId: 'CW*' } })), 'invalid'],
  [JSON.stringify(keyLeak({ data: { accessKeyId: SECRETS['key secret'] } })), 'secret-like-target'],
  [JSON.stringify(keyLeak({ type: 'credential.rotated.v1' })), 'unknown-type'],
  [JSON.stringify(keyLeak({ type: 'credential.compromised.v2' })), 'unknown-version'],
  [JSON.stringify({ Type: 'Notification', Message: 'text' }), 'unreadable'],
];

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

describe('10,000 records in one batch, one in a hundred poisoned', () => {
  it('loses no message, dead-letters only poison, and calls once for each other message', async () => {
    const { api, queues } = rig;
    const fn = rig.start({ API_CONCURRENCY: String(CONNECTIONS) }, 120_000);
    const poison = new Map<string, string>();
    const keys: string[] = [];
    const Records = Array.from({ length: RECORDS }, (_, n) => {
      const id = `CWBURST${String(n).padStart(7, '0')}`;
      const [body, reason] = (n % 100 === 50 ? POISON[Math.floor(n / 100) % POISON.length] : undefined) ?? [];
      if (reason === undefined) keys.push(id);
      else poison.set(id, reason);
      return recordOf(id, body ?? JSON.stringify(keyLeak({ id, data: { accessKeyId: id } })), queues.urgent.arn);
    });
    api.store.add(...Records.map(({ messageId }) => ({ accessKeyId: messageId, principalName: 'coreweave/owner' })));

    expect(await fn.invoke({ Records })).toEqual({ batchItemFailures: [] });

    const asks = asksOf(rig.queueRequests);
    expect(new Set(inWords(asks))).toEqual(new Set(['SendMessageBatch dead-letters']));
    const deadLetters = deadLettersOf(asks).map(({ messageId, reason }) => [messageId, reason]);
    expect(deadLetters.toSorted()).toEqual([...poison].toSorted());
    expect(poison.size).toBe(RECORDS / 100);

    expect(keys.filter((id) => api.store.status(id) !== 'DELETED')).toEqual([]);
    expect([...poison.keys()].filter((id) => api.store.status(id) !== 'ACTIVE')).toEqual([]);
    const posts = api.requests.filter(({ call }) => call === 'revoke-key').map(({ target }) => target);
    expect(posts.toSorted()).toEqual(keys);
    const trails = Object.groupBy(fn.audit, ({ metadata }) => metadata.correlation_uid ?? 'none');
    const confirmed = keys.filter(
      (id) => trails[id]?.map(({ status_detail }) => status_detail).join() === 'intent,confirmed',
    );
    expect(confirmed).toHaveLength(keys.length);
    expect(api.peak.connections).toBe(CONNECTIONS);
  }, 120_000);
});
