/** End to end: leases of events, and an unavailable ledger. Needs `npm run build`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventKeyOf } from '../../support/memory-world.ts';
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

describe('an offboarding that comes twice', () => {
  it('at once is one revocation and duplicates, on whichever lane, and leaves keys created since alone', async () => {
    const principalName = 'saml/twice@example.com';
    stack.api.store.createKeys(principalName, 2);
    const offboarding = now.offboarding('twice', { principalName });
    await settle(stack, 'urgent', offboarding, offboarding, offboarding);
    await comeBack(stack, 'urgent');
    expect(posts(stack).filter((post) => post.endsWith(principalName))).toEqual([`revoke-principal ${principalName}`]);
    expect(stack.trail('twice').toSorted()).toEqual([
      'intent:intent',
      'outcome:confirmed',
      'outcome:duplicate',
      'outcome:duplicate',
    ]);

    const fresh = stack.api.store.createKeys(principalName);
    await settle(
      stack,
      'bulk',
      offboarding,
      JSON.stringify({ v: 1, reason: 'crashed', event: offboarding, replays: 0 }),
    );
    expect(stack.api.store.liveKeys(principalName)).toEqual(fresh);
  });

  it('with another body is held as a conflict', async () => {
    const principalName = 'saml/shadow@example.com';
    stack.api.store.createKeys(principalName);
    await settle(stack, 'bulk', now.offboarding('taken', { principalName: 'saml/first@example.com' }));
    await settle(stack, 'bulk', now.offboarding('taken', { principalName }));
    const deadLetters = await stack.deadLetters();
    expect(deadLetters).toMatchObject([{ reason: 'held-conflict', event: { id: 'taken', data: { principalName } } }]);
    expect(stack.api.store.liveKeys(principalName)).toHaveLength(1);
  });

  it('is taken over when the instance that led it has died', async () => {
    const principalName = 'saml/crashed@example.com';
    stack.api.store.createKeys(principalName);
    const offboarding = now.offboarding('crashed', { principalName });
    const ledger = ledgerOf(stack);
    stack.api.faults.plan('revoke-principal', { effect: 'skipped', answer: { status: 500, headers: {}, body: '' } });
    await settle(stack, 'bulk', offboarding);
    const pk = eventKeyOf(offboarding);
    const row = await ledger.get(pk);
    expect(row?.data).toMatchObject({ state: 'open', leaseUntil: 0 });

    const lease = async (leaseUntil: number) => {
      const stored = await ledger.get(pk);
      if (stored === undefined) throw new Error('no row');
      const data = { ...stored.data, holder: 'a crashed delivery', leaseUntil };
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
    const [accessKeyId] = store.createKeys('coreweave/leaky');
    store.createKeys('saml/waits@example.com');
    await settle(
      down,
      'bulk',
      now.offboarding('waits', { principalName: 'saml/waits@example.com' }),
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
