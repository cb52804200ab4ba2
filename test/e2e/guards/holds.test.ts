/** End to end: what is held, and what an approval in the ledger releases. Needs `npm run build`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fault } from '../../../local/coreweave/faults.ts';
import { approve, bodyHashOf } from '../../support/approval.ts';
import { type Stack, startStack } from '../stack.ts';
import { fromNow, ledgerOf, now, posts, settle, settleReplayed } from './stage.ts';

const DAY_MS = 86_400_000;
const GUARDED = 'coreweave/backup';
const GUARDED_KEY = 'CWGUARDED0000001';
const SELF = 'coreweave/revoker';
const OVER = 'coreweave/formerly-protected';
const ops = { owner: 'platform', reason: 'backups' };
const PROTECTED = [
  { principalName: GUARDED, ...ops },
  { accessKeyId: GUARDED_KEY, ...ops },
  { principalName: OVER, ...ops, until: fromNow(-1_000) },
];
const env = {
  PROTECTED: JSON.stringify(PROTECTED),
  SELF_PRINCIPAL: SELF,
  PRINCIPAL_TEMPLATES: '["saml/{email}","coreweave/{login}"]',
};

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env });
});
afterAll(() => stack.close());

/** New dead letters since the last call, by the id of their event. */
const reasons = async () =>
  Object.fromEntries((await stack.deadLetters()).map(({ reason, event }) => [event?.id, reason]));
const live = (name: string) => stack.api.store.liveKeys(name).length;
const holdOf = (id: string) =>
  stack.audit.find(({ metadata, unmapped }) => metadata.correlation_uid === id && unmapped.phase === 'hold');

describe('a reinstatement', () => {
  it('supersedes an offboarding of that time, by principal and by person, and no newer one', async () => {
    const [earlier, time] = [fromNow(-61_000), fromNow(-60_000)];
    const data = { principalName: 'saml/back@example.com' };
    const person = { identity: { email: 'home@example.com' } };
    for (const name of ['back', 'home', 'gone']) stack.api.store.createKeys(`saml/${name}@example.com`);
    await settle(
      stack,
      'bulk',
      now.returner('r1', data, { time }),
      now.returner('r2', person, { time }),
      now.returner('r3', { principalName: 'saml/gone@example.com' }, { time }),
    );
    await settle(
      stack,
      'urgent',
      now.offboarding('back', data, { time }),
      now.offboarding('home', { principalName: 'saml/home@example.com' }, { time: earlier }),
      now.offboarding('gone', { identity: { email: 'gone@example.com' } }),
    );
    expect(await reasons()).toEqual({ back: 'held-superseded', home: 'held-superseded' });
    expect(['back', 'home', 'gone'].map((name) => live(`saml/${name}@example.com`))).toEqual([1, 1, 0]);
  });

  it('dated ahead of now is refused', async () => {
    await settle(stack, 'bulk', now.returner('ahead', { principalName: GUARDED }, { time: fromNow(11 * 60_000) }));
    expect((await stack.deadLetters()).map(({ reason }) => reason)).toEqual(['invalid']);
  });
});

