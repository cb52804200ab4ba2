/** End to end: a compromised principal loses the keys that it had, and no other. Needs `npm run build`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fault } from '../../../local/coreweave/faults.ts';
import { type Stack, startStack } from '../stack.ts';
import { comeBack, now, posts, settle } from './stage.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
const postsOf = (names: readonly string[]) => posts(stack).filter((post) => names.some((name) => post.endsWith(name)));

describe('a compromised principal', () => {
  it('is revoked by principal at first sight, then listed no more by any repeat', async () => {
    const name = 'coreweave/once';
    stack.api.store.createKeys(name, 3);
    const event = now.compromise('once', name);
    await settle(stack, 'urgent', event);
    const fresh = stack.api.store.createKeys(name, 2);
    for (let times = 0; times < 3; times += 1) await settle(stack, times % 2 === 0 ? 'urgent' : 'bulk', event);
    expect(postsOf([name])).toEqual([`revoke-principal ${name}`]);
    expect(stack.api.store.liveKeys(name)).toEqual(fresh);
    expect(stack.trail('once').slice(0, 2)).toEqual(['intent:intent', 'outcome:confirmed']);
  });

  it('is revoked key by key after a failed first try, and the replacement survives', async () => {
    const name = 'coreweave/again';
    const old = stack.api.store.createKeys(name, 2);
    stack.api.faults.plan('revoke-principal', fault.status(503), { target: name });
    await settle(stack, 'bulk', now.compromise('again', name));
    const fresh = stack.api.store.createKeys(name);
    await comeBack(stack, 'bulk');
    expect(postsOf([name, ...old])).toEqual([`revoke-principal ${name}`, ...old.map((id) => `revoke-key ${id}`)]);
    expect(stack.api.store.liveKeys(name)).toEqual(fresh);
  });

  it('whose dead letter is redriven loses no key created while it lay there', async () => {
    const name = 'coreweave/dead-letter';
    stack.api.store.createKeys(name, 2);
    stack.api.faults.plan('revoke-principal', fault.status(400), { target: name });
    await settle(stack, 'urgent', now.compromise('dead-letter', name));
    const deadLetters = (await stack.deadLetters()).filter(({ event }) => event?.id === 'dead-letter');
    expect(deadLetters.map(({ reason }) => reason)).toEqual(['api-rejected']);
    const fresh = stack.api.store.createKeys(name);
    for (let times = 0; times < 3; times += 1) await settle(stack, 'urgent', JSON.stringify(deadLetters[0]));
    expect(stack.api.store.liveKeys(name)).toEqual(fresh);
    expect(stack.trail('dead-letter').filter((step) => step === 'outcome:duplicate')).toHaveLength(2);
  });

  it('with more keys than a key snapshot holds is held', async () => {
    const name = 'coreweave/huge';
    stack.api.store.createKeys(name, 15_001);
    await settle(stack, 'bulk', now.compromise('huge', name));
    expect((await stack.deadLetters()).map(({ reason, event }) => [reason, event?.id])).toEqual([
      ['held-limit', 'huge'],
    ]);
    expect(postsOf([name])).toEqual([]);
  });
});
