import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { createSharedKeyListing } from '../../../lib/consume/shared-key-listing.ts';
import { createCredentials } from '../../../lib/coreweave/credentials.ts';
import { principalTarget } from '../../../lib/model/plan.ts';
import { answer, apiError, LOST, page } from '../../support/api-answers.ts';
import { EVENT_MS, offboarded } from '../../support/event-factory.ts';
import { settingsOf, startFunction } from '../../support/memory-function.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';
import { sqsRecords } from '../../support/record-factory.ts';

/** The inventory of one batch over an empty organization, with calls of 10 ms, and the requested offsets. */
function open(endsAt = 1_000_000) {
  const outside = openOutside(0);
  outside.api.play(() => ({ takesMs: 10 }));
  const credentials = createCredentials(memoryPorts(outside), settingsOf({ apiTimeoutMs: 100 }));
  const offsets = () => outside.api.calls.map(({ request }) => ('offset' in request ? request.offset : request.call));
  return { ...outside, credentials, offsets, keys: createSharedKeyListing(credentials, endsAt) };
}

/** Five read-backs in a row that nothing could read open the circuit breaker. */
function openCircuit({ reportVerification }: ReturnType<typeof open>['credentials']): void {
  for (let n = 0; n < 5; n += 1) reportVerification(principalTarget(principalName.parse(`role/target-${n}`)), false);
}

describe('a listing', () => {
  it('pages to the end and knows the live keys of each owner, byte for byte', async () => {
    const { clock, store, keys, offsets } = open();
    const [mine, yours] = [store.createKeys('saml/a@example.com', 1_500), store.createKeys('saml/A@example.com', 700)];
    const listing = await clock.run(keys.first());
    expect(offsets()).toEqual([0, 992, 1_984]);
    expect(listing?.liveKeys('saml/a@example.com')).toEqual(mine);
    expect(listing?.liveKeys('saml/A@example.com')).toEqual(yours);
    expect(listing?.liveKeys('saml/a')).toEqual([]);
    expect(listing?.begun).toBe(0);
  });

  it.each([
    ['none', 0, [0]],
    ['one page to the last place', 1_000, [0, 992]],
    ['two pages to the last place', 2_000, [0, 992, 1_984]],
  ])('of %s asks until a page is not full', async (_name, count, expected) => {
    const { clock, store, keys, offsets } = open();
    store.createKeys('role/x', count);
    expect((await clock.run(keys.first()))?.liveKeys('role/x')).toHaveLength(count);
    expect(offsets()).toEqual(expected);
  });

  it.each([
    ['ACTIVE', 1],
    ['FULL_SUSPENDED', 1],
    ['READ_ONLY_SUSPENDED', 1],
    ['a status of tomorrow', 1],
    ['DELETED', 0],
    ['EXPIRED', 0],
  ])('counts a key that is %s as %i live one', async (status, live) => {
    const { clock, store, keys } = open();
    store.add({ accessKeyId: 'CWINVENTORY000', principalName: 'role/x', status });
    expect((await clock.run(keys.first()))?.liveKeys('role/x')).toHaveLength(live);
  });

  it('counts a key once that comes on two pages', async () => {
    const { clock, api, keys } = open();
    const row = (n: number) => ({ accessKeyId: `CWTWICE${n}`, principalName: 'role/x', status: 'ACTIVE' });
    const pages = [Array.from({ length: 1_000 }, (_, n) => row(n)), [row(999), row(1_000)]];
    api.play((request) => ({
      answer: answer(200, { info: pages['offset' in request && request.offset > 0 ? 1 : 0] }),
    }));
    expect((await clock.run(keys.first()))?.liveKeys('role/x')).toHaveLength(1_001);
  });

  it('passes over rows that are no keys, and counts them for the page', async () => {
    const { clock, api, keys, offsets } = open();
    const good = { accessKeyId: 'CWGOOD00000000', principalName: 'role/x', status: 'ACTIVE' };
    const rows = [null, 7, 'x', {}, { ...good, status: 1 }, { ...good, accessKeyId: null }, good];
    const filled = [...Array.from({ length: 993 }, () => ({})), ...rows];
    api.play((request) => ({ answer: answer(200, { info: filled.slice('offset' in request ? request.offset : 0) }) }));
    expect((await clock.run(keys.first()))?.liveKeys('role/x')).toEqual(['CWGOOD00000000']);
    expect(offsets()).toEqual([0, 992]);
  });

  it.each([
    ['an error', answer(500)],
    ['that we may not', apiError(403, 7)],
    ['a page of a proxy', page(200)],
    ['a list that is none', answer(200, { info: 'x' })],
    ['text', answer(200, 'x')],
    ['nothing', LOST],
  ])('is none at all when its second page is %s', async (_name, shown) => {
    const { clock, store, api, keys } = open();
    store.createKeys('role/x', 1_500);
    api.play((request) => ('offset' in request && request.offset > 0 ? { answer: shown } : {}));
    expect(await clock.run(keys.first())).toBeUndefined();
  });

  it('that does not end ends with the invocation', async () => {
    const { clock, api, keys } = open(5_000);
    const rowsFrom = (offset: number) =>
      Array.from({ length: 1_000 }, (_, n) => ({ accessKeyId: `CWENDLESS${offset + n}`, principalName: 'role/x' }));
    api.play((request) => ({
      takesMs: 99,
      answer: answer(200, { info: rowsFrom('offset' in request ? request.offset : 0) }),
    }));
    expect(await clock.run(keys.first())).toBeUndefined();
    expect(clock.now()).toBe(5_000);
  });
});

