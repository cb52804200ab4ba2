import { describe, expect, it } from 'vitest';
import { OPEN_MS } from '../../../lib/coreweave/circuit-breaker.ts';
import { createApiClient } from '../../../lib/coreweave/client.ts';
import { callLine, type Turn } from '../../support/memory-api.ts';
import { settingsOf } from '../../support/memory-function.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';

const NEVER = Number.POSITIVE_INFINITY;
const read = (n: number) => ({ call: 'read-key', accessKeyId: `CWCALLER${n}` }) as const;

function open(turn: Turn = {}, changed: Parameters<typeof settingsOf>[0] = {}) {
  const outside = openOutside(1_000_000);
  outside.api.play(() => turn);
  return { ...outside, client: createApiClient(memoryPorts(outside), settingsOf(changed)) };
}

describe('a call', () => {
  it('gets API_TIMEOUT_MS, or what is left when that is less', async () => {
    const { client, clock, api } = open({ takesMs: NEVER }, { apiTimeoutMs: 4_000 });
    const observed = await clock.run(
      Promise.all([client.send(read(1), 1_010_000), client.send(read(2), 1_004_000), client.send(read(3), 1_000_250)]),
    );
    expect(api.calls.map(({ timeoutMs }) => timeoutMs)).toEqual([4_000, 4_000, 250]);
    expect(observed).toEqual([4_000, 4_000, 250].map((latencyMs) => ({ kind: 'fault', fault: 'timeout', latencyMs })));
    expect(clock.now()).toBe(1_004_000);
  });

  it('is not sent when the time has passed while it waited for a place', async () => {
    const { client, clock, api } = open({ takesMs: NEVER }, { apiConcurrency: 1, apiTimeoutMs: 700 });
    const [, second, third] = await clock.run(
      Promise.all([client.send(read(1), 1_001_000), client.send(read(2), 1_001_000), client.send(read(3), 1_001_000)]),
    );
    expect(api.calls.map(({ at, timeoutMs }) => [at, timeoutMs])).toEqual([
      [1_000_000, 700],
      [1_000_700, 300],
    ]);
    expect(second).toEqual({ kind: 'fault', fault: 'timeout', latencyMs: 300 });
    expect(third).toEqual({ kind: 'fault', fault: 'timeout', latencyMs: 0, sent: false });
  });

  it('waits for one of API_CONCURRENCY places, in the order of the asking', async () => {
    const { client, clock, api } = open({ takesMs: 10 }, { apiConcurrency: 3 });
    await clock.run(Promise.all(Array.from({ length: 10 }, (_, n) => client.send(read(n), 2_000_000))));
    expect(api.peak()).toBe(3);
    expect(api.calls.map(({ request }) => callLine(request))).toEqual(
      Array.from({ length: 10 }, (_, n) => `read-key CWCALLER${n}`),
    );
    expect(clock.now()).toBe(1_000_040);
  });
});

describe('the breaker of an instance', () => {
  const trouble = (client: ReturnType<typeof open>['client'], from: number, count: number) => {
    for (let n = from; n < from + count; n += 1) client.reportTarget(`target-${n}`, true);
  };

  it('opens at the fifth different target in trouble, and says so once', () => {
    const { client, log } = open();
    trouble(client, 0, 4);
    client.reportTarget('target-3', true);
    expect([client.tryStart(), client.isCircuitOpen()]).toEqual([true, false]);
    trouble(client, 4, 3);
    expect([client.tryStart(), client.isCircuitOpen()]).toEqual([false, true]);
    expect(log).toEqual([{ level: 'warn', code: 'breaker', fields: { state: 'open' } }]);
  });

  it('is measured when it opens, and not when it closes', async () => {
    const { client, clock, measured } = open();
    trouble(client, 0, 5);
    expect(measured).toEqual([{ kind: 'circuit-opened' }]);
    await clock.pass(OPEN_MS);
    client.tryStart();
    client.reportTarget('target-9', false);
    expect(measured).toEqual([{ kind: 'circuit-opened' }]);
  });

  it('lets nothing be sent while it is open', () => {
    const { client } = open();
    expect(client.canSend(1_010_000)).toBe(true);
    trouble(client, 0, 5);
    expect(client.canSend(1_010_000)).toBe(false);
  });

  it('begins to count anew after any call that fared well', () => {
    const { client, log } = open();
    trouble(client, 0, 4);
    client.reportTarget('target-9', false);
    trouble(client, 4, 4);
    expect([client.tryStart(), log]).toEqual([true, []]);
  });

  it('lets one probe through after its rest, which asking does not use up, and closes when it fares well', async () => {
    const { client, clock, log } = open();
    trouble(client, 0, 5);
    await clock.pass(OPEN_MS - 1);
    expect([client.isCircuitOpen(), client.tryStart()]).toEqual([true, false]);
    await clock.pass(1);
    expect([client.isCircuitOpen(), client.isCircuitOpen(), client.tryStart()]).toEqual([false, false, true]);
    expect([client.isCircuitOpen(), client.tryStart()]).toEqual([true, false]);
    client.reportTarget('target-9', false);
    expect([client.isCircuitOpen(), client.tryStart(), client.tryStart()]).toEqual([false, true, true]);
    expect(log.map(({ fields }) => fields.state)).toEqual(['open', 'closed']);
  });

  it('rests again when the probe fares no better, and lets another through when a probe never reports', async () => {
    const { client, clock } = open();
    trouble(client, 0, 5);
    await clock.pass(OPEN_MS);
    client.tryStart();
    trouble(client, 9, 1);
    expect(client.isCircuitOpen()).toBe(true);
    await clock.pass(OPEN_MS);
    expect([client.tryStart(), client.tryStart()]).toEqual([true, false]);
    await clock.pass(OPEN_MS);
    expect(client.tryStart()).toBe(true);
  });

  it('is each instance’s own', () => {
    const first = open();
    trouble(first.client, 0, 5);
    expect(createApiClient(memoryPorts(first), settingsOf()).tryStart()).toBe(true);
  });
});
