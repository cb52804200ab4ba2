/** The approval of a leaked key: it is read only if a safety check would hold the key. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../support/api-answers.ts';
import { type ApprovalOptions, approvalKeyOf, approve } from '../../support/approval.ts';
import { EVENT_MS, KEY_ID, keyLeak } from '../../support/event-factory.ts';
import { protect, sha256 } from '../../support/fakes.ts';
import { openWorld } from '../../support/memory-world.ts';
import { STRANGER, UNBOUND } from '../../support/senders.ts';

describe('an approval of a leaked key', () => {
  const unsure = keyLeak({ data: { accessKeyId: KEY_ID, confidence: 'key-id-only' } });
  const worldWithKey = () => {
    const world = openWorld();
    world.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/backup' });
    return world;
  };

  it('releases it', async () => {
    const world = worldWithKey();
    expect(await world.instance().deliver([unsure], await approve(world, unsure, ['held-low-confidence']))).toEqual([]);
    expect(world.store.status(KEY_ID)).toBe('DELETED');
  });

  it('leaves its other guards in force', async () => {
    const world = worldWithKey();
    const rules = world.instance({ protections: [protect('coreweave/backup')] });
    await rules.deliver([unsure], await approve(world, unsure, ['held-low-confidence']));
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-protected']);
    expect(world.store.status(KEY_ID)).toBe('ACTIVE');
  });

  it.each<[string, ApprovalOptions]>([
    ['another event', { differs: { eventHash: sha256('another event') } }],
    ['another key', { targets: ['CWSEENBEFORE0001'] }],
    ['another hold', { differs: { reason: 'held-limit' } }],
    ['another person’s key of an item', { differs: { userId: 'AROAOPERATORS:bob' } }],
    ['a day that is over', { differs: { validUntil: new Date(EVENT_MS).toISOString() } }],
  ])('does nothing for %s', async (_, options) => {
    const world = worldWithKey();
    const replayed = await approve(world, unsure, ['held-low-confidence'], options);
    expect(await world.instance().deliver([unsure], replayed)).toEqual([]);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-low-confidence']);
    expect(world.store.status(KEY_ID)).toBe('ACTIVE');
  });

  it('does nothing for the same report with other evidence', async () => {
    const world = worldWithKey();
    const replayed = await approve(world, unsure, ['held-low-confidence']);
    const evidence = { detector: 'another' };
    const other = keyLeak({ data: { accessKeyId: KEY_ID, confidence: 'key-id-only', evidence } });
    await world.instance().deliver([other], replayed);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-low-confidence']);
  });

  it('does nothing by its existence: the message must point to it, and be ours', async () => {
    const world = worldWithKey();
    const { attributes } = await approve(world, unsure, ['held-low-confidence']);
    await world.instance().deliver([unsure], { attributes: { replays: '1' } });
    const senders = { ...UNBOUND, bindings: [] };
    const forged = { attributes, senderId: STRANGER };
    await world.instance({ senders }).deliver([unsure], forged);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-low-confidence', 'held-unknown-sender']);
  });

  it('is read only if a message points to one: a leak costs no read', async () => {
    const world = worldWithKey();
    world.ledgerDown = true;
    expect(await world.instance().deliver([unsure])).toEqual([]);
    const pointing = { attributes: { replays: '1', approvals: approvalKeyOf(unsure, 'held-low-confidence') } };
    expect(await world.instance().deliver([unsure], pointing)).toEqual([0]);
    const foreign = { attributes: { replays: '1', approvals: approvalKeyOf(keyLeak({ id: 'other' }), 'held-limit') } };
    expect(await world.instance().deliver([unsure], foreign)).toEqual([]);
  });

  it('goes on in the retries of a run that began in time', async () => {
    const world = worldWithKey();
    const until = { differs: { validUntil: new Date(EVENT_MS + 3_600_000).toISOString() } };
    const replayed = { ...(await approve(world, unsure, ['held-low-confidence'], until)), firstReceived: EVENT_MS };
    const instance = world.instance();
    world.meddle = () => answer(503);
    expect(await instance.deliver([unsure], replayed)).toEqual([0]);
    world.meddle = () => undefined;
    world.now += 3_600_000;
    expect(await instance.deliver([unsure], { ...replayed, receiveCount: 2 })).toEqual([]);
    expect([world.store.status(KEY_ID), world.deadLetters]).toEqual(['DELETED', []]);
  });

  it('goes on in the follow-up checks of its key, which a run asks for while nothing is proven', async () => {
    const world = worldWithKey();
    const rules = world.instance({ protections: [protect(KEY_ID)] });
    world.meddle = ({ call }) => (call === 'read-key' ? answer(500) : undefined);
    await rules.deliver([keyLeak()], await approve(world, keyLeak(), ['held-protected']));
    const attributes = { approvals: approvalKeyOf(keyLeak(), 'held-protected') };
    expect(world.sent).toMatchObject([{ attributes }]);
    world.now += 86_400_000;
    await rules.deliver([world.sent[0]?.body ?? ''], { attributes });
    expect(world.sent).toMatchObject([{ attributes }, { attributes }]);
    await rules.deliver([world.sent[0]?.body ?? '']);
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(['held-protected']);
  });
});
