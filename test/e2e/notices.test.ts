/**
 * The built `notify` behind the built `revoke`: what people are told of a leak, a hold and a failure. Needs `npm run
 * build`.
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFunction, type LambdaFunction } from '../../local/function.ts';
import { type Listening, listenOnLoopback } from '../../local/listen.ts';
import { NOTIFY_BUNDLE } from '../../local/variables.ts';
import { type BusEntry, entriesIn, eventBus } from '../lib/io/aws/event-bus-stub.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';
import { logDelivery } from '../support/log-delivery.ts';
import { type Stack, startStack } from './stack.ts';
import { until } from './wait.ts';

const BUS = 'arn:aws:events:us-east-1:000000000000:event-bus/notices';
const [GONE, HELD] = ['CWNOTICE00000001', 'CWNOTICE00000002'];

let stack: Stack;
let bus: Listening;
let notify: LambdaFunction;
const entries: BusEntry[] = [];
const said: string[] = [];
/** Refusals that are still to come. */
let refusals = 0;

beforeAll(async () => {
  stack = await startStack({
    env: { PROTECTED: JSON.stringify([{ accessKeyId: HELD, owner: 'ann', reason: 'production' }]) },
  });
  const answer = eventBus(() => {
    refusals -= 1;
    return refusals >= 0 ? 'ThrottlingException' : undefined;
  });
  bus = await listenOnLoopback(
    createServer(async (request, response) => {
      const body = await text(request);
      entries.push(...entriesIn(body));
      answer(response, { method: '', path: '', headers: request.headers, body }, request);
    }),
  );
  notify = createFunction({
    bundle: NOTIFY_BUNDLE,
    env: {
      AWS_LAMBDA_FUNCTION_NAME: 'notify',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      NOTICE_BUS_ARN: BUS,
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
    },
    timeoutMs: 60_000,
    maximumConcurrency: 1,
    onStdout: (line) => said.push(line),
    onStderr: (line) => said.push(line),
  });
});
afterAll(() => Promise.all([notify, stack, bus].map((each) => each?.close())));

it('tells of each event how it ended, again what the bus refused, and of a repetition under the same ids', async () => {
  stack.api.store.add(...[GONE, HELD].map((accessKeyId) => ({ accessKeyId, principalName: 'coreweave/owner' })));
  const time = new Date().toISOString();
  await stack.send('urgent', JSON.stringify(keyLeak({ id: 'gone', time, data: { accessKeyId: GONE } })));
  await stack.send('urgent', JSON.stringify(keyLeak({ id: "it's held", time, data: { accessKeyId: HELD } })));
  const unmapped = offboarded({ id: 'unmapped', time, data: { identity: { email: 'unknown@example.com' } } });
  await stack.send('bulk', JSON.stringify(unmapped));
  await stack.send('urgent', 'no event');
  await until('what becomes of the four', () => {
    const ends = new Set(stack.audit.map(({ status_detail: code }) => code));
    return ['confirmed', 'held-protected', 'unmappable', 'unreadable'].every((code) => ends.has(code)) || undefined;
  });

  refusals = 1;
  const delivery = logDelivery(stack.output);
  await expect(notify.invoke(logDelivery(['CWL CONTROL MESSAGE'], 'CONTROL_MESSAGE'))).resolves.toBeNull();
  expect(entries).toEqual([]);
  await notify.invoke(delivery);

  const told = entries.slice(1).map(({ Detail }) => JSON.parse(Detail));
  const byEvent = new Map(told.map((notice) => [notice.data.event.id, notice]));
  expect([...byEvent.keys()].toSorted()).toEqual(['gone', "it's held", 'unmapped']);
  expect(byEvent.get('gone')).toMatchObject({
    type: 'revocation.completed.v1',
    data: { summary: `Revoked and verified: ${GONE}`, target: GONE, mode: 'enforce', lane: 'urgent' },
  });
  expect(byEvent.get("it's held")).toMatchObject({
    type: 'revocation.held.v1',
    data: {
      code: 'held-protected',
      target: HELD,
      runbook: 'RUNBOOK.md#held-protected',
      command:
        "npm run -s revoker -- dlq replay --reason=held-protected --source='//scanner.example/acme/app' " +
        `--event-id='it'\\''s held' --approve`,
    },
  });
  expect(byEvent.get('unmapped')).toMatchObject({ type: 'revocation.failed.v1', data: { code: 'unmappable' } });
  const uids = stack.audit.map(({ metadata }) => (metadata as { readonly uid?: string }).uid);
  expect(uids).toEqual(expect.arrayContaining(told.map(({ id }) => id)));
  expect(entries[0]).toMatchObject({ EventBusName: BUS, Source: 'revocation-handler' });

  const before = entries.length;
  await notify.invoke(delivery);
  const again = entries.slice(before).map(({ Detail }) => JSON.parse(Detail));
  expect(again.map(({ id }) => id).toSorted()).toEqual([...new Set(told.map(({ id }) => id))].toSorted());
});

it('fails when the bus takes nothing, so that Lambda comes again, and writes no audit record of its own', async () => {
  refusals = 1_000;
  const lines = stack.output.filter((line) => line.includes('"confirmed"'));
  await expect(notify.invoke(logDelivery(lines))).rejects.toMatchObject({ errorType: 'NotifyError' });
  refusals = 0;
  expect(said.map((line) => JSON.parse(line).code)).toContain('not-put');
  expect(said.filter((line) => line.includes('class_uid'))).toEqual([]);
});

it('refuses to start without its bus', async () => {
  const bare = createFunction({ bundle: NOTIFY_BUNDLE, env: {}, timeoutMs: 5_000, maximumConcurrency: 1 });
  await expect(bare.invoke(logDelivery([]))).rejects.toMatchObject({ errorType: 'ConfigError' });
  await bare.close();
});
