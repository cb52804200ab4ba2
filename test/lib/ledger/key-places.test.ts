/** Keys that do not exist, and others that were not revoked, give their places in the limits back: exactly once. */
import { describe, expect, it } from 'vitest';
import { FREE_KEYS, type KeyLimits, MAX_UNCOUNTED_KEYS } from '../../../lib/ledger/key-limits.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { admitAll, count, kinds, LIMITS, openLimits, placeOf } from '../../support/key-limits.ts';

describe('the place of a key that was not revoked', () => {
  /** Takes a place for each id and leaves it, as for ids that do not exist. */
  const invent = async (limits: KeyLimits, ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const place = placeOf(limits, id);
      await place.admit();
      await place.leave();
    }
  };
  /** An instance whose free keys are used up. */
  const started = async (start: () => KeyLimits, from: number): Promise<KeyLimits> => {
    const limits = start();
    await admitAll(limits, count(FREE_KEYS, from));
    return limits;
  };
  const FULL = { admitted: 20, over: 80, unavailable: 0 };

  it('is given back, without the ledger as with it: 2,500 invented ids hold no real one', async () => {
    const { calls, start } = openLimits();
    const limits = start();
    await invent(limits, count(2_500));
    expect(calls).toEqual([]);
    await admitAll(limits, count(FREE_KEYS, 5_000));
    await invent(limits, count(2_500));
    expect(kinds(await admitAll(limits, count(100, 6_000)))).toEqual(FULL);
  });

  it('is one of the free ones of its sender, if it was one', async () => {
    const { calls, start } = openLimits();
    const limits = start();
    const places = count(FREE_KEYS).map((id) => placeOf(limits, id));
    for (const place of places) await place.admit();
    await places[0]?.leave();
    await placeOf(limits, 'CWNEXT').admit();
    expect(calls).toEqual([]);
    await placeOf(limits, 'CWLAST').admit();
    expect(calls).toContain('increment');
  });

  it('is given back once, however often the run leaves it', async () => {
    const limits = await started(openLimits().start, 900);
    const place = placeOf(limits, 'CWONE');
    await place.leave();
    await place.admit();
    for (const _ of count(5)) await place.leave();
    expect(kinds(await admitAll(limits, count(100)))).toEqual(FULL);
  });

  it('stays taken while another run of the same instance relies on it', async () => {
    const limits = await started(openLimits().start, 900);
    const [one, other] = [placeOf(limits, 'CWONE'), placeOf(limits, 'CWONE')];
    await Promise.all([one.admit(), other.admit()]);
    await one.leave();
    expect(kinds(await admitAll(limits, count(100)))).toEqual({ ...FULL, admitted: 19, over: 81 });
    await other.leave();
    expect((await placeOf(limits, 'CWTWO').admit()).kind).toBe('admitted');
  });

  it.each([
    ['in turn', 1],
    ['at the same moment', 20],
  ])('stays taken while another instance relies on it: both report the keys %s', async (_name, atOnce) => {
    const { start } = openLimits();
    const [one, other] = [await started(start, 900), await started(start, 950)];
    const ids = count(10);
    const [ofOne, ofOther] = [one, other].map((limits) => ids.map((id) => placeOf(limits, id)));
    const admit = (n: number) => [ofOne?.[n]?.admit(), ofOther?.[n]?.admit()];
    if (atOnce === 1) for (const n of ids.keys()) for (const admission of admit(n)) await admission;
    else await Promise.all([...ids.keys()].flatMap(admit));
    // The first instance was refused for all keys, the other has revoked the first half.
    await Promise.all([...(ofOne ?? []), ...(ofOther ?? []).slice(5)].map((place) => place.leave()));
    expect(kinds(await admitAll(start(), count(100, 100)))).toEqual({
      admitted: 15 + FREE_KEYS,
      over: 80,
      unavailable: 0,
    });
  });

  it('stays taken by a later report of a key that was revoked, although the API knows it no longer', async () => {
    const { start } = openLimits();
    const limits = await started(start, 900);
    expect(kinds(await admitAll(limits, count(20)))).toMatchObject({ admitted: 20 });
    await invent(limits, count(20));
    await invent(await started(start, 950), count(20));
    expect(kinds(await admitAll(limits, count(20, 500)))).toMatchObject({ over: 20 });
  });

  it.each(['down', 'hangs'] as const)('stays taken while the ledger is %s, within a bounded time', async (ledger) => {
    const { time, start } = openLimits();
    const limits = await started(start, 900);
    const places = count(20).map((id) => placeOf(limits, id));
    await Promise.all(places.map((place) => place.admit()));
    time.ledger = ledger;
    for (const place of places) await place.leave();
    expect(time.now - EVENT_MS).toBeLessThanOrEqual(2_000);
    time.ledger = 'up';
    time.now += 10_000;
    expect(kinds(await admitAll(limits, count(20, 500)))).toMatchObject({ over: 20 });
  });

  it('stays taken when the SDK repeats each write, whose answers are lost: no other place is given back', async () => {
    const { start } = openLimits(LIMITS, { repeats: true });
    const [one, other] = [await started(start, 900), await started(start, 950)];
    const ids = count(10);
    const [ofOne = [], ofOther = []] = [one, other].map((limits) => ids.map((id) => placeOf(limits, id)));
    for (const place of [...ofOne, ...ofOther]) await place.admit();
    // The first instance was refused for all keys, the other has revoked the first half.
    for (const place of [...ofOne, ...ofOther.slice(5)]) await place.leave();
    expect(kinds(await admitAll(await started(start, 800), count(100, 100)))).toMatchObject({ admitted: 10 });
  });

  it('in the shorter window is given back when the longer one has no room', async () => {
    const { time, start } = openLimits({ senderKeysPer10Minutes: 20, senderKeysPerDay: 20 });
    const limits = await started(start, 900);
    const places = count(15).map((id) => placeOf(limits, id));
    await Promise.all(places.map((place) => place.admit()));
    time.now += 600_000;
    // The day has room for five more.
    await admitAll(limits, count(FREE_KEYS, 950));
    expect(kinds(await admitAll(limits, count(50, 100)))).toMatchObject({ admitted: 5, over: 45 });
    for (const place of places.slice(0, 10)) await place.leave();
    time.now += 5_000;
    expect(kinds(await admitAll(limits, count(50, 200)))).toMatchObject({ admitted: 10 });
  });

  it('stays taken once too many rely on it', async () => {
    const { start } = openLimits();
    const places = [];
    for (const n of count(25).keys()) places.push(placeOf(await started(start, 1_000 + 10 * n), 'CWMANY'));
    for (const place of places) await place.admit();
    for (const place of places.slice(0, 24)) await place.leave();
    expect(kinds(await admitAll(await started(start, 900), count(100)))).toMatchObject({ admitted: 19 });
  });

  it('that the instance admitted while the ledger was down is given back, too', async () => {
    const { time, start } = openLimits();
    time.ledger = 'down';
    const limits = start();
    await invent(limits, count(500));
    expect(kinds(await admitAll(limits, count(100)))).toMatchObject({ admitted: MAX_UNCOUNTED_KEYS, unavailable: 50 });
  });
});
