/** End to end: future-dated offboardings, with a clock that a test can move. Needs `npm run build`. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../support/fakes.ts';
import { eventKeyOf } from '../../support/memory-world.ts';
import { type Stack, startStack } from '../stack.ts';
import { until } from '../wait.ts';
import { createFunctionClock } from './function-clock.ts';
import { delayed, fromNow, ledgerOf, now, posts, settle } from './stage.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let stack: Stack;
const clock = createFunctionClock();
beforeAll(async () => {
  stack = await startStack(clock.options);
});
beforeEach(() => clock.move(0));
afterAll(async () => {
  await stack.close();
  clock.remove();
});

/** Lets the day come: the schedules fire, and what they send is settled. */
async function passTo(ms: number): Promise<number> {
  clock.move(ms);
  const settled = stack.output.length;
  const fired = await stack.scheduler.fireDue(Date.now() + ms);
  await until('what fired', () => fired === 0 || stack.output.length > settled || undefined);
  await stack.idle();
  return fired;
}
const live = (name: string) => stack.api.store.liveKeys(name).length;
const reasons = async () => (await stack.deadLetters()).map(({ reason, event }) => [reason, event?.id]);

describe('a future-dated offboarding', () => {
  it('waits in one schedule, and goes when that fires', async () => {
    const principalName = 'saml/leaves@example.com';
    stack.api.store.createKeys(principalName, 2);
    const offboarding = now.offboarding('leaves', { principalName, effectiveAt: fromNow(10 * DAY_MS) });
    await settle(stack, 'bulk', offboarding, offboarding);
    // As if the first delivery had died right after it made the schedule: the name is taken.
    const ledger = ledgerOf(stack);
    const schedule = `schedule#${sha256(principalName)}#${sha256(String(offboarding.source))}`;
    for (const pk of [eventKeyOf(offboarding), schedule]) {
      expect(await ledger.remove(pk, (await ledger.get(pk))?.version ?? 0)).toBe(true);
    }
    await settle(stack, 'urgent', offboarding);
    expect(stack.scheduler.names()).toHaveLength(1);
    expect((await ledger.get(eventKeyOf(offboarding)))?.data.state).toBe('scheduled');
    expect(live(principalName)).toBe(2);

    expect(await passTo(10 * DAY_MS + MINUTE_MS)).toBe(1);
    expect(live(principalName)).toBe(0);
    expect((await ledger.get(eventKeyOf(offboarding)))?.data.state).toBe('done');
    expect(stack.scheduler.names()).toEqual([]);
    expect(await ledger.get(`schedule#${principalName}`)).toBeUndefined();
    expect(await reasons()).toEqual([]);
  });

  it('within a minute goes now, within 15 by a delayed message, and a date alone is refused', async () => {
    const names = ['now', 'soon', 'date'].map((name) => `saml/${name}@example.com`);
    for (const name of names) stack.api.store.createKeys(name);
    const before = delayed(stack).length;
    const [atOnce, soon] = [fromNow(1), fromNow(10 * MINUTE_MS)];
    await settle(
      stack,
      'bulk',
      now.offboarding('soon', { principalName: names[1], effectiveAt: soon }),
      now.offboarding('date', { principalName: names[2], effectiveAt: '2030-01-01' }),
      now.offboarding('now', { principalName: names[0], effectiveAt: atOnce }),
    );
    const sent = delayed(stack, before).filter(({ body }) => JSON.parse(body).id === 'soon');
    expect(sent).toHaveLength(1);
    expect(sent[0]?.seconds).toBeGreaterThan(9 * 60);
    expect(sent[0]?.seconds).toBeLessThanOrEqual(11 * 60);
    expect(stack.scheduler.names()).toEqual([]);
    const deadLetters = await stack.deadLetters();
    expect(deadLetters).toMatchObject([{ reason: 'invalid', detail: expect.stringContaining('a date alone begins') }]);

    expect(live(String(names[1]))).toBe(1);
    clock.move(11 * MINUTE_MS);
    await settle(stack, 'bulk', String(sent[0]?.body));
    expect(live(String(names[1]))).toBe(0);
    expect(live(String(names[0]))).toBe(0);
  });

  it('is replaced by a newer event, and cancelled by a reinstatement, which sends a dead letter', async () => {
    const principalName = 'saml/stays@example.com';
    stack.api.store.createKeys(principalName);
    const first = now.offboarding('first', { principalName, effectiveAt: fromNow(HOUR_MS) }, { time: fromNow(-2_000) });
    const second = now.offboarding(
      'second',
      { principalName, effectiveAt: fromNow(3 * HOUR_MS) },
      { time: fromNow(-1_000) },
    );
    await settle(stack, 'bulk', first);
    await settle(stack, 'bulk', second);
    expect(stack.scheduler.names()).toHaveLength(1);
    expect(await passTo(HOUR_MS + MINUTE_MS)).toBe(0);
    await settle(stack, 'bulk', first);
    expect(stack.trail('first').at(-1)).toBe('outcome:duplicate');
    expect(live(principalName)).toBe(1);

    clock.move(0);
    await settle(stack, 'urgent', now.returner('stays', { principalName }));
    expect(stack.scheduler.names()).toEqual([]);
    expect(await reasons()).toEqual([['held-superseded', 'second']]);
    expect(await passTo(3 * HOUR_MS + MINUTE_MS)).toBe(0);
    await settle(stack, 'bulk', second);
    expect(live(principalName)).toBe(1);
    expect(posts(stack).filter((post) => post.endsWith(principalName))).toEqual([]);
  });
});
