/** The guards of a leaked key: none needs a store, and one that breaks does not stop the revocation. */
import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import type { Settings } from '../../../lib/model/settings.ts';
import { answer, LOST, NOT_FOUND } from '../../support/api-answers.ts';
import { KEY_ID, keyLeak } from '../../support/event-factory.ts';
import { protect } from '../../support/fakes.ts';
import { openWorld, type World } from '../../support/guarded-world.ts';

const OWNER = 'coreweave/backup';
const POST = `revoke-key ${KEY_ID}`;
const LOOK = `read-key ${KEY_ID}`;
const guarded = { protections: [protect(OWNER)] };

/** The leak of OWNER's key, and what was asked before anything was done. */
async function leak({ settings = guarded as Partial<Settings>, event = keyLeak(), looks = [] as ApiResponse[] } = {}) {
  const world = openWorld();
  world.store.add({ accessKeyId: KEY_ID, principalName: OWNER });
  const answers = [...looks];
  world.meddle = ({ call }) => (call === 'read-key' ? answers.shift() : undefined);
  expect(await world.instance(settings).deliver([event], { lane: 'urgent' })).toEqual([]);
  const posted = world.calls.indexOf(POST);
  return {
    world,
    asked: posted < 0 ? world.calls : world.calls.slice(0, posted),
    dead: world.store.status(KEY_ID) === 'DELETED',
    reasons: world.letters.map(({ reason }) => reason),
    trail: world.trail(event),
  };
}
const notes = (world: World) =>
  world.audit.flatMap((record) => (record.activity_name === 'Owner Unknown' ? [record.status_detail] : []));

describe("a leaked key's owner", () => {
  it('is not asked for while nobody is protected', async () => {
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

  it('is nobody for a key that the API does not know: the revocation goes on and says so', async () => {
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

  it.each([
    ['refused with 403', answer(403, { code: 7 })],
    ['failing', answer(500)],
    ['lost', LOST],
    ['about another key', answer(200, { info: { accessKeyId: 'CWZZZZZZZZZZZZZZ', status: 'ACTIVE' } })],
    ['a 404 that is not the API’s', answer(404, undefined)],
  ])('unknown after two looks, the last %s: the key is revoked and a note says so', async (_, seen) => {
    const { world, asked, dead, reasons, trail } = await leak({ looks: [seen, seen] });
    expect({ asked, dead, reasons }).toEqual({ asked: [LOOK, LOOK], dead: true, reasons: [] });
    expect(trail).toEqual(['note:owner-unknown', 'intent:intent', 'outcome:confirmed']);
    expect(notes(world)).toEqual(['owner-unknown']);
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
