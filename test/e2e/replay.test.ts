/**
 * The built replay function on real queues and a real ledger, without an API and without its token. Needs `npm run
 * build`.
 */
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeadLetterQueue } from '../../lib/io/sqs/inbox.ts';
import type { OutgoingMessage } from '../../lib/ports.ts';
import type { ReplayReport } from '../../lib/replay/rules.ts';
import { createFunction, type LambdaFunction } from '../../local/function.ts';
import { type QueueServer, startQueueServer } from '../../local/queue-server.ts';
import { createQueues, localSqs, type Queues } from '../../local/queues.ts';
import { actAs, OWN_ROLES, REPLAY_BUNDLE } from '../../local/variables.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { withoutLongPolls } from '../support/long-polls.ts';
import { deadLetterOf } from '../support/replay-stage.ts';
import type { QueueRequest } from './asks.ts';
import { type AuditLine, stepsIn } from './stack.ts';

const nothing = { replayed: 0, skipped: 0, refused: 0, failed: 0 };
const SEND_AT_ONCE = 10;
const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const requests: QueueRequest[] = [];
const audit: AuditLine[] = [];
const log: string[] = [];
let server: QueueServer;
let queues: Queues;
let sqs: SQSClient;
let fn: LambdaFunction;

const variables = (): Record<string, string> => ({
  MODE: 'enforce',
  URGENT_QUEUE_URL: queues.urgent.url,
  BULK_QUEUE_URL: queues.bulk.url,
  DEAD_LETTER_QUEUE_URL: queues.deadLetters.url,
  LEDGER_TABLE: 'ledger',
  OWN_ROLES,
  ...actAs('replay'),
  AWS_ENDPOINT_URL_SQS: server.endpoint,
  // The ledger refuses connections: leaked keys do not need it.
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
});

beforeEach(async () => {
  for (const list of [requests, audit, log]) list.length = 0;
  server = await startQueueServer({
    onRequest(request) {
      withoutLongPolls(request);
      requests.push(request);
    },
  });
  queues = await createQueues(server.endpoint);
  sqs = localSqs(server.endpoint);
  fn = createFunction({
    bundle: REPLAY_BUNDLE,
    env: variables(),
    timeoutMs: 240_000,
    maximumConcurrency: 2,
    onStdout: (line) => audit.push(...stepsIn(line)),
    onStderr: (line) => log.push(line),
  });
});
afterEach(async () => {
  await fn.close();
  sqs.destroy();
  await server.close();
});

const invoke = async (request: object): Promise<ReplayReport> =>
  JSON.parse(JSON.stringify(await fn.invoke({ operator: 'ann', ...request })));

/** Puts dead letters on the dead-letter queue, ten a request. */
async function post(deadLetters: readonly Pick<OutgoingMessage, 'body'>[]): Promise<void> {
  for (let from = 0; from < deadLetters.length; from += SEND_AT_ONCE) {
    const batch = deadLetters.slice(from, from + SEND_AT_ONCE);
    const Entries = batch.map(({ body }, index) => ({ Id: String(index), MessageBody: body }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queues.deadLetters.url, Entries }));
  }
  requests.length = 0;
}

const leak = (n: number) => deadLetterOf(keyLeak({ id: `leak-${String(n).padStart(4, '0')}` }));

/** The ids of the events that a lane was sent, sorted. */
const sentTo = (lane: 'urgent' | 'bulk'): readonly string[] =>
  requests
    .flatMap(({ action, body }): readonly { readonly MessageBody: string }[] => {
      const { QueueUrl, Entries } = JSON.parse(JSON.stringify(body));
      return action === 'SendMessageBatch' && QueueUrl === queues[lane].url ? Entries : [];
    })
    .map(({ MessageBody }) => JSON.parse(MessageBody).id)
    .toSorted();
const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `leak-${String(from + n).padStart(4, '0')}`);
/** What is on the dead-letter queue. */
const left = () =>
  createDeadLetterQueue({ url: queues.deadLetters.url, overrides: { endpoint: server.endpoint, ...LOCAL } }).depth();
const codes = () => audit.map(({ status_detail }) => status_detail);

