import { describe, expect, it } from 'vitest';
import { accessKeyId, principalName } from '../../../events/ids.ts';
import type { ApiRequest } from '../../../lib/coreweave/api.ts';
import { createApiClient } from '../../../lib/coreweave/client.ts';
import { answer } from '../../support/api-answers.ts';
import { EVENT_MS, KEY_ID, keyLeak, offboarded, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import type { Turn } from '../../support/memory-api.ts';
import { type FunctionOptions, settingsOf, startFunction } from '../../support/memory-function.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';
import { callsOf, deadLettersOf, stepsOf, trailOf } from '../../support/memory-views.ts';
import { sqsRecord, sqsRecords } from '../../support/record-factory.ts';

const read = (n: number) => ({ call: 'read-key', accessKeyId: `CWPACE${n}` }) as const;
const tooMany = (retryAfter?: string): Turn => ({
  answer: answer(429, {}, retryAfter === undefined ? {} : { retryAfter }),
});

/** A client whose first call is refused, and no other. */
async function refusedOnce(turn: Turn, apiConcurrency = 8) {
  const outside = openOutside(EVENT_MS);
  outside.api.play(({ call }) => (call === 'list-keys' ? turn : {}));
  const client = createApiClient(memoryPorts(outside), settingsOf({ apiConcurrency }));
  await outside.clock.run(client.send({ call: 'list-keys', offset: 0 }, EVENT_MS + 10_000));
  const sentAt = () => outside.api.calls.slice(1).map(({ at }) => Math.round(at - EVENT_MS));
  const sendAll = (count: number, endsAt: number) =>
    outside.clock.run(Promise.all(Array.from({ length: count }, (_, n) => client.send(read(n), endsAt))));
  return { ...outside, outside, client, sentAt, sendAll };
}

describe('calls of an instance', () => {
  it('wait for nothing but a place until one was refused', async () => {
    const outside = openOutside(EVENT_MS);
    const { clock, api } = outside;
    const client = createApiClient(memoryPorts(outside), settingsOf());
    api.play(() => ({ takesMs: 10 }));
    await clock.run(Promise.all(Array.from({ length: 80 }, (_, n) => client.send(read(n), EVENT_MS + 1_000))));
    expect(clock.now() - EVENT_MS).toBe(100);
  });

  it('all stop for the Retry-After of one, and go on apart, faster and faster', async () => {
    const { sendAll, sentAt, log } = await refusedOnce(tooMany('2'));
    await sendAll(6, EVENT_MS + 10_000);
    expect(sentAt()).toEqual([2_000, 2_050, 2_097, 2_140, 2_182, 2_220]);
    expect(log).toEqual([{ level: 'warn', code: 'rate', fields: { perSecond: 20 } }]);
  });

  it('stop for a date too, by the API’s own clock', async () => {
    const at = (ms: number) => new Date(EVENT_MS + 3_600_000 + ms).toUTCString();
    const { sendAll, sentAt } = await refusedOnce({ answer: answer(503, {}, { retryAfter: at(3_000), date: at(0) }) });
    await sendAll(1, EVENT_MS + 10_000);
    expect(sentAt()).toEqual([3_000]);
  });

  it('stop for half a minute at most, whatever is asked', async () => {
    const { sendAll, sentAt } = await refusedOnce(tooMany('900'));
    await sendAll(1, EVENT_MS + 60_000);
    expect(sentAt()).toEqual([30_000]);
  });

  it('are rejected at once if their slot would be too late', async () => {
    const { sendAll, sentAt, clock } = await refusedOnce(tooMany('2'));
    const observed = await sendAll(4, EVENT_MS + 2_050);
    expect(sentAt()).toEqual([2_000]);
    expect(observed.slice(1)).toEqual(Array(3).fill({ kind: 'fault', fault: 'timeout', latencyMs: 0, sent: false }));
    expect(clock.now() - EVENT_MS).toBe(2_000);
  });

  it('hold slots only while they run, at most API_CONCURRENCY at once', async () => {
    const { sendAll, api } = await refusedOnce(tooMany(), 2);
    api.play(() => ({ takesMs: 500 }));
    await sendAll(20, EVENT_MS + 100_000);
    expect(api.peak()).toBe(2);
    expect(api.calls).toHaveLength(21);
  });

  it('run in the order of the requests, revocations and reads alike', async () => {
    const { client, outside } = await refusedOnce(tooMany('1'), 1);
    const endsAt = EVENT_MS + 10_000;
    const revoke = { call: 'revoke-key', accessKeyId: accessKeyId.parse(KEY_ID) } as const;
    await outside.clock.run(
      Promise.all([
        client.send(read(1), endsAt),
        client.withSlot(() => client.send(revoke, endsAt), endsAt),
        client.send(read(2), endsAt),
      ]),
    );
    expect(
      callsOf(outside, 0)
        .slice(1)
        .map((line) => line.replace(/^\S+ /, '')),
    ).toEqual(['read-key CWPACE1', `revoke-key ${KEY_ID}`, 'read-key CWPACE2']);
  });
});

describe('a client that was refused', () => {
  const endsAt = EVENT_MS + 10_000;

  it.each<ApiRequest>([
    { call: 'revoke-key', accessKeyId: accessKeyId.parse(KEY_ID) },
    { call: 'revoke-principal', principalName: principalName.parse(PRINCIPAL) },
    { call: 'can-i', action: 'x' },
  ])('takes no second slot for the call of a slot: $call', async (request) => {
    const { client, clock, sentAt } = await refusedOnce(tooMany('1'), 1);
    const send = () => client.withSlot(() => client.send(request, endsAt), endsAt);
    await clock.run(Promise.all([send(), send()]));
    expect(sentAt()).toEqual([1_000, 1_050]);
  });

  it('can send if a slot comes before the end', async () => {
    const { client } = await refusedOnce(tooMany('2'));
    expect([EVENT_MS + 2_000, EVENT_MS + 2_001].map((end) => client.canSend(end))).toEqual([false, true]);
  });

  it('begins no work whose time has passed, although a slot is free', async () => {
    const { client, clock } = await refusedOnce(tooMany('2'));
    await clock.pass(5_000);
    let begun = 0;
    const work = async () => {
      begun += 1;
    };
    await clock.run(client.withSlot(work, EVENT_MS + 5_000));
    expect(begun).toBe(0);
    await clock.run(client.withSlot(work, EVENT_MS + 5_001));
    expect(begun).toBe(1);
  });

  it('is throttled but served once the API has answered another call', async () => {
    const { client, sendAll } = await refusedOnce(tooMany('1'));
    expect(client.isThrottledButServing()).toBe(false);
    await sendAll(1, endsAt);
    expect(client.isThrottledButServing()).toBe(true);
  });

  it('logs one new rate for calls that were refused together', async () => {
    const outside = openOutside(EVENT_MS);
    const client = createApiClient(memoryPorts(outside), settingsOf());
    outside.api.play(() => ({ ...tooMany(), takesMs: 10 }));
    await outside.clock.run(Promise.all([client.send(read(1), endsAt), client.send(read(2), endsAt)]));
    expect(outside.log).toEqual([{ level: 'warn', code: 'rate', fields: { perSecond: 20 } }]);
  });
});

const keyOf = (n: number): string => `CWPACED${String(n).padStart(5, '0')}`;
const leaks = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => keyLeak({ id: `leak-${from + n}`, data: { accessKeyId: keyOf(from + n) } }));