describe('the listing before', () => {
  it('runs once for any number of callers', async () => {
    const { clock, keys, offsets } = open();
    const [first, second] = await clock.run(Promise.all([keys.first(), keys.first()]));
    expect(await clock.run(keys.first())).toBe(first);
    expect(second).toBe(first);
    expect(offsets()).toEqual([0]);
  });

  it('that failed is made again for the next who asks, and not for those who waited with it', async () => {
    const { clock, store, api, keys, offsets } = open();
    store.createKeys('role/x', 1);
    api.play((_request, nth) => (nth === 1 ? { takesMs: 10, answer: answer(500) } : { takesMs: 10 }));
    const waited = await clock.run(Promise.all([keys.first(), keys.first()]));
    expect(waited).toEqual([undefined, undefined]);
    expect((await clock.run(keys.first()))?.liveKeys('role/x')).toHaveLength(1);
    expect(offsets()).toEqual([0, 0]);
  });

  it('is not begun while the breaker rests; one that was made is still good', async () => {
    const { clock, credentials, keys, offsets } = open();
    openCircuit(credentials);
    expect(await clock.run(keys.first())).toBeUndefined();
    await clock.pass(30_000);
    const listing = await clock.run(keys.first());
    openCircuit(credentials);
    expect(await clock.run(keys.first())).toBe(listing);
    expect([listing?.begun, offsets()]).toEqual([30_000, [0]]);
  });
});

describe('a listing after', () => {
  it('is begun after it was asked for, and shared by those who wait for it', async () => {
    const { clock, store, keys, offsets } = open();
    const first = keys.fresh();
    await clock.pass(5);
    store.createKeys('role/x', 1);
    const [second, third] = await clock.run(Promise.all([keys.fresh(), keys.fresh()]));
    const fourth = await clock.run(keys.fresh());
    expect(third).toBe(second);
    expect([(await first)?.liveKeys('role/x'), second?.liveKeys('role/x').length]).toEqual([[], 1]);
    expect([(await first)?.begun, second?.begun, fourth?.begun]).toEqual([0, 10, 20]);
    expect(offsets()).toEqual([0, 0, 0]);
  });

  it('is never the listing before', async () => {
    const { clock, store, keys } = open();
    const before = keys.first();
    store.createKeys('role/x', 1);
    const after = await clock.run(keys.fresh());
    expect(await before).not.toBe(after);
    expect(after?.liveKeys('role/x')).toHaveLength(1);
  });

  it('that failed spoils none that comes later', async () => {
    const { clock, api, keys } = open();
    api.play((_request, nth) => ({ takesMs: 10, ...(nth === 1 ? { answer: LOST } : {}) }));
    expect(await clock.run(keys.fresh())).toBeUndefined();
    expect((await clock.run(keys.fresh()))?.begun).toBe(10);
  });
});

describe('a batch of 100 offboardings with more keys than are looked at one by one', () => {
  const LIMITS = { sourcePer10Minutes: 1_000, sourcePerDay: 1_000, totalPer10Minutes: 1_000, totalPerDay: 1_000 };
  const offboarding = (n: number): string => `saml/offboarding-${n}@example.com`;

  it.each([
    ['three pages', 21, 20, 3],
    ['eleven pages', 105, 20, 3],
    ['three pages, each answer slow', 21, 500, 3],
  ])('lists a few times for all of them (%s)', async (_name, keys, takesMs, listings) => {
    const outside = openOutside(EVENT_MS);
    outside.api.play(() => ({ takesMs }));
    for (let n = 0; n < 100; n += 1) outside.store.createKeys(offboarding(n), keys);
    const { deliver } = startFunction(outside, { settings: { limits: LIMITS } });
    const events = Array.from({ length: 100 }, (_, n) =>
      offboarded({ id: `offboarding-${n}`, data: { principalName: offboarding(n) } }),
    );
    expect(await deliver(sqsRecords(events, { lane: 'bulk' }), 120_000)).toEqual([]);
    const begun = outside.api.calls.filter(({ request }) => 'offset' in request && request.offset === 0);
    expect(begun).toHaveLength(listings);
  });
});
