/** The safety checks of a leaked key: none needs a store, and a failing check does not stop the revocation. */
import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import type { Settings } from '../../../lib/model/settings.ts';
import { OWNER_UNKNOWN_AFTER_MS, OWNER_UNKNOWN_DELIVERIES } from '../../../lib/revoke/owner.ts';
import { answer, LOST, NOT_FOUND } from '../../support/api-answers.ts';
import { KEY_ID, keyLeak, offboarded } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { type DeliverOptions, openWorld, type World } from '../../support/memory-world.ts';

const OWNER = 'coreweave/backup';
const POST = `revoke-key ${KEY_ID}`;
const LOOK = `read-key ${KEY_ID}`;
const guarded = { protections: [protect(OWNER)] };

/** The leak of OWNER's key, and what was asked before anything was done. */
async function leak({
  settings = guarded as Partial<Settings>,
  event = keyLeak(),
  looks = [] as ApiResponse[],
  listing = undefined as ApiResponse | undefined,
  deliver = {} as DeliverOptions,
} = {}) {
  const world = openWorld();
  world.store.add({ accessKeyId: KEY_ID, principalName: OWNER });
  const answers = [...looks];
  world.meddle = ({ call }) => (call === 'read-key' ? answers.shift() : call === 'list-keys' ? listing : undefined);
  const unsettled = await world.instance(settings).deliver([event], { lane: 'urgent', ...deliver });
  const posted = world.calls.indexOf(POST);
  return {
    world,
    retried: unsettled.length > 0,
    asked: posted < 0 ? world.calls : world.calls.slice(0, posted),
    dead: world.store.status(KEY_ID) === 'DELETED',
    reasons: world.deadLetters.map(({ reason }) => reason),
    trail: world.trail(event),
  };
}
const notes = (world: World) =>
  world.audit.flatMap((record) => (record.activity_name === 'Owner Unknown' ? [record.status_detail] : []));