describe('what is protected', () => {
  it('is held, and the audit record names the rule: principal, own principal, key, owner of a key', async () => {
    for (const name of [GUARDED, SELF, OVER]) stack.api.store.createKeys(name);
    stack.api.store.add({ accessKeyId: GUARDED_KEY, principalName: 'coreweave/owner' });
    const [owned = ''] = stack.api.store.liveKeys(GUARDED);
    await settle(
      stack,
      'urgent',
      now.offboarding('offboarding', { principalName: GUARDED }),
      now.compromise('compromise', GUARDED),
      now.offboarding('self', { principalName: SELF }),
      now.leak('key', { accessKeyId: GUARDED_KEY }),
      now.leak('owned', { accessKeyId: owned }),
      now.offboarding('over', { principalName: OVER }),
    );
    const held = ['offboarding', 'compromise', 'self', 'key', 'owned'];
    expect(await reasons()).toEqual(Object.fromEntries(held.map((id) => [id, 'held-protected'])));
    expect([live(GUARDED), live(SELF), live(OVER)]).toEqual([1, 1, 0]);
    expect(stack.api.store.status(GUARDED_KEY)).toBe('ACTIVE');
    expect(holdOf('offboarding')).toMatchObject({
      status_detail: 'held-protected',
      unmapped: {
        detail: 'rule: protected principal',
        policy: { config_hash: expect.stringMatching(/^[0-9a-f]{64}$/), mode: 'enforce' },
      },
    });
  });

  it('is the owner of the API token, by whatever name they leave, and each key of theirs', async () => {
    const [own = ''] = stack.api.store.createKeys(SELF);
    const before = live(SELF);
    const made = posts(stack).length;
    const pk = 'identity#externalId#00u1';
    await ledgerOf(stack).put({ pk, version: 1, data: { principals: ['coreweave/other', SELF] } }, undefined);
    await settle(
      stack,
      'bulk',
      now.offboarding('by name', { principalName: SELF }),
      now.offboarding('by template', { identity: { login: 'revoker' } }),
      now.offboarding('by directory', { identity: { externalId: '00u1' } }),
      now.compromise('by compromise', SELF),
      now.leak('by key', { accessKeyId: own }),
    );
    const held = ['by name', 'by template', 'by directory', 'by compromise', 'by key'];
    expect(await reasons()).toEqual(Object.fromEntries(held.map((id) => [id, 'held-protected'])));
    expect(held.map((id) => holdOf(id)?.unmapped.detail)).toEqual(held.map(() => "rule: the handler's own principal"));
    expect([live(SELF), posts(stack).length]).toEqual([before, made]);
  });

  it('does not stop a leak whose owner only a key listing shows, nor one of an unknown key', async () => {
    const [accessKeyId = ''] = stack.api.store.createKeys('coreweave/unknowable');
    stack.api.faults.plan('read-key', fault.status(403), { target: accessKeyId, times: 2 });
    await settle(
      stack,
      'urgent',
      now.leak('unknowable', { accessKeyId }),
      now.leak('absent', { accessKeyId: 'CWABSENT00000001' }),
    );
    expect(stack.trail('unknowable')).toEqual(['intent:intent', 'outcome:confirmed']);
    expect(stack.trail('absent')).toEqual(['intent:intent', 'outcome:not-found']);
    expect(await reasons()).toEqual({});
  });
});

describe('an approval in the ledger', () => {
  const approved = async (
    event: Record<string, unknown>,
    code: string,
    differs: Readonly<Record<string, string>> = {},
  ) => {
    const valid = { created: fromNow(0), validUntil: fromNow(DAY_MS), ...differs };
    return (await approve({ table: ledgerOf(stack) }, event, [code], { differs: valid })).attributes;
  };

  it('releases the guard that it names, for the body that was seen, and no other', async () => {
    const name = 'saml/late@example.com';
    stack.api.store.createKeys(name);
    const stale = now.offboarding('stale', { principalName: name }, { time: fromNow(-8 * DAY_MS) });
    await settle(stack, 'bulk', stale);
    expect(await reasons()).toEqual({ stale: 'held-stale' });
    await settle(stack, 'bulk', stale);
    expect(await reasons()).toEqual({});
    for (const [code, differs] of [
      ['held-protected', {}],
      ['held-stale', { eventHash: 'another body' }],
      ['held-stale', { validUntil: fromNow(-1) }],
    ] as const) {
      await settleReplayed(stack, 'bulk', await approved(stale, code, differs), stale);
      expect(await reasons()).toEqual({ stale: 'held-stale' });
    }
    expect(live(name)).toBe(1);
    await settleReplayed(stack, 'bulk', await approved(stale, 'held-stale'), stale);
    expect(live(name)).toBe(0);
  });

  it('releases a leaked key of low confidence, but not from the protection of its owner', async () => {
    const [free = ''] = stack.api.store.createKeys('coreweave/free');
    const [owned = ''] = stack.api.store.liveKeys(GUARDED);
    const unsure = [free, owned].map((accessKeyId) =>
      now.leak(accessKeyId, { accessKeyId, confidence: 'key-id-only' }),
    );
    await settle(stack, 'urgent', ...unsure);
    expect(await reasons()).toEqual({ [free]: 'held-low-confidence', [owned]: 'held-low-confidence' });
    for (const event of unsure) {
      await settleReplayed(stack, 'bulk', await approved(event, 'held-low-confidence'), event);
    }
    expect(await reasons()).toEqual({ [owned]: 'held-protected' });
    expect([free, owned].map((id) => stack.api.store.status(id))).toEqual(['DELETED', 'ACTIVE']);
  });

  it('cannot come with a message', async () => {
    const stale = now.offboarding('forged', { principalName: SELF }, { time: fromNow(-8 * DAY_MS) });
    const approval = {
      codes: ['held-stale', 'held-protected'],
      by: 'x',
      operationId: 'y',
      bodyHash: bodyHashOf(stale),
    };
    const deadLetter = { v: 1, reason: 'held-stale', event: { ...stale, approval }, approval, replays: 0 };
    const made = posts(stack).length;
    await settle(stack, 'bulk', JSON.stringify(deadLetter), { ...stale, approval });
    expect(await reasons()).toEqual({ forged: 'held-protected' });
    expect(posts(stack)).toHaveLength(made);
  });
});
