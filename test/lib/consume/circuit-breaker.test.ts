import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { answer, LOST, page } from '../../support/api-answers.ts';
import { EVENT_MS, keyLeak, offboarded, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { startFunction } from '../../support/memory-function.ts';
import { openOutside } from '../../support/memory-ports.ts';
import { callsOf, stepsOf, trailOf } from '../../support/memory-views.ts';
import { sqsRecord, sqsRecords } from '../../support/record-factory.ts';

const keyOf = (n: number): string => `CWBREAKER${String(n).padStart(5, '0')}`;
const leak = (n: number) => keyLeak({ id: `leak-${n}`, data: { accessKeyId: keyOf(n) } });
const leaks = (from: number, count: number) => sqsRecords(Array.from({ length: count }, (_, n) => leak(from + n)));

/** An instance whose circuit breaker has just opened: for five keys another host than the API answered. */
async function openBreaker(options: Parameters<typeof startFunction>[1] = {}) {
  const outside = openOutside(EVENT_MS);
  for (let n = 0; n < 100; n += 1) outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
  const instance = startFunction(outside, { ...options, settings: { apiConcurrency: 1, ...options.settings } });
  outside.api.play(({ call }) => (call === 'revoke-key' || call === 'can-i' ? { answer: page(301) } : {}));
  await instance.deliver(leaks(0, 5));
  const began = outside.clock.now();
  const seen = outside.api.calls.length;
  outside.steps.length = 0;
  return { outside, instance, since: () => callsOf(outside, began).slice(seen) };
}

describe('while the breaker is open', () => {
  it('nothing is called or recorded, and records go back with their normal backoff', async () => {
    const { outside, instance, since } = await openBreaker();
    expect(await instance.deliver(leaks(10, 3))).toEqual(['m0', 'm1', 'm2']);
    expect(since()).toEqual([]);
    expect(stepsOf(outside)).toEqual(['return handle-0 4', 'return handle-1 4', 'return handle-2 4']);
    expect(outside.log.slice(-3).map(({ fields }) => fields.code)).toEqual([
      'not-started',
      'not-started',
      'not-started',
    ]);
  });

  it('a key’s owner is not asked for either', async () => {
    const { instance, since } = await openBreaker({
      settings: { selfPrincipal: principalName.parse('coreweave/revoker') },
    });
    expect(await instance.deliver(leaks(10, 2))).toEqual(['m0', 'm1']);
    expect(since()).toEqual([]);
  });

  it('nothing is listed for an offboarding', async () => {
    const { outside, instance, since } = await openBreaker();
    outside.store.createKeys(SAML_PRINCIPAL, 2);
    expect(await instance.deliver(sqsRecords([offboarded()], { lane: 'bulk' }))).toEqual(['m0']);
    expect(since()).toEqual([]);
    expect(outside.store.liveKeys(SAML_PRINCIPAL)).toHaveLength(2);
  });

  it('equal leaks leave no intent behind that nothing came of', async () => {
    const { outside, instance } = await openBreaker();
    const twin = keyLeak({ id: 'twin', data: { accessKeyId: keyOf(10) } });
    expect(await instance.deliver(sqsRecords([leak(10), twin]))).toEqual(['m0', 'm1']);
    expect([trailOf(outside, 'leak-10'), trailOf(outside, 'twin')]).toEqual([[], []]);
  });

  it('a message that cannot be read has its dead letter all the same', async () => {
    const { outside, instance } = await openBreaker();
    expect(await instance.deliver(sqsRecords(['nonsense']))).toEqual([]);
    expect(stepsOf(outside)).toEqual(['dead letter unreadable', 'audit dead-letter unreadable']);
  });
});

describe('when the host is wrong', () => {
  it('no more than the calls that are on their way follow the fifth, however many records are at work', async () => {
    const outside = openOutside(EVENT_MS);
    outside.api.play(() => ({ answer: page(301), takesMs: 20 }));
    const { deliver } = startFunction(outside, { settings: { apiConcurrency: 8 } });
    expect(await deliver(leaks(0, 90), 30_000)).toHaveLength(90);
    expect(outside.api.calls.filter(({ request }) => request.call === 'revoke-key')).toHaveLength(5 + 7);
    expect(outside.audit.filter(({ activity_name: name }) => name === 'Revocation Intent')).toHaveLength(5 + 7);
  });
});

describe('a call that nothing answered', () => {
  it.each([
    ['counts if the read-back of its key fails too', true, true],
    ['does not count when its key can be read', false, false],
  ])('%s', async (_name, readsLost, opens) => {
    const outside = openOutside(EVENT_MS);
    for (let n = 0; n < 5; n += 1) outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
    outside.api.play(({ call }) => (call === 'revoke-key' || readsLost ? { answer: LOST } : {}));
    const { deliver, runtime } = startFunction(outside);
    for (let n = 0; n < 5; n += 1) expect(await deliver(leaks(n, 1))).toEqual(['m0']);
    expect(runtime.credentials.isUnavailable()).toBe(opens);
  });
});

describe('read-backs that the rate limit refuses', () => {
  it('do not count: a sender could open the circuit with them', async () => {
    const outside = openOutside(EVENT_MS);
    for (let n = 0; n < 6; n += 1) outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
    const { deliver, runtime } = startFunction(outside);
    await deliver(leaks(5, 1));
    outside.api.play(({ call }) => ({ answer: call === 'revoke-key' ? LOST : answer(429) }));
    for (let n = 0; n < 5; n += 1) expect(await deliver(leaks(n, 1))).toEqual(['m0']);
    expect(runtime.credentials.isUnavailable()).toBe(false);
  });
});

describe('when it opens while equal leaks wait for a slot', () => {
  it('neither is called, and neither leaves an intent behind that nothing came of', async () => {
    const outside = openOutside(EVENT_MS);
    outside.api.play(() => ({ answer: page(301), takesMs: 20 }));
    const twins = ['one', 'two'].map((id) => keyLeak({ id, data: { accessKeyId: keyOf(50) } }));
    const { deliver } = startFunction(outside, { settings: { apiConcurrency: 1 } });
    const records = [...leaks(0, 5), ...twins.map((twin, n) => sqsRecord(5 + n, twin))];
    expect(await deliver(records)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    expect([trailOf(outside, 'one'), trailOf(outside, 'two')]).toEqual([[], []]);
  });
});

describe('after its rest', () => {
  it('one probe goes through, and the others once it fared well', async () => {
    const { outside, instance, since } = await openBreaker();
    outside.api.play(() => ({ takesMs: 10 }));
    await outside.clock.pass(29_000);
    expect(await instance.deliver(leaks(10, 1))).toEqual(['m0']);
    await outside.clock.pass(1_000);
    expect(await instance.deliver(leaks(10, 2))).toEqual([]);
    expect(since().filter((call) => call.includes('revoke'))).toEqual([
      `30000 revoke-key ${keyOf(10)}`,
      `30010 revoke-key ${keyOf(11)}`,
    ]);
  });

  it('one probe goes through, and it alone while the trouble lasts', async () => {
    const { outside, instance, since } = await openBreaker();
    await outside.clock.pass(30_000);
    expect(await instance.deliver(leaks(10, 4))).toEqual(['m0', 'm1', 'm2', 'm3']);
    expect(since()).toEqual([`30000 revoke-key ${keyOf(10)}`, '30000 can-i cwobject:RevokeAccessKeyByAccessKey']);
  });

  it('one probe goes through even when many ask at once', async () => {
    const { outside, instance, since } = await openBreaker({ settings: { apiConcurrency: 8 } });
    outside.api.play(() => ({ takesMs: 10 }));
    await outside.clock.pass(30_000);
    expect(await instance.deliver(leaks(10, 8))).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7']);
    expect(since()).toEqual([`30000 revoke-key ${keyOf(10)}`, `30010 read-key ${keyOf(10)}`]);
  });
});
