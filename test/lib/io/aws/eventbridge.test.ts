/** The bus of notices, over real sockets. */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createNoticeBus } from '../../../../lib/io/aws/eventbridge.ts';
import { SDK_SETTINGS, type SdkOverrides } from '../../../../lib/io/aws/sdk.ts';
import { asciiJson } from '../../../../lib/model/json.ts';
import type { Notice } from '../../../../lib/notify/notice.ts';
import { type Answer, json, loopback, silence } from '../../../support/loopback.ts';
import { CREDENTIALS, PLANTED } from '../../../support/sqs-stub.ts';
import { entriesIn, eventBus } from './event-bus-stub.ts';

const BUS = 'arn:aws:events:eu-central-1:000000000000:event-bus/notices';

const notice = (id: string, command = ''): Notice => ({
  specversion: '1.0',
  type: 'revocation.held.v1',
  id,
  source: '//revocation-handler/notices',
  time: '2026-11-23T09:30:00.250Z',
  data: {
    summary: 'Held, needs action, held-limit: saml/a',
    code: 'held-limit',
    detail: '',
    target: 'saml/a',
    mode: 'enforce',
    lane: 'bulk',
    event: { type: 'user.offboarded.v1', source: '//hr.example', id, time: '2026-11-23T09:30:00Z' },
    sender: 'AIDAEXAMPLE',
    runbook: 'RUNBOOK.md#held-limit',
    show: '',
    command,
  },
});

const against = async (answer: Answer, overrides: SdkOverrides = {}) => {
  const server = await loopback(answer);
  const sdk = { endpoint: server.url.origin, region: 'eu-central-1', credentials: CREDENTIALS, ...overrides };
  return { server, bus: createNoticeBus({ bus: BUS, overrides: sdk }) };
};

const ids = (count: number) => Array.from({ length: count }, (_, n) => `n-${n}`);

test('a notice is the whole detail of its entry', async () => {
  const { server, bus } = await against(eventBus());
  await bus.put(notice('n-1'));
  expect(server.seen.flatMap(({ body }) => entriesIn(body))).toEqual([
    {
      EventBusName: BUS,
      Source: 'revocation-handler',
      DetailType: 'revocation.held.v1',
      Time: Date.parse('2026-11-23T09:30:00.250Z') / 1_000,
      Detail: asciiJson(JSON.parse(JSON.stringify(notice('n-1')))),
    },
  ]);
});

test('notices of one turn go ten to a call, in their order', async () => {
  const { server, bus } = await against(eventBus());
  await Promise.all(ids(23).map((id) => bus.put(notice(id))));
  const calls = server.seen.map(({ body }) => entriesIn(body).map(({ Detail }) => JSON.parse(Detail).id));
  expect(calls.map((call) => call.length).toSorted()).toEqual([10, 10, 3].toSorted());
  expect(calls.flat().toSorted()).toEqual(ids(23).toSorted());
  expect(calls.find((call) => call[0] === 'n-10')).toEqual(ids(20).slice(10));
});

test('a call has no more than 256 KiB, as EventBridge counts them', async () => {
  const { server, bus } = await against(eventBus());
  await Promise.all(ids(10).map((id) => bus.put(notice(id, 'x'.repeat(50_000)))));
  const sizes = server.seen.map(({ body }) =>
    entriesIn(body).reduce(
      (sum, { Source, DetailType, Detail }) => sum + 14 + `${Source}${DetailType}${Detail}`.length,
      0,
    ),
  );
  expect(sizes).toHaveLength(2);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(262_144);
});

test('the longest notices that can be made go ten to a call', async () => {
  const longest = (id: string): Notice => {
    const text = '"'.repeat(512);
    const { data } = notice(id, `'${"'\\''".repeat(1_024)}'`);
    const event = { type: text, source: text, id: text, time: text };
    const all = { summary: text, detail: text, target: text, mode: text, lane: text, sender: text, event };
    return { ...notice(id), data: { ...data, ...all, parent: { source: text, id: text } } };
  };
  const { server, bus } = await against(eventBus());
  await Promise.all(ids(10).map((id) => bus.put(longest(id))));
  expect(server.seen.map(({ body }) => entriesIn(body).length)).toEqual([10]);
});

test('an entry that EventBridge refuses or omits rejects with the code and no text of the notice', async () => {
  const codes: Record<string, string> = { 'n-1': 'ThrottlingException', 'n-3': 'silent' };
  const { bus } = await against(eventBus(({ Detail }) => codes[JSON.parse(Detail).id]));
  const results = await Promise.allSettled(ids(4).map((id) => bus.put(notice(id, PLANTED))));
  expect(results).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { name: 'NoticeError', code: 'ThrottlingException' } },
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'unaccounted' } },
  ]);
  expect(inspect(results, { depth: 9, showHidden: true })).not.toContain(PLANTED);
});

test('an entry with an id and an error is not taken', async () => {
  const both = { FailedEntryCount: 1, Entries: [{ EventId: 'e-1', ErrorCode: 'InternalFailure' }] };
  const { bus } = await against(json(200, both));
  await expect(bus.put(notice('n-1'))).rejects.toMatchObject({ code: 'InternalFailure' });
});

const FAST = { ...SDK_SETTINGS.requestHandler, requestTimeout: 40, socketTimeout: 40 };

test.for<readonly [string, Answer, SdkOverrides, string]>([
  ['does not let us', json(400, { __type: 'AccessDeniedException', message: PLANTED }), {}, 'AccessDeniedException'],
  ['says nothing of them', json(200, {}), {}, 'unaccounted'],
  ['hangs', silence, { requestHandler: FAST, maxAttempts: 1 }, 'TimeoutError'],
])('when the bus %s, every promise of the call rejects with the code alone', async ([, answer, overrides, code]) => {
  const { bus } = await against(answer, overrides);
  const results = await Promise.allSettled(ids(2).map((id) => bus.put(notice(id, PLANTED))));
  expect(results).toMatchObject([
    { status: 'rejected', reason: { code } },
    { status: 'rejected', reason: { code } },
  ]);
  expect(inspect(results, { depth: 9, showHidden: true })).not.toContain(PLANTED);
});
