/** End to end: LIMITS bounds the keys of one sender, who does not delay other senders. Needs a build. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyLeak } from '../../support/event-factory.ts';
import { createFunctionClock, untilNextWindow } from '../guards/function-clock.ts';
import { fromNow, settle } from '../guards/stage.ts';
import { type Stack, startStack } from '../stack.ts';

/** The default. */
const PER_10_MINUTES = 500;
const INSTANCES = 4;
const FREE_KEYS = 5;

const clock = createFunctionClock();
let stack: Stack;
beforeAll(async () => {
  clock.move(untilNextWindow());
  stack = await startStack(clock.options);
});
afterAll(async () => {
  await stack.close();
  clock.remove();
});

/** Leaks of `count` new live keys. */
function leaksOf(name: string, count: number, source: string) {
  const ids = Array.from({ length: count }, (_, n) => `CW${name}${String(n).padStart(8, '0')}`);
  stack.api.store.add(...ids.map((accessKeyId) => ({ accessKeyId, principalName: 'coreweave/owner' })));
  const events = ids.map((id) => keyLeak({ id, source, time: fromNow(0), data: { accessKeyId: id } }));
  return { ids, events };
}
const dead = (ids: readonly string[]) => ids.filter((id) => stack.api.store.status(id) === 'DELETED');

describe('700 live keys of one sender', () => {
  it('are revoked up to the limit, then held without a call, with one notice; another sender is not held', async () => {
    const flood = leaksOf('FLOOD', 700, '//flood.example');
    const real = leaksOf('REAL', 12, '//scanner.example/acme/app');
    const text = (events: readonly object[]) => JSON.stringify(events);
    for (const event of real.events) await stack.send('urgent', JSON.stringify(event), {}, 'AROASCANNER');
    await settle(stack, 'urgent', text(flood.events.slice(0, 350)), text(flood.events.slice(350)));
    const killed = dead(flood.ids);
    expect(dead(real.ids)).toEqual(real.ids);
    expect(killed.length).toBeGreaterThanOrEqual(PER_10_MINUTES);
    expect(killed.length).toBeLessThanOrEqual(PER_10_MINUTES + INSTANCES * FREE_KEYS);

    const deadLetters = await stack.deadLetters();
    expect(deadLetters.map(({ reason, detail }) => `${reason}: ${detail}`)).toEqual(
      Array(700 - killed.length).fill('held-limit: rule: senderKeysPer10Minutes (500 distinct keys of one sender)'),
    );
    const called = new Set(stack.api.requests.map(({ target }) => target));
    expect(deadLetters.filter(({ event }) => called.has(String(event?.id)))).toEqual([]);
    const holds = stack.audit.filter(({ unmapped }) => unmapped.phase === 'hold');
    expect(holds.filter(({ unmapped }) => unmapped.repeated !== true)).toHaveLength(1);
  });
});
