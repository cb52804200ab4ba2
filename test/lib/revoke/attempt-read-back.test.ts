import { describe, expect, it } from 'vitest';
import type { EventContext } from '../../../lib/context.ts';
import { type Verification, verifyUntilGone } from '../../../lib/revoke/attempt.ts';

const LIVE = { gone: false };
const GONE = { gone: true };

/** Looks with pauses of 0, 10 and 20 ms; returns what was seen at last, and the waits in between. */
async function look(sights: readonly (Verification | undefined)[], endsAt = 1_000) {
  const waits: number[] = [];
  let now = 0;
  const sleep = async (ms: number) => {
    waits.push(ms);
    now += ms;
  };
  const runtime = { ports: { clock: { now: () => now, sleep } } };
  const context = { runtime, invocation: { endsAt } } as unknown as EventContext;
  const left = [...sights];
  return { seen: await verifyUntilGone(context, [0, 10, 20], async () => left.shift()), waits, left: left.length };
}

describe('looks at what was revoked', () => {
  it('begin at once, without a wait of their own', async () => {
    expect(await look([GONE])).toEqual({ seen: GONE, waits: [], left: 0 });
  });

  it('go on while it is live or nothing is seen, and end when it is gone', async () => {
    expect(await look([undefined, LIVE, GONE])).toEqual({ seen: GONE, waits: [10, 20], left: 0 });
    expect(await look([LIVE, GONE, LIVE])).toEqual({ seen: GONE, waits: [10], left: 1 });
  });

  it('keep what was seen last when a later one shows nothing', async () => {
    expect(await look([LIVE, undefined, undefined])).toEqual({ seen: LIVE, waits: [10, 20], left: 0 });
    expect(await look([undefined, undefined, undefined])).toEqual({ seen: undefined, waits: [10, 20], left: 0 });
  });

  it.each([
    [0, 0, undefined],
    [10, 1, LIVE],
    [11, 2, LIVE],
  ])('are none whose pause would outlast the invocation: of %i ms, %i', async (endsAt, looks, seen) => {
    const result = await look([LIVE, LIVE, LIVE], endsAt);
    expect([result.seen, 3 - result.left]).toEqual([seen, looks]);
  });
});
