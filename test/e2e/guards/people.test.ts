/** End to end: from a person to keys, and the follow-up checks. Needs `npm run build`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fault } from '../../../local/coreweave/faults.ts';
import { check } from '../../support/event-factory.ts';
import { eventKeyOf } from '../../support/memory-world.ts';
import { type Stack, startStack } from '../stack.ts';
import { delayed, fromNow, ledgerOf, now, posts, settle } from './stage.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ checksAreDue: true, env: { PRINCIPAL_TEMPLATES: '["saml/{email}"]' } });
});
afterAll(() => stack.close());

const live = (name: string) => stack.api.store.liveKeys(name).length;
const reasons = async () => (await stack.deadLetters()).map(({ reason, event }) => [reason, event?.id]);
/** The check of `parent`'s `generation` that the function has sent. */
const checkOf = (parent: string, generation: number) => {
  const found = delayed(stack).find(({ body }) => {
    const { data } = JSON.parse(body);
    return data.parent?.id === parent && data.generation === generation;
  });
  if (found === undefined) throw new Error('no such check was sent');
  return found;
};

describe('an offboarded user who is named as a directory does', () => {
  it('loses what directory and template name, byte for byte, shared principals by the directory alone', async () => {
    const mine = ['saml/jane@example.com', 'coreweave/jane', 'saml/jane-admins'];
    const others = ['saml/Jane@example.com', 'coreweave/Jane', 'saml/jane@example.com.au'];
    for (const name of [...mine, ...others]) stack.api.store.createKeys(name);
    const principals = ['coreweave/jane', 'saml/jane-admins', 'coreweave/unused'];
    await ledgerOf(stack).put({ pk: 'identity#email#jane@example.com', version: 1, data: { principals } }, undefined);
    await settle(stack, 'bulk', now.offboarding('jane', { identity: { email: 'jane@example.com' } }));
    expect(mine.map(live)).toEqual([0, 0, 0]);
    expect(others.map(live)).toEqual([1, 1, 1]);
    expect(posts(stack).toSorted()).toEqual(mine.map((name) => `revoke-principal ${name}`).toSorted());
    expect(stack.api.requests.filter(({ call }) => call === 'list-keys')).toHaveLength(1);
    const near = (await stack.deadLetters()).map(({ reason, event }) => [reason, Object(event?.data).principalName]);
    expect(near.toSorted()).toEqual([
      ['held-near-match', 'coreweave/Jane'],
      ['held-near-match', 'saml/Jane@example.com'],
    ]);
  });

  it('without a live key is done without a call, and an unmapped person becomes a dead letter', async () => {
    const made = posts(stack).length;
    await settle(
      stack,
      'bulk',
      now.offboarding('nokeys', { identity: { email: 'unknown@example.com' } }),
      now.offboarding('unknown', { identity: { login: 'unknown' } }),
    );
    expect(posts(stack)).toHaveLength(made);
    expect(stack.trail('nokeys')).toEqual(['outcome:no-keys']);
    expect(await reasons()).toEqual([['unmappable', 'unknown']]);
  });
});

describe('the follow-up of an offboarding', () => {
  it('finds a key created since, revokes it and marks it late; a repeat of the check does nothing', async () => {
    const principalName = 'saml/late@example.com';
    stack.api.store.createKeys(principalName);
    await settle(stack, 'bulk', now.offboarding('late', { principalName }));
    const [late = ''] = stack.api.store.createKeys(principalName);
    const first = checkOf('late', 1);
    expect(first.seconds).toBe(60);
    await settle(stack, 'bulk', first.body);
    expect(stack.api.store.status(late)).toBe('DELETED');
    const { id } = JSON.parse(first.body);
    expect(stack.trail(id)).toEqual(['intent:intent', 'outcome:confirmed', 'note:late-keys: 1']);
    const outcome = stack.audit.find(
      ({ metadata, unmapped }) => metadata.correlation_uid === id && unmapped.phase === 'outcome',
    );
    expect(outcome?.unmapped).toMatchObject({ late_key: true, target: { kind: 'key', accessKeyId: late } });

    const again = stack.api.store.createKeys(principalName);
    await settle(stack, 'urgent', first.body);
    expect(await reasons()).toEqual([]);
    expect(stack.trail(id).at(-1)).toBe('outcome:duplicate');
    expect(stack.api.store.liveKeys(principalName)).toEqual(again);
    const second = checkOf('late', 2);
    await settle(stack, 'bulk', second.body, checkOf('late', 2).body);
    expect(second.seconds).toBe(300);
    expect(live(principalName)).toBe(0);
  });

  it('asks for a reinstatement again, and forged checks do nothing but a dead letter', async () => {
    const principalName = 'saml/back@example.com';
    stack.api.store.createKeys(principalName);
    const offboarding = now.offboarding('back', { principalName });
    await settle(stack, 'bulk', offboarding);
    await settle(stack, 'bulk', now.returner('returns', { principalName }, { time: fromNow(1) }));
    stack.api.store.createKeys(principalName);
    await stack.deadLetters();
    const forged = (id: string, data: object) =>
      check({ id, time: fromNow(0), data: { parent: { source: offboarding.source, id: 'back' }, ...data } });
    await settle(
      stack,
      'bulk',
      forged('stranger', { principalName: 'coreweave/Jane', generation: 1 }),
      forged('orphan', { parent: { source: '//x', id: 'y' }, principalName, generation: 1 }),
    );
    await settle(stack, 'bulk', checkOf('back', 1).body);
    const deadLetters = await reasons();
    expect(deadLetters.map(([reason]) => reason)).toEqual(['invalid', 'invalid', 'held-superseded']);
    expect([live(principalName), live('coreweave/Jane')]).toEqual([1, 1]);
    expect((await ledgerOf(stack).get(eventKeyOf(offboarding)))?.data.checked).toEqual({ [principalName]: 0 });
  });
});

describe('what was accepted and still reads as live', () => {
  it('is confirmed by a later look', async () => {
    const [accessKeyId = ''] = stack.api.store.createKeys('coreweave/lagging');
    stack.api.faults.plan('revoke-key', fault.lag(3), { target: accessKeyId });
    await settle(stack, 'urgent', now.leak('lagging', { accessKeyId }));
    expect(stack.trail('lagging')).toEqual(['intent:intent', 'outcome:accepted']);
    const { body, seconds } = checkOf('lagging', 1);
    await settle(stack, 'bulk', body);
    expect(seconds).toBe(60);
    expect(stack.trail(JSON.parse(body).id)).toEqual(['intent:intent', 'outcome:confirmed']);
  });

  it('becomes a dead letter if the third check still finds the key', async () => {
    const [accessKeyId = ''] = stack.api.store.createKeys('coreweave/stuck');
    stack.api.faults.plan('revoke-key', fault.garbled('nothing', 'skipped'), { target: accessKeyId });
    const third = check({
      id: 'third',
      time: fromNow(0),
      data: { parent: { source: '//x', id: 'stuck' }, accessKeyId, generation: 3 },
    });
    await settle(stack, 'bulk', third);
    expect(stack.trail('third')).toEqual(['intent:intent', 'outcome:accepted', 'dead-letter:unconfirmed']);
    expect(await reasons()).toEqual([['unconfirmed', 'third']]);
  });
});
