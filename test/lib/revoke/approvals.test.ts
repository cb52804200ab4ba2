/** The approval of a leaked key: its row is read only when a guard is about to hold it. */
import { describe, expect, it } from 'vitest';
import { approve } from '../../support/approval.ts';
import { KEY_ID, keyLeak } from '../../support/event-factory.ts';
import { protect, sha256 } from '../../support/fakes.ts';
import { openWorld } from '../../support/guarded-world.ts';

describe('an approval of a leaked key', () => {
  const unsure = keyLeak({ data: { accessKeyId: KEY_ID, confidence: 'key-id-only' } });
  const worldWithKey = () => {
    const world = openWorld();
    world.store.add({ accessKeyId: KEY_ID, principalName: 'coreweave/backup' });
    return world;
  };

  it('releases it', async () => {
    const world = worldWithKey();
    await approve(world, unsure, ['held-low-confidence']);
    expect(await world.instance().deliver([unsure])).toEqual([]);
    expect(world.store.status(KEY_ID)).toBe('DELETED');
  });

  it('leaves its other guards in force', async () => {
    const world = worldWithKey();
    const rules = world.instance({ protections: [protect('coreweave/backup')] });
    await approve(world, unsure, ['held-low-confidence']);
    await rules.deliver([unsure]);
    expect(world.letters.map(({ reason }) => reason)).toEqual(['held-protected']);
    expect(world.store.status(KEY_ID)).toBe('ACTIVE');
  });

  it('does nothing for another body', async () => {
    const world = worldWithKey();
    await approve(world, unsure, ['held-low-confidence'], { bodyHash: sha256('another body') });
    await world.instance().deliver([unsure]);
    expect(world.letters.map(({ reason }) => reason)).toEqual(['held-low-confidence']);
    expect(world.store.status(KEY_ID)).toBe('ACTIVE');
  });
});