describe("a leaked key's owner", () => {
  it('is not looked up while no principal is protected', async () => {
    expect(await leak({ settings: {} })).toMatchObject({ asked: [], dead: true, reasons: [] });
    expect(await leak({ settings: { protections: [protect('CWZZZZZZZZZZZZZZ')] } })).toMatchObject({ asked: [] });
    const ended = { protections: [protect(OWNER, openWorld().now)] };
    expect(await leak({ settings: ended })).toMatchObject({ asked: [], dead: true });
  });

  it('who is protected stops the revocation', async () => {
    expect(await leak()).toMatchObject({
      asked: [LOOK],
      dead: false,
      reasons: ['held-protected'],
      trail: ['hold:held-protected'],
    });
  });

  it('who is protected in another spelling, which no event could name, stops it', async () => {
    const world = openWorld();
    world.store.add({ accessKeyId: KEY_ID, principalName: 'saml/\uff41nn@example.com' });
    const settings = { protections: [protect('saml/ann@example.com')] };
    await world.instance(settings).deliver([keyLeak()], { lane: 'urgent' });
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-protected']);
    expect(world.calls).not.toContain(POST);
  });

  it('who is not protected does not stop it', async () => {
    expect(await leak({ settings: { protections: [protect('coreweave/other')] } })).toMatchObject({
      asked: [LOOK],
      dead: true,
      reasons: [],
    });
  });

  it('may be the handler itself, which is always protected', async () => {
    const { target } = protect(OWNER);
    const settings = 'principalName' in target ? { selfPrincipal: target.principalName } : {};
    expect(await leak({ settings })).toMatchObject({ dead: false, reasons: ['held-protected'] });
  });

  it('is unknown for a key that the API does not know: the revocation continues and reports it', async () => {
    const { asked, trail, world } = await leak({ looks: [NOT_FOUND] });
    expect({ asked, trail }).toEqual({ asked: [LOOK], trail: ['intent:intent', 'outcome:confirmed'] });
    expect(notes(world)).toEqual([]);
  });

  it('is looked for twice, and a single failure changes nothing', async () => {
    expect(await leak({ looks: [LOST] })).toMatchObject({
      asked: [LOOK, LOOK],
      dead: false,
      reasons: ['held-protected'],
    });
  });

  const UNOWNED = { accessKeyId: KEY_ID, status: 'ACTIVE' };
  const WITHOUT_OWNER = answer(200, { info: UNOWNED });
  const FAILURES: readonly (readonly [string, ApiResponse])[] = [
    ['refused with 403', answer(403, { code: 7 })],
    ['failing', answer(500)],
    ['lost', LOST],
    ['about another key', answer(200, { info: { accessKeyId: 'CWZZZZZZZZZZZZZZ', status: 'ACTIVE' } })],
    ['a 404 that is not the API’s', answer(404, undefined)],
    ['without an owner', WITHOUT_OWNER],
  ];
  const THROTTLED: readonly (readonly [string, ApiResponse])[] = [429, 503, 408, 425].map((status) => [
    `answered ${status}`,
    answer(status),
  ]);
  const LIST = 'list-keys';

  it.each(FAILURES)('is listed if two reads fail, the last %s', async (_, seen) => {
    expect(await leak({ looks: [seen, seen] })).toMatchObject({
      asked: [LOOK, LOOK, LIST],
      dead: false,
      trail: ['hold:held-protected'],
    });
    const other = { protections: [protect('coreweave/other')] };
    expect(await leak({ looks: [seen, seen], settings: other })).toMatchObject({ dead: true, reasons: [] });
  });

  it.each(THROTTLED)('is listed if its read is %s', async (_, seen) => {
    expect(await leak({ looks: [seen] })).toMatchObject({
      asked: [LOOK, LIST],
      dead: false,
      reasons: ['held-protected'],
    });
    const other = { protections: [protect('coreweave/other')] };
    expect(await leak({ looks: [seen], settings: other })).toMatchObject({ dead: true, reasons: [] });
  });

  const late = (receiveCount: number, ms: number) => ({ receiveCount, firstReceived: openWorld().now - ms });
  const PERSISTENT = late(OWNER_UNKNOWN_DELIVERIES, OWNER_UNKNOWN_AFTER_MS);
  const waits = { retried: true, dead: false, reasons: [], trail: [] };

  it.each(THROTTLED)('throttled (%s), in listings too, is waited for however long it lasts', async (_, seen) => {
    for (const ownerUnknown of ['hold', 'revoke'] as const) {
      const settings = { ...guarded, ownerUnknown };
      const deliver = late(300, 5 * 3_600_000);
      expect(await leak({ looks: [seen], listing: seen, settings, deliver })).toMatchObject(waits);
    }
  });

  it.each([
    ['one delivery less', late(OWNER_UNKNOWN_DELIVERIES - 1, OWNER_UNKNOWN_AFTER_MS)],
    ['a moment less', late(OWNER_UNKNOWN_DELIVERIES, OWNER_UNKNOWN_AFTER_MS - 1)],
  ])('unreadable for %s is waited for', async (_, deliver) => {
    const settings = { ...guarded, ownerUnknown: 'revoke' } as const;
    expect(await leak({ looks: [LOST, LOST], listing: LOST, settings, deliver })).toMatchObject(waits);
  });

  it.each(FAILURES)('unreadable for long, the last read %s: the key is held, and a note says so', async (_, seen) => {
    const { dead, reasons, trail, world } = await leak({ looks: [seen, seen], listing: LOST, deliver: PERSISTENT });
    expect({ dead, reasons }).toEqual({ dead: false, reasons: ['held-protected'] });
    expect(trail).toEqual(['note:owner-unknown', 'hold:held-protected']);
    expect(notes(world)).toEqual(['owner-unknown']);
    expect(world.deadLetters[0]?.detail).toBe('rule: the owner could not be read, and some principals are protected');
  });

  it('that a listing does not say either is unreadable', async () => {
    const listing = answer(200, { info: [UNOWNED] });
    const looks = [WITHOUT_OWNER, WITHOUT_OWNER];
    expect(await leak({ looks, listing })).toMatchObject(waits);
    expect(await leak({ looks, listing, deliver: PERSISTENT })).toMatchObject({
      dead: false,
      reasons: ['held-protected'],
    });
  });

  it('unreadable for long is no reason to hold a key with OWNER_UNKNOWN=revoke: a note says so', async () => {
    const settings = { ...guarded, ownerUnknown: 'revoke' } as const;
    const { dead, trail } = await leak({ looks: [LOST, LOST], listing: LOST, deliver: PERSISTENT, settings });
    expect([dead, trail]).toEqual([true, ['note:owner-unknown', 'intent:intent', 'outcome:confirmed']]);
  });

  it.each(['hold', 'revoke'] as const)(
    'unreadable while the whole API is down is waited for: %s',
    async (ownerUnknown) => {
      const world = openWorld();
      world.store.add({ accessKeyId: KEY_ID, principalName: OWNER });
      world.meddle = ({ call }) => (call === 'revoke-key' ? undefined : LOST);
      const instance = world.instance({ ...guarded, ownerUnknown });
      expect(await instance.deliver([keyLeak()], { lane: 'urgent', ...PERSISTENT })).toEqual([0]);
      expect([world.deadLetters, world.calls.includes(POST)]).toEqual([[], false]);
    },
  );

  it('unreadable for long while the API limits our rate is waited for', async () => {
    const world = openWorld();
    const instance = world.instance({ ...guarded, ownerUnknown: 'revoke' });
    world.meddle = ({ call }) => (call === 'revoke-principal' ? answer(429) : undefined);
    await instance.deliver([offboarded()]);
    world.store.add({ accessKeyId: KEY_ID, principalName: OWNER });
    world.meddle = ({ call }) => (call === 'read-key' || call === 'list-keys' ? LOST : undefined);
    expect(await instance.deliver([keyLeak()], { lane: 'urgent', ...PERSISTENT })).toEqual([0]);
    expect(world.calls).not.toContain(POST);
  });

  it('is read once for all events of a batch about the key, and listings are kept for five minutes', async () => {
    const world = openWorld();
    const others = ['CWAAAAAAAAAAAAAA', 'CWBBBBBBBBBBBBBB'];
    world.store.add(...[KEY_ID, ...others].map((accessKeyId) => ({ accessKeyId, principalName: OWNER })));
    world.meddle = ({ call }) => (call === 'read-key' ? answer(429) : undefined);
    const instance = world.instance(guarded);
    const leakOf = (accessKeyId: string, id: string) => keyLeak({ id, data: { accessKeyId } });
    await instance.deliver([leakOf(KEY_ID, 'a'), leakOf(KEY_ID, 'b'), leakOf(others[0] ?? '', 'c')], {
      lane: 'urgent',
    });
    expect(world.calls.toSorted()).toEqual([LIST, 'read-key CWAAAAAAAAAAAAAA', LOOK]);
    world.now += 290_000;
    await instance.deliver([leakOf(others[1] ?? '', 'd')], { lane: 'urgent' });
    world.now += 290_000;
    await instance.deliver([leakOf(others[1] ?? '', 'e')], { lane: 'urgent' });
    expect(world.calls.slice(3)).toEqual(['read-key CWBBBBBBBBBBBBBB', 'read-key CWBBBBBBBBBBBBBB', LIST]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(Array(5).fill('held-protected'));
  });
});

describe('a leaked key', () => {
  it('that is protected itself is held without a call', async () => {
    expect(await leak({ settings: { protections: [protect(KEY_ID)] } })).toMatchObject({
      asked: [],
      dead: false,
      reasons: ['held-protected'],
    });
  });

  it('that is protected itself is revoked once the protection has ended', async () => {
    const settings = { protections: [protect(KEY_ID, openWorld().now)] };
    expect(await leak({ settings })).toMatchObject({ dead: true, reasons: [] });
  });

  it('of which the id alone was seen is held: ids are not secret', async () => {
    const event = keyLeak({ data: { accessKeyId: KEY_ID, confidence: 'key-id-only' } });
    expect(await leak({ event })).toMatchObject({ asked: [], dead: false, reasons: ['held-low-confidence'] });
  });

  it('seen with its secret, or vouched for, is revoked', async () => {
    const event = keyLeak({ data: { accessKeyId: KEY_ID, confidence: 'pair' } });
    expect(await leak({ event, settings: {} })).toMatchObject({ dead: true, reasons: [] });
  });

  it('is not saved by a hint that names another owner', async () => {
    const event = keyLeak({ data: { accessKeyId: KEY_ID, principalName: OWNER } });
    const settings = { protections: [protect('coreweave/other')] };
    expect(await leak({ event, settings })).toMatchObject({ dead: true });
  });
});

describe('a leaked key that was deleted before', () => {
  const events = { protections: [protect('coreweave/other')] };

  /** What became of a key with a status, and of the call that is made all the same. */
  async function deliver(
    status: 'DELETED' | 'EXPIRED' | undefined,
    { settings = events as Partial<Settings>, options = {}, body = keyLeak() as object } = {},
  ) {
    const world = openWorld();
    if (status !== undefined) world.store.add({ accessKeyId: KEY_ID, principalName: OWNER, status });
    expect(await world.instance(settings).deliver([body], { lane: 'urgent', ...options })).toEqual([]);
    const last = world.audit.map((record) => JSON.parse(JSON.stringify(record))).at(-1);
    return [last.status_detail, last.unmapped.verified_by, world.calls.includes(POST)];
  }

  it('is already revoked, by the owner lookup that is made anyway', async () => {
    expect(await deliver('DELETED')).toEqual(['already-revoked', 'read-back', true]);
  });

  it.each([
    ['without an owner lookup', 'DELETED', { settings: {} }, 'confirmed'],
    ['in a second delivery', 'DELETED', { options: { receiveCount: 2 } }, 'confirmed'],
    ['in a replay', 'DELETED', { options: { attributes: { replays: '1' } } }, 'confirmed'],
    ['inside its dead letter', 'DELETED', { body: { v: 1, reason: 'invalid', event: keyLeak() } }, 'confirmed'],
    ['that had only expired', 'EXPIRED', {}, 'confirmed'],
    ['that the API does not know', undefined, {}, 'not-found'],
  ] as const)('%s is not told apart: %s %j', async (_name, status, options, expected) => {
    expect((await deliver(status, options))[0]).toBe(expected);
  });
});
