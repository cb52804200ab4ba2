/** End to end: limits across instances, and a dry run. Needs `npm run build`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventKeyOf } from '../../support/memory-world.ts';
import { type Stack, startStack } from '../stack.ts';
import { createFunctionClock, untilNextWindow } from './function-clock.ts';
import { fromNow, ledgerOf, now, posts, settle } from './stage.ts';

let stack: Stack;
let invented: Stack;
let dry: Stack;
const LIMITS = { sourcePer10Minutes: 25, sourcePerDay: 100, totalPer10Minutes: 30, totalPerDay: 400 };
const clock = createFunctionClock();
beforeAll(async () => {
  clock.move(untilNextWindow());
  const { env, timeoutMs } = clock.options;
  [stack, invented, dry] = await Promise.all([
    startStack(clock.options),
    startStack({ env: { ...env, LIMITS: JSON.stringify(LIMITS) }, timeoutMs }),
    startStack({ env: { MODE: 'dry-run', DRY_RUN_KEEP: 'true', PROTECTED: '[]' } }),
  ]);
});
afterAll(async () => {
  await Promise.all([stack.close(), invented.close(), dry.close()]);
  clock.remove();
});

const principal = (n: number) => `coreweave/user${n}`;
/** Sends `count` offboardings to both lanes at once; returns their events. */
async function flood(to: Stack, count: number, overrides: (n: number) => Record<string, unknown> = () => ({})) {
  const events = Array.from({ length: count }, (_, n) => {
    to.api.store.createKeys(principal(n));
    return now.offboarding(`offboarding-${n}`, { principalName: principal(n) }, overrides(n));
  });
  const half = (odd: number) => events.filter((_, n) => n % 2 === odd);
  await Promise.all([settle(to, 'urgent', ...half(0)), settle(to, 'bulk', ...half(1))]);
  return events;
}
const revoked = (of: Stack) => new Set(posts(of)).size;

describe('limits', () => {
  it('let exactly 25 of 40 racing principals of one source pass, each of the others is held once', async () => {
    const events = await flood(stack, 40);
    expect(revoked(stack)).toBe(25);
    const deadLetters = await stack.deadLetters();
    expect(deadLetters.map(({ reason }) => reason)).toEqual(Array(15).fill('held-limit'));
    expect(new Set(deadLetters.map(({ event }) => event?.id)).size).toBe(15);

    const admitted = events.find(({ id }) => deadLetters.every(({ event }) => event?.id !== id));
    await settle(stack, 'bulk', { ...admitted, id: 'again', time: fromNow(0) });
    expect(stack.trail('again')).toEqual(['intent:intent', 'outcome:no-keys']);
    expect(await stack.deadLetters()).toEqual([]);
  });

  it('hold over invented sources too', async () => {
    await flood(invented, 40, (n) => ({ source: `//invented.example/${n}` }));
    expect(revoked(invented)).toBe(30);
    expect(await invented.deadLetters()).toHaveLength(10);
  });
});

describe('a dry run', () => {
  it('makes no call that changes anything, uses a ledger of its own and keeps dead letters', async () => {
    const { store } = dry.api;
    const [accessKeyId] = store.createKeys('coreweave/leaky');
    const names = ['saml/leaves@example.com', 'coreweave/lost'] as const;
    for (const name of names) store.createKeys(name, 2);
    const offboarding = now.offboarding('offboarding', { principalName: names[0] });
    await settle(
      dry,
      'bulk',
      now.leak('leak', { accessKeyId }),
      now.compromise('compromise', names[1]),
      offboarding,
      now.offboarding('later', { principalName: names[0], effectiveAt: fromNow(86_400_000) }),
    );
    expect(posts(dry)).toEqual([]);
    expect(new Set(dry.api.requests.map(({ call }) => call))).toEqual(new Set(['list-keys']));
    expect(dry.scheduler.names()).toEqual([]);
    expect(['leak', 'compromise', 'offboarding', 'later'].map((id) => dry.trail(id))).toEqual([
      ['outcome:would-revoke', 'hold:held-dry-run'],
      ['outcome:would-revoke', 'hold:held-dry-run'],
      ['outcome:would-revoke', 'hold:held-dry-run'],
      ['note:would-schedule', 'hold:held-dry-run'],
    ]);
    expect((await dry.deadLetters()).map(({ reason }) => reason)).toEqual(Array(4).fill('held-dry-run'));
    expect(await ledgerOf(dry).get(eventKeyOf(offboarding))).toBeUndefined();
    expect((await ledgerOf(dry, true).get(eventKeyOf(offboarding)))?.data.state).toBe('held');
  });
});
