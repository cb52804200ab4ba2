import { describe, expect, it } from 'vitest';
import { processBatch } from '../../../lib/consume/batch.ts';
import { answer, OK } from '../../support/api-answers.ts';
import { EVENT_MS, keyLeak, offboarded, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { type FunctionOptions, startFunction } from '../../support/memory-function.ts';
import { openOutside, type Step } from '../../support/memory-ports.ts';
import { callsOf, stepsOf, trailOf } from '../../support/memory-views.ts';
import { invocationContext, LANES, sqsRecord, sqsRecords } from '../../support/record-factory.ts';

const NEVER = Number.POSITIVE_INFINITY;
const keyOf = (n: number): string => `CWDEADLINE${String(n).padStart(5, '0')}`;
const leak = (n: number) => keyLeak({ id: `leak-${n}`, data: { accessKeyId: keyOf(n) } });
const leaks = (count: number) => Array.from({ length: count }, (_, n) => leak(n));
const ids = (count: number) => Array.from({ length: count }, (_, n) => `m${n}`);

function open(options: FunctionOptions = {}) {
  const outside = openOutside(EVENT_MS);
  for (let n = 0; n < 100; n += 1) outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
  const returns = () => outside.returned.map(({ receiptHandle, seconds }) => `${receiptHandle} ${seconds}`);
  return { outside, returns, passed: () => outside.clock.now() - EVENT_MS, ...startFunction(outside, options) };
}

/** A step at that port is never answered. */
const hanging = (...ports: readonly Step['port'][]) => ({
  meddle: ({ port }: Step) => (ports.includes(port) ? new Promise<never>(() => undefined) : undefined),
});

describe('750 ms before Lambda would end it', () => {
  it('a call in flight is ended, its effect is called unknown, and its record comes back', async () => {
    const { outside, deliver, passed, returns } = open();
    outside.api.play(() => ({ takesMs: NEVER }));
    expect(await deliver(sqsRecords([leak(0)]), 5_000)).toEqual(['m0']);
    expect(outside.api.calls).toMatchObject([{ timeoutMs: 4_250 }]);
    expect(trailOf(outside, 'leak-0')).toEqual(['intent', 'outcome unknown']);
    expect([returns(), passed()]).toEqual([['handle-0 4'], 4_250]);
  });

  it('each call before has had API_TIMEOUT_MS, or what was left', async () => {
    const { outside, deliver } = open({ settings: { apiTimeoutMs: 1_500, apiConcurrency: 1 } });
    outside.api.play(({ call }) => (call === 'revoke-key' ? { answer: OK, takesMs: NEVER } : { takesMs: 10 }));
    expect(await deliver(sqsRecords(leaks(3)), 6_000)).toEqual(['m0', 'm1', 'm2']);
    expect(outside.api.calls.map(({ request, timeoutMs }) => `${request.call} ${timeoutMs}`)).toEqual([
      ...['revoke-key 1500', 'revoke-key 1500', 'revoke-key 1500'],
      ...['read-key 750', 'read-key 740', 'read-key 730', 'revoke-key 665'],
    ]);
  });

  it.each([
    ['urgent', 0],
    ['bulk', 5],
  ] as const)('%s records that were not started become visible after %i s', async (lane, seconds) => {
    const { outside, deliver, returns, passed } = open({ settings: { apiConcurrency: 2 } });
    outside.api.play(() => ({ takesMs: NEVER }));
    expect(await deliver(sqsRecords(leaks(6), { lane }), 5_000)).toEqual(ids(6));
    expect(returns()).toEqual(expect.arrayContaining([2, 3, 4, 5].map((n) => `handle-${n} ${seconds}`)));
    expect(outside.api.calls).toHaveLength(2);
    expect([trailOf(outside, 'leak-2'), passed()]).toEqual([[], 4_250]);
  });

  it('so do those that were to run last and alone', async () => {
    const { outside, deliver, returns } = open();
    outside.api.play(() => ({ takesMs: NEVER }));
    const records = [
      sqsRecord(0, leak(0), { receiveCount: 20 }),
      sqsRecord(1, leak(1)),
      sqsRecord(2, leak(2), { receiveCount: 30 }),
    ];
    expect(await deliver(records, 5_000)).toEqual(['m0', 'm1', 'm2']);
    expect(returns().slice(0, 2)).toEqual(['handle-0 0', 'handle-2 0']);
  });

  it.each([749, 750, 100, 1, 0, -500])('nothing is started in an invocation of %i ms', async (remainingMs) => {
    const { outside, deliver } = open();
    const failed = await deliver(sqsRecords([leak(0), 'nonsense', leak(2)]), remainingMs);
    expect(failed).toEqual(ids(3));
    expect(stepsOf(outside).filter((line) => !line.startsWith('return'))).toEqual([]);
  });

  it('what was not started goes back even while what was hangs, however much there is', async () => {
    const outside = openOutside(EVENT_MS);
    const { deliver } = startFunction(outside, {
      meddle: ({ port }, moment) => {
        if (port === 'audit') return new Promise(() => undefined);
        return port === 'return' && moment === 'before' ? outside.clock.sleep(100) : undefined;
      },
    });
    expect(await deliver(sqsRecords(leaks(1_000), { lane: 'bulk' }), 20_000)).toEqual(ids(1_000));
    expect(outside.returned.map(({ receiptHandle }) => receiptHandle)).toEqual(
      Array.from({ length: 900 }, (_, n) => `handle-${n + 100}`),
    );
    expect(outside.clock.now() - EVENT_MS).toBe(19_750);
  });
});

describe('the end of an invocation', () => {
  it('gives a record back once, also when timers end a moment early', async () => {
    const { outside, runtime, returns } = open({ settings: { apiConcurrency: 1 } });
    outside.api.play(() => ({ answer: answer(500), takesMs: 4_249 }));
    const sleep = (ms: number, signal?: AbortSignal) => outside.clock.sleep(ms - 1, signal);
    const ports = { ...runtime.ports, clock: { ...outside.clock, sleep } };
    const event = { Records: [sqsRecord(0, leak(0)), sqsRecord(1, leak(1), { receiveCount: 20 })] };
    const context = invocationContext(outside.clock, 5_000);
    await outside.clock.run(processBatch({ runtime: { ...runtime, ports }, lanes: LANES }, event, context));
    expect(returns()).toEqual(['handle-1 0', 'handle-0 4']);
  });

  it.each([
    ['says nothing about the API: calls that it ended open no breaker', 5_000, false],
    ['is not what ends calls that have had their time: those open it', 60_000, true],
  ])('%s', async (_name, remainingMs, opens) => {
    const { outside, deliver, runtime } = open({ settings: { apiTimeoutMs: 5_000 } });
    outside.api.play(() => ({ answer: OK, takesMs: NEVER }));
    await deliver(sqsRecords(leaks(5)), remainingMs);
    expect(runtime.credentials.isUnavailable()).toBe(opens);
  });
});

describe('whatever hangs', () => {
  const events = [leak(0), offboarded({ id: 'offboarding' }), 'nonsense', leak(3)];

  it.each<[string, readonly Step['port'][], readonly string[]]>([
    ['the audit', ['audit'], ['m0', 'm1', 'm2', 'm3']],
    ['the ledger', ['table'], ['m1']],
    ['the dead-letter queue', ['dead-letters'], ['m2']],
    ['the lanes', ['send', 'return'], ['m1']],
    ['the scheduler', ['schedules'], []],
    ['the API', ['api'], ['m0', 'm1', 'm3']],
    ['everything', ['audit', 'table', 'dead-letters', 'send', 'return', 'schedules', 'api'], ['m0', 'm1', 'm2', 'm3']],
  ])(
    '%s: the answer is out a quarter of a second before Lambda’s end, and what was settled stays so',
    async (_name, ports, failed) => {
      const { outside, deliver, passed } = open(hanging(...ports));
      outside.store.createKeys(SAML_PRINCIPAL, 1);
      expect(await deliver(sqsRecords(events), 10_000)).toEqual(failed);
      expect(passed()).toBeLessThanOrEqual(9_750);
    },
  );

  it('nothing is waited for beyond what there is to do', async () => {
    const { outside, deliver, passed } = open();
    outside.api.play(() => ({ takesMs: 30 }));
    await deliver(sqsRecords([leak(0), 'nonsense']), 900_000);
    expect([passed(), outside.clock.waiting()]).toEqual([60, 0]);
  });

  it('a record of many events takes no more time than is left', async () => {
    const { outside, deliver, passed } = open({ settings: { apiTimeoutMs: 2_000 } });
    outside.api.play(() => ({ takesMs: NEVER }));
    expect(await deliver([sqsRecord(0, leaks(100))], 30_000)).toEqual(['m0']);
    expect(passed()).toBeLessThanOrEqual(29_250);
    expect(callsOf(outside, EVENT_MS).every((call) => Number.parseInt(call, 10) <= 29_250)).toBe(true);
  });
});
