import { PurgeQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fault } from '../../local/coreweave/faults.ts';
import { localSqs } from '../../local/queues.ts';
import { keyLeak } from '../support/event-factory.ts';
import { asksOf, bringBack, deadLettersOf, inWords } from './asks.ts';
import { type SentDeadLetter, type Stack, startStack } from './stack.ts';
import { until } from './wait.ts';

let stack: Stack;
let sqs: SQSClient;
beforeAll(async () => {
  stack = await startStack();
  sqs = localSqs(stack.sqsEndpoint, 1);
});
afterAll(() => {
  sqs.destroy();
  return stack.close();
});

// A test that fails leaves its message behind: it must not come back in the next one.
afterEach(() => sqs.send(new PurgeQueueCommand({ QueueUrl: stack.queues.urgent.url })));

let made = 0;
/** The id of a new live key, and a leak of it by the same name. */
const leak = () => {
  const accessKeyId = `CWMSG${String(made++).padStart(9, '0')}`;
  stack.api.store.add({ accessKeyId, principalName: 'coreweave/owner' });
  return { id: accessKeyId, event: keyLeak({ id: accessKeyId, data: { accessKeyId } }) };
};
const I = 'intent:intent';
const DONE = [I, 'outcome:confirmed'];

/** Has one message delivered once; resolves with what was asked of SQS because of it. */
async function afterwards(act: () => Promise<unknown>) {
  const asked = stack.queueRequests.length;
  await act();
  const settled = () => asksOf(stack.queueRequests, asked).some(({ action }) => action !== 'SendMessageBatch');
  await until('the settlement', () => settled() || undefined);
  await stack.idle();
  return asksOf(stack.queueRequests, asked);
}
const deliver = (body: unknown) =>
  afterwards(() => stack.send('urgent', typeof body === 'string' ? body : JSON.stringify(body)));
const posts = (...ids: readonly string[]) =>
  stack.api.requests
    .filter(({ call, target = '' }) => call === 'revoke-key' && ids.includes(target))
    .map(({ target }) => target);

const sns = (inner: unknown) => ({ Type: 'Notification', Message: JSON.stringify(inner) });
const eventBridge = (inner: unknown) => ({ 'detail-type': 'any', detail: inner });

describe('a message', () => {
  it.each<[string, (event: unknown) => unknown]>([
    ['that is the event', (event) => event],
    ['of SNS', sns],
    ['of EventBridge', eventBridge],
    ['of EventBridge through SNS', (event) => sns(eventBridge(event))],
    ['that is a batch', (event) => [event]],
    ['that is a batch through SNS', (event) => sns([event])],
  ])('%s is unwrapped and acted on', async (_name, wrap) => {
    const { id, event } = leak();
    const asks = await deliver(wrap(event));
    expect(stack.trail(id)).toEqual(DONE);
    expect(inWords(asks)).toEqual(['DeleteMessageBatch urgent']);
    expect(stack.api.store.status(id)).toBe('DELETED');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['whose field is wrong', { data: { accessKeyId: 'CWX' } }, 'invalid'],
    ['of a type of later', { type: 'credential.rotated.v1' }, 'unknown-type'],
    ['of a version of later', { type: 'credential.compromised.v2' }, 'unknown-version'],
  ])(
    'with one event %s among good ones does the good and makes one dead letter of the bad',
    async (_name, bad, reason) => {
      const [first, second] = [leak(), leak()];
      const body = JSON.stringify([first.event, { ...leak().event, ...bad }, second.event]);
      const asks = await deliver(body);
      expect([first, second].map(({ id }) => stack.trail(id))).toEqual([DONE, DONE]);
      expect(inWords(asks)).toEqual(['SendMessageBatch dead-letters', 'DeleteMessageBatch urgent']);
      expect(deadLettersOf(asks)).toMatchObject([
        { v: 1, reason, event: null, raw: { text: body, redacted: false, truncated: false }, attempts: 1, replays: 0 },
      ]);
    },
  );

  it('of which one event must be tried again comes back whole, and makes its dead letter only then', async () => {
    const [good, busy] = [leak(), leak()];
    stack.api.faults.plan('revoke-key', fault.status(500), { target: busy.id });
    const asks = await deliver([good.event, { ...good.event, specversion: '9' }, busy.event]);
    expect(inWords(asks)).toEqual(['ChangeMessageVisibilityBatch urgent']);
    expect(stack.trail(good.id)).toEqual(DONE);
    expect(stack.trail(busy.id)).toEqual([I, 'outcome:unavailable']);

    const then = await afterwards(() => bringBack(sqs, stack.queues.urgent.url, asks));
    expect(inWords(then)).toEqual(['SendMessageBatch dead-letters', 'DeleteMessageBatch urgent']);
    expect(stack.trail(good.id)).toEqual([...DONE, ...DONE]);
    expect(stack.trail(busy.id)).toEqual([I, 'outcome:unavailable', ...DONE]);
  });

  it('with the same key three times asks for it once, and each event has its own record', async () => {
    const { id, event } = leak();
    const asks = await deliver([event, { ...event, id: `${id}-2` }, { ...event, id: `${id}-3` }]);
    expect(posts(id)).toEqual([id]);
    expect([id, `${id}-2`, `${id}-3`].map((each) => stack.trail(each))).toEqual([DONE, DONE, DONE]);
    expect(inWords(asks)).toEqual(['DeleteMessageBatch urgent']);
  });
});