/** Enough for one call, too little for another. */
const NO_TIME_LEFT_MS = 1_000;

/** An instance that was refused its first revocation, with that Retry-After. */
async function paced(retryAfter: string, options: FunctionOptions = {}) {
  const outside = openOutside(EVENT_MS);
  for (let n = 0; n < 200; n += 1) outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
  const instance = startFunction(outside, options);
  outside.api.play(() => tooMany(retryAfter));
  await instance.deliver(sqsRecords(leaks(0, 1)), NO_TIME_LEFT_MS);
  outside.api.play(() => ({}));
  outside.steps.length = 0;
  outside.returned.length = 0;
  return { outside, ...instance };
}

describe('a batch on an instance that was refused', () => {
  it('is revoked once the stop is over, when that is in time', async () => {
    const { outside, deliver } = await paced('5', { settings: { verify: false } });
    expect(await deliver(sqsRecords(leaks(1, 3)))).toEqual([]);
    expect(outside.api.calls.slice(1).map(({ at }) => Math.round(at - EVENT_MS))).toEqual([5_000, 5_050, 5_097]);
  });

  it.each([
    ['urgent', [20, 21, 21]],
    ['bulk', [20, 21, 21]],
  ] as const)('that the stop outlasts goes back untouched (%s), each record to its own turn', async (lane, seconds) => {
    const { outside, deliver } = await paced('20');
    expect(await deliver(sqsRecords(leaks(1, 3), { lane }), 10_000)).toEqual(['m0', 'm1', 'm2']);
    expect(stepsOf(outside)).toEqual(seconds.map((each, n) => `return handle-${n} ${each}`));
    expect(outside.log.slice(-1)).toMatchObject([{ code: 'retry', fields: { code: 'not-started' } }]);
  });

  it('comes back spread over the time in which it can be served, not all at once', async () => {
    const { outside, deliver } = await paced('20');
    await deliver(sqsRecords(leaks(1, 150), { lane: 'bulk' }), 10_000);
    const seconds = outside.returned.map((each) => each.seconds);
    expect([Math.min(...seconds), Math.max(...seconds)]).toEqual([20, 22]);
  });

  it('without a slot before the deadline writes no intent and is retried after its own delay', async () => {
    const { outside, deliver } = await paced('1', { settings: { verify: false } });
    const failed = await deliver(sqsRecords(leaks(1, 60)), 2_250);
    expect(failed.length).toBeGreaterThan(30);
    for (const id of failed) expect(trailOf(outside, `leak-${Number(id.slice(1)) + 1}`)).toEqual([]);
    expect(outside.api.calls.slice(1).every(({ at }) => at < EVENT_MS + 1_500)).toBe(true);
    expect(outside.returned).toHaveLength(failed.length);
    expect(Math.max(...outside.returned.map((each) => each.seconds))).toBe(1);
  });

  it('does not even list for an offboarding while the stop outlasts it', async () => {
    const { outside, deliver } = await paced('20');
    outside.store.createKeys(SAML_PRINCIPAL, 2);
    expect(await deliver(sqsRecords([offboarded()], { lane: 'bulk' }), 10_000)).toEqual(['m0']);
    expect(callsOf(outside, EVENT_MS)).toHaveLength(1);
    expect(outside.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(2);
  });
});

describe('refusals', () => {
  it('open no breaker, however many', async () => {
    const outside = openOutside(EVENT_MS);
    outside.api.play(() => tooMany());
    const { deliver, runtime } = startFunction(outside);
    await deliver(sqsRecords(leaks(0, 40)));
    expect(runtime.credentials.isUnavailable()).toBe(false);
    expect(outside.log.some(({ code }) => code === 'breaker')).toBe(false);
  });
});

describe('a message whose horizon has passed', () => {
  const old = (n: number) => sqsRecord(n, leaks(n, 1)[0], { receiveCount: 9, firstReceived: EVENT_MS - 7 * 3_600_000 });

  it('is tried on while the API serves others and limits us', async () => {
    const { outside, deliver } = await paced('1');
    await deliver(sqsRecords(leaks(1, 1)));
    expect(await deliver([old(2)])).toEqual([]);
    expect([deadLettersOf(outside), trailOf(outside, 'leak-2')]).toEqual([[], ['intent', 'outcome confirmed']]);
  });

  it('gets its dead letter when the API only refuses', async () => {
    const { outside, deliver } = await paced('1');
    outside.api.play(() => tooMany());
    expect(await deliver([old(2)])).toEqual([]);
    expect(deadLettersOf(outside)).toMatchObject([{ reason: 'retries-exhausted' }]);
  });
});