describe('a thousand dead letters', { timeout: 240_000 }, () => {
  it('are replayed if they match; the others are audited and stay', async () => {
    const kinds = [
      leak(0),
      deadLetterOf(keyLeak({ id: 'unmeant' }), { reason: 'unconfirmed' }),
      deadLetterOf(offboarded({ id: 'other lane' }), { lane: 'bulk' }),
      deadLetterOf(keyLeak({ id: 'elsewhere', source: '//other.example' })),
    ];
    await post(
      Array.from({ length: 1_000 }, (_, n) => kinds[n % 4] ?? leak(n)).map((deadLetter, n) =>
        n % 4 === 0 ? leak(n) : deadLetter,
      ),
    );
    const filter = {
      reason: 'api-rejected',
      source: '//scanner.example/acme/app',
      lane: 'urgent',
      eventType: 'credential.compromised.v1',
    };
    const report = await invoke(filter);
    expect(report).toMatchObject({ ended: 'complete', results: { ...nothing, replayed: 250, skipped: 750 } });
    expect(sentTo('urgent')).toEqual(ids(0, 1_000).filter((_, n) => n % 4 === 0));
    const counts = Object.groupBy(codes(), (code) => code);
    expect([counts.intent?.length, counts.sent?.length, counts['not-matched']]).toEqual([250, 250, undefined]);
    expect(
      new Set(
        audit.map(({ unmapped }) =>
          JSON.stringify([Object(unmapped.replay).operation_id, Object(unmapped.replay).operator]),
        ),
      ),
    ).toEqual(new Set([JSON.stringify([report.operationId, { claimed: true, name: 'ann' }])]));
    expect(await left()).toEqual({ visible: 750, hidden: 0 });
  });

  it('are each sent once by two replays at once', async () => {
    await post(Array.from({ length: 1_000 }, (_, n) => leak(n)));
    const reports = await Promise.all([invoke({}), invoke({})]);
    expect(reports.map(({ ended }) => ended)).toEqual(['complete', 'complete']);
    expect(reports.reduce((sum, { results }) => sum + results.replayed, 0)).toBe(1_000);
    expect(Math.min(...reports.map(({ results }) => results.replayed))).toBeGreaterThan(0);
    expect(sentTo('urgent')).toEqual(ids(0, 1_000));
    expect(await left()).toEqual({ visible: 0, hidden: 0 });
  });
});

describe('the replay function', () => {
  it('ends in time, keeps nothing hidden, and the next invocation goes on', async () => {
    await post(Array.from({ length: 30 }, (_, n) => leak(n)));
    const quick = createFunction({ bundle: REPLAY_BUNDLE, env: variables(), timeoutMs: 4_000, maximumConcurrency: 1 });
    const first = JSON.parse(JSON.stringify(await quick.invoke({ operator: 'ann', ratePerSecond: 5 })));
    await quick.close();
    expect(first).toMatchObject({ ended: 'time', results: { skipped: 0, refused: 0, failed: 0 } });
    expect(first.results.replayed).toBeGreaterThan(2);
    expect(first.results.replayed).toBeLessThan(12);
    expect(await invoke({})).toMatchObject({
      ended: 'complete',
      results: { ...nothing, replayed: 30 - first.results.replayed },
    });
    expect(sentTo('urgent')).toEqual(ids(0, 30));
  });

  it('keeps refused dead letters, reports a failed deletion, and replays all in the next run', async () => {
    await post(Array.from({ length: 4 }, (_, n) => leak(n)));
    server.faults.next('SendMessageBatch', { failedEntries: 'all' }, { queue: 'revocation-urgent' });
    server.faults.next('SendMessageBatch', { status: 429 }, { times: 3, queue: 'revocation-urgent' });
    server.faults.next('DeleteMessageBatch', { failedEntries: 'all' });
    expect((await invoke({})).reasons).toEqual({ 'api-rejected': { 'not-sent': 2, 'not-removed': 1, sent: 1 } });
    expect(codes()).toEqual(['intent', 'not-sent', 'intent', 'not-sent', 'intent', 'not-removed', 'intent', 'sent']);
    requests.length = 0;
    expect((await invoke({})).results).toEqual({ ...nothing, replayed: 3 });
    expect(await left()).toEqual({ visible: 0, hidden: 0 });
  });

  it('refuses a request that it does not understand before it looks at any dead letter', async () => {
    await post([leak(0)]);
    await expect(fn.invoke({ reasons: 'crashed', operator: 'ann' })).rejects.toMatchObject({
      errorType: 'ReplayRequestError',
      message: expect.stringMatching(/^request-invalid: expected an object with reason, source/),
    });
    expect(requests).toEqual([]);
  });
});