describe('a dead letter that is sent back by hand', () => {
  it('is processed again, counts its replays, and keeps the time when it was first seen', async () => {
    const { id, event } = leak();
    stack.api.faults.plan('revoke-key', fault.status(400), { target: id, times: 2 });
    const [first] = deadLettersOf(await deliver(event));
    const [second] = deadLettersOf(await deliver(first));
    const asks = await deliver(second);

    expect([first, second]).toMatchObject([
      { reason: 'api-rejected', event, replays: 0 },
      { reason: 'api-rejected', event, replays: 1, firstSeen: first?.firstSeen },
    ]);
    const rejected = [I, 'outcome:rejected', 'dead-letter:api-rejected'];
    expect(stack.trail(id)).toEqual([...rejected, ...rejected, ...DONE]);
    expect(inWords(asks)).toEqual(['DeleteMessageBatch urgent']);
    expect(stack.api.store.status(id)).toBe('DELETED');
  });

  it('that holds a text alone is read again as it was received', async () => {
    const { id, event } = leak();
    const text = JSON.stringify([event, 'no event']);
    const [deadLetter] = deadLettersOf(await deliver(text));
    const again = await deliver(deadLetter);
    expect(deadLetter).toMatchObject({ reason: 'invalid', raw: { text } });
    expect(deadLettersOf(again)).toMatchObject([{ reason: 'invalid' }]);
    expect(stack.trail(id)).toEqual([...DONE, ...DONE]);
  });
});

describe('the dead-letter queue', () => {
  it('holds each dead letter that was sent, with attributes that lists and filters can read', async () => {
    const { id, event } = leak();
    stack.api.faults.plan('revoke-key', fault.status(400), { target: id });
    const asks = await deliver(event);
    const [entry] = asks.flatMap(({ queue, entries }) => (queue === 'dead-letters' ? entries : []));
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    expect(entry?.MessageAttributes).toEqual({
      reason: text('api-rejected'),
      lane: text('urgent'),
      sender: text('local'),
      eventType: text('credential.compromised.v1'),
      eventId: text(id),
      source: text('//scanner.example/acme/app'),
    });
    const held: readonly SentDeadLetter[] = await stack.deadLetters();
    expect(held.filter((deadLetter) => deadLetter.event?.id === id)).toEqual([JSON.parse(String(entry?.MessageBody))]);
  });
});
