/** End to end: who leads an event, and what happens while nobody can say. Needs `npm run build`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventKeyOf } from '../../support/guarded-world.ts';
import { type Stack, startStack } from '../stack.ts';
import { comeBack, ledgerOf, now, posts, settle } from './stage.ts';

let stack: Stack;
let down: Stack;
beforeAll(async () => {
  [stack, down] = await Promise.all([
    startStack({ latencyMs: 20, batchSize: 1 }),
    startStack({ env: { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' } }),
  ]);
});
afterAll(() => Promise.all([stack.close(), down.close()]));

describe('an offboarding that comes twice at once', () => {
  it('is one revocation and duplicates, on whichever lane, and leaves keys minted since alone', async () => {
    const principalName = 'saml/twice@example.com';
    stack.api.store.mint(principalName, 2);
    const leaver = now.leaver('twice', { principalName });
    await settle(stack, 'urgent', leaver, leaver, leaver);
    await comeBack(stack, 'urgent');
    expect(posts(stack).filter((post) => post.endsWith(principalName))).toEqual([`revoke-principal ${principalName}`]);
    expect(stack.trail('twice').toSorted()).toEqual([
      'intent:intent',
      'outcome:confirmed',
      'outcome:duplicate',
      'outcome:duplicate',
    ]);

    const fresh = stack.api.store.mint(principalName);
    await settle(stack, 'bulk', leaver, JSON.stringify({ v: 1, reason: 'crashed', event: leaver, replays: 0 }));
    expect(stack.api.store.liveKeys(principalName)).toEqual(fresh);
  });

  it('with another body is held as a conflict', async () => {
    const principalName = 'saml/shadow@example.com';
    stack.api.store.mint(principalName);
    await settle(stack, 'bulk', now.leaver('twice', { principalName }));
    const letters = await stack.deadLetters();
    expect(letters).toMatchObject([{ reason: 'held-conflict', event: { id: 'twice', data: { principalName } } }]);
    expect(stack.api.store.liveKeys(principalName)).toHaveLength(1);
  });

  it('is taken over when the instance that led it has died', async () => {
    const principalName = 'saml/crashed@example.com';
    stack.api.store.mint(principalName);
    const leaver = now.leaver('crashed', { principalName });
    const ledger = ledgerOf(stack);
    stack.api.faults.plan('revoke-principal', { effect: 'skipped', answer: { status: 500, headers: {}, body: '' } });
    await settle(stack, 'bulk', leaver);
    const pk = eventKeyOf(leaver);
    const row = await ledger.get(pk);
    expect(row?.data).toMatchObject({ state: 'open', leaseUntil: 0 });

    const lease = async (leaseUntil: number) => {
      const stored = await ledger.get(pk);
      if (stored === undefined) throw new Error('no row');
      const data = { ...stored.data, holder: 'someone who died', leaseUntil };
      expect(await ledger.put({ ...stored, version: stored.version + 1, data }, stored.version)).toBe(true);
    };
    await lease(Date.now() + 60_000);
    await comeBack(stack, 'bulk');
    expect(stack.api.store.liveKeys(principalName)).toHaveLength(1);
    await lease(Date.now() - 1);
    await comeBack(stack, 'bulk');
    expect(stack.api.store.liveKeys(principalName)).toEqual([]);
  });
});

describe('without a ledger', () => {
  it('principal-wide events come back without a call, and leaked keys are revoked', async () => {
    const { store } = down.api;
    const [accessKeyId] = store.mint('coreweave/leaky');
    store.mint('saml/waits@example.com');
    await settle(
      down,
      'bulk',
      now.leaver('waits', { principalName: 'saml/waits@example.com' }),
      now.compromise('waits-too', 'saml/waits@example.com'),
      now.leak('goes', { accessKeyId }),
    );
    expect(posts(down)).toEqual([`revoke-key ${accessKeyId}`]);
    expect(down.trail('goes')).toEqual(['intent:intent', 'outcome:confirmed']);
    expect([down.trail('waits'), down.trail('waits-too')]).toEqual([[], []]);
    expect(down.api.requests.filter(({ call }) => call === 'list-keys')).toEqual([]);
    expect(await down.depth('bulk')).toBe(2);
    expect(await down.deadLetters()).toEqual([]);
  });
});
