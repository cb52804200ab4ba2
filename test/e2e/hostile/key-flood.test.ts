/** End to end: LIMITS bounds the keys of one sender, who does not delay other senders. Needs a build. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyLeak } from '../../support/event-factory.ts';
import { createFunctionClock, untilNextWindow } from '../guards/function-clock.ts';
import { fromNow, settle } from '../guards/stage.ts';
import { type Stack, startStack } from '../stack.ts';

/** So few that the ledger on localhost keeps up on a busy machine: without it, instances admit keys by themselves. */
const PER_10_MINUTES = 50;
const FLOOD = 100;
const LIMITS = {
  sourcePer10Minutes: 25,
  sourcePerDay: 100,
  totalPer10Minutes: 100,
  totalPerDay: 400,
  senderKeysPer10Minutes: PER_10_MINUTES,
};
const INSTANCES = 4;
const FREE_KEYS = 5;

const clock = createFunctionClock();
let stack: Stack;
beforeAll(async () => {
  clock.move(untilNextWindow());
  const { env, timeoutMs } = clock.options;
  stack = await startStack({ env: { ...env, LIMITS: JSON.stringify(LIMITS) }, timeoutMs });
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

describe('more live keys of one sender than its limit', () => {
  it('are revoked up to the limit, then held without a call, with one notice; another sender is not held', async () => {
    const flood = leaksOf('FLOOD', FLOOD, '//flood.example');
    const real = leaksOf('REAL', 12, '//scanner.example/acme/app');
    const text = (events: readonly object[]) => JSON.stringify(events);
    for (const event of real.events) await stack.send('urgent', JSON.stringify(event), {}, 'AROASCANNER');
    await settle(stack, 'urgent', text(flood.events.slice(0, FLOOD / 2)), text(flood.events.slice(FLOOD / 2)));
    const killed = dead(flood.ids);
    expect(dead(real.ids)).toEqual(real.ids);
    expect(killed.length).toBeGreaterThanOrEqual(PER_10_MINUTES);
    expect(killed.length).toBeLessThanOrEqual(PER_10_MINUTES + INSTANCES * FREE_KEYS);

    const deadLetters = await stack.deadLetters();
    expect(deadLetters.map(({ reason, detail }) => `${reason}: ${detail}`)).toEqual(
      Array(FLOOD - killed.length).fill('held-limit: rule: senderKeysPer10Minutes (50 distinct keys of one sender)'),
    );
    const called = new Set(stack.api.requests.map(({ target }) => target));
    expect(deadLetters.filter(({ event }) => called.has(String(event?.id)))).toEqual([]);
    const holds = stack.audit.filter(({ unmapped }) => unmapped.phase === 'hold');
    expect(holds.filter(({ unmapped }) => unmapped.repeated !== true)).toHaveLength(1);
  });
});
