import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { cachedToken, type Token, type TokenSource } from '../../../../lib/io/secrets/token.ts';

/** A store of secrets whose loads the test answers one by one, and a clock that it sets. */
const bench = () => {
  const loads: PromiseWithResolvers<string>[] = [];
  const clock = { now: 0 };
  const source = cachedToken(
    () => {
      const load = Promise.withResolvers<string>();
      loads.push(load);
      return load.promise;
    },
    () => clock.now,
  );
  const answer = (text: string): void => loads.at(-1)?.resolve(text);
  const fail = (): void => loads.at(-1)?.reject(new Error('store down'));
  return { source, loads, clock, answer, fail };
};

/** A bench whose source holds a token. */
const holding = async (value: string) => {
  const all = bench();
  const first = all.source.current();
  all.answer(value);
  return { ...all, token: await first };
};

const reveal = async (promise: Promise<Token>): Promise<string> => (await promise).reveal();

/** When all promises that can go on have gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('callers at the same time share one load', async () => {
  const { source, loads, answer } = bench();
  const callers = Array.from({ length: 50 }, () => source.current());
  answer('one');
  const tokens = await Promise.all(callers);
  expect(new Set(tokens).size).toBe(1);
  expect(loads).toHaveLength(1);
});

test('after five minutes the token is loaded again, and the call at hand does not wait for it', async () => {
  const { source, loads, clock, answer } = await holding('one');
  clock.now = 299_999;
  expect(await reveal(source.current())).toBe('one');
  expect(loads).toHaveLength(1);
  clock.now = 300_000;
  expect(await reveal(source.current())).toBe('one');
  expect(await reveal(source.current())).toBe('one');
  expect(loads).toHaveLength(2);
  answer('two');
  await settled();
  expect(await reveal(source.current())).toBe('two');
  clock.now = 599_999;
  expect(await reveal(source.current())).toBe('two');
  expect(loads).toHaveLength(2);
});

test('a token is held once it was loaded, and no longer when it was refused and is due again', async () => {
  const { source, loads, clock, answer } = bench();
  expect(source.held()).toBeUndefined();
  expect(loads).toHaveLength(0);
  const loaded = source.current();
  answer('one');
  const token = await loaded;
  expect(source.held()).toBe(token);
  clock.now = 300_000;
  expect(source.held()).toBe(token);
  expect(loads).toHaveLength(2);
  answer('one');
  await settled();
  const renewed = source.renew(token);
  answer('one');
  await renewed;
  expect(source.held()).toBe(token);
  clock.now = 600_000;
  expect(source.held()).toBeUndefined();
  expect(loads).toHaveLength(3);
});

test('a first load that fails is reported, and the next call loads again', async () => {
  const { source, loads, answer, fail } = bench();
  const first = source.current();
  fail();
  await expect(first).rejects.toThrow('store down');
  const second = source.current();
  answer('one');
  expect(await reveal(second)).toBe('one');
  expect(loads).toHaveLength(2);
});

test.for([
  ['fails', (all: ReturnType<typeof bench>) => all.fail()],
  ['brings no token', (all: ReturnType<typeof bench>) => all.answer('')],
] as const)('when a load for age %s, the token in hand goes on, and the store has 30 s of rest', async ([, happen]) => {
  const all = await holding('one');
  const { source, loads, clock, answer } = all;
  clock.now = 300_000;
  await source.current();
  happen(all);
  await settled();
  clock.now = 329_999;
  expect(await reveal(source.current())).toBe('one');
  expect(loads).toHaveLength(2);
  clock.now = 330_000;
  await source.current();
  answer('two');
  await settled();
  expect(await reveal(source.current())).toBe('two');
});

test('all who were refused at once share one reload', async () => {
  const { source, loads, token, answer } = await holding('old');
  const renewals = Array.from({ length: 50 }, () => source.renew(token));
  answer('new');
  expect(new Set(await Promise.all(renewals)).size).toBe(1);
  expect(await reveal(source.current())).toBe('new');
  expect(loads).toHaveLength(2);
});

test('one who was refused with an older token gets the token in hand, without a load', async () => {
  const { source, loads, token, answer } = await holding('old');
  const renewed = source.renew(token);
  answer('new');
  await renewed;
  expect(await reveal(source.renew(token))).toBe('new');
  expect(loads).toHaveLength(2);
});

test('a refused token that the store still has is not asked for again within 30 s', async () => {
  const { source, loads, clock, token, answer } = await holding('old');
  const first = source.renew(token);
  answer('old\n');
  expect(await first).toBe(token);
  clock.now = 29_999;
  expect(await source.renew(token)).toBe(token);
  expect(await source.current()).toBe(token);
  expect(loads).toHaveLength(2);
  clock.now = 30_000;
  const later = source.renew(token);
  answer('new');
  expect(await reveal(later)).toBe('new');
});

test('a reload for age alone does not put off the reload for a refusal', async () => {
  const { source, loads, clock, token, answer } = await holding('old');
  clock.now = 300_000;
  await source.current();
  answer('old');
  await settled();
  const renewed = source.renew(token);
  answer('new');
  expect(await reveal(renewed)).toBe('new');
  expect(loads).toHaveLength(3);
});

test('a refused token is no stand-in when the load fails', async () => {
  const { source, clock, token, fail } = await holding('old');
  const renewal = source.renew(token);
  fail();
  await expect(renewal).rejects.toThrow('store down');
  clock.now = 300_000;
  const current = source.current();
  fail();
  await expect(current).rejects.toThrow('store down');
});

test('nothing that a source holds can be inspected', async () => {
  const secret = `CW-SECRET-${'s'.repeat(32)}`;
  const { source } = await holding(secret);
  const shown: (source: TokenSource) => string = (it) => inspect(it, { depth: 9, showHidden: true });
  expect(shown(source)).not.toContain(secret);
});
