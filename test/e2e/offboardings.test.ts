import { PurgeQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../local/coreweave/faults.ts';
import { localSqs } from '../../local/queues.ts';
import { offboarded } from '../support/event-factory.ts';
import { type Ask, asksOf, bringBack, checksOf, deadLettersOf, inWords, visibilitiesOf } from './asks.ts';
import { ROWS, type Row } from './offboarding-rows.ts';
import { type Stack, startStack } from './stack.ts';
import { until } from './wait.ts';

const ASKS: Readonly<Record<Row['end'], readonly string[]>> = {
  done: ['DeleteMessageBatch bulk'],
  checked: ['SendMessageBatch bulk', 'DeleteMessageBatch bulk'],
  dead: ['SendMessageBatch dead-letters', 'DeleteMessageBatch bulk'],
  retry: ['ChangeMessageVisibilityBatch bulk'],
};
const DEAD_LETTERS: Readonly<Partial<Record<Call, string>>> = {
  'list-keys': 'L',
  'revoke-principal': 'P',
  'read-key': 'R',
  'can-i': 'C',
};

let stack: Stack;
let sqs: SQSClient;
beforeAll(async () => {
  stack = await startStack({ env: { PRINCIPAL_TEMPLATES: '["saml/{email}"]' } });
  sqs = localSqs(stack.sqsEndpoint, 1);
});
afterAll(() => {
  sqs.destroy();
  return stack.close();
});

// A row that fails leaves its message behind: it must not come back in the next one.
afterEach(() => sqs.send(new PurgeQueueCommand({ QueueUrl: stack.queues.bulk.url })));

let called = 0;
beforeEach(() => {
  called = stack.api.requests.length;
});

/** Does something on the bulk lane, once; resolves with what was asked of SQS because of it. */
async function afterwards(act: () => Promise<unknown>): Promise<readonly Ask[]> {
  const before = stack.queueRequests.length;
  await act();
  const settled = ({ action, queue }: Ask) => queue === 'bulk' && action !== 'SendMessageBatch';
  await until('the settlement', () => asksOf(stack.queueRequests, before).some(settled) || undefined);
  await stack.idle();
  return asksOf(stack.queueRequests, before);
}
const leave = (id: string, data: object) =>
  afterwards(() => stack.send('bulk', JSON.stringify(offboarded({ id, time: new Date().toISOString(), data }))));
const callsMade = () =>
  stack.api.requests
    .slice(called)
    .map(({ call }) => DEAD_LETTERS[call])
    .join('');

describe('an offboarding', () => {
  it.each(ROWS.map((row, index) => ({ keys: 0, faults: [], left: 0, ...row, id: `offboarding-${index}` })))(
    '$name',
    async ({ id, keys, faults, trail, calls, end, left }) => {
      const principalName = `saml/${id}@example.com`;
      stack.api.store.createKeys(principalName, keys);
      for (const [call, planned] of faults) stack.api.faults.plan(call, planned);

      const asks = await leave(id, { principalName });

      expect({ trail: stack.trail(id), calls: callsMade(), asks: inWords(asks) }).toEqual({
        trail,
        calls,
        asks: ASKS[end],
      });
      expect(stack.api.store.liveKeys(principalName)).toHaveLength(left);
      const posts = stack.api.requests.slice(called).filter(({ call }) => call === 'revoke-principal');
      expect(posts.map(({ body }) => body)).toEqual(posts.map(() => ({ principalName })));
      expect(checksOf(asks)).toMatchObject(
        end === 'checked' ? [{ seconds: 60, data: { parent: { id }, principalName, generation: 1 } }] : [],
      );
      expect(deadLettersOf(asks)).toMatchObject(
        end === 'dead' ? [{ reason: 'api-rejected', event: { id }, lane: 'bulk', lastStatus: 400 }] : [],
      );
      if (end !== 'retry') return;

      const [seconds] = visibilitiesOf(asks);
      expect(seconds).toBeGreaterThanOrEqual(15);
      expect(seconds).toBeLessThanOrEqual(30);
      const then = await afterwards(() => bringBack(sqs, stack.queues.bulk.url, asks));
      expect(inWords(then)).toEqual(ASKS.checked);
      expect(stack.trail(id)).toEqual([...trail, 'intent:intent', 'outcome:confirmed']);
      expect(stack.api.store.liveKeys(principalName)).toEqual([]);
    },
  );

  it('named by a person is not asked for when the principal has no live key', async () => {
    const asks = await leave('person', { identity: { email: 'unknown@example.com' } });
    expect(stack.trail('person')).toEqual(['outcome:no-keys']);
    expect(callsMade()).toBe('L');
    expect(inWords(asks)).toEqual(ASKS.done);
  });

  it('that comes twice is a duplicate the second time, and keys issued since live on', async () => {
    const data = { principalName: 'saml/twice@example.com' };
    const body = JSON.stringify(offboarded({ id: 'twice', time: new Date().toISOString(), data }));
    stack.api.store.createKeys(data.principalName);
    await afterwards(() => stack.send('bulk', body));
    const [issued] = stack.api.store.createKeys(data.principalName);
    const asks = await afterwards(() => stack.send('bulk', body));
    expect(stack.trail('twice')).toEqual(['intent:intent', 'outcome:confirmed', 'outcome:duplicate']);
    expect(inWords(asks)).toEqual(ASKS.done);
    expect(stack.api.store.liveKeys(data.principalName)).toEqual([issued]);
  });

  it('is audited with the keys before and after', async () => {
    stack.api.store.createKeys('saml/record@example.com', 2);
    await leave('record', { principalName: 'saml/record@example.com' });
    const outcome = stack.audit.findLast(({ metadata }) => metadata.correlation_uid === 'record');
    expect(outcome?.unmapped).toMatchObject({
      verified_by: 'read-back',
      keys_before: { count: 2 },
      keys_after: { count: 0 },
    });
  });
});
