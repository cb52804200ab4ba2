/** The lease holder of an event, for any order of claims, ends, waits and crashes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventRow } from '../../lib/ledger/event-row.ts';
import { claimEvent, LeaseLost, updateClaim } from '../../lib/ledger/events.ts';
import { sha256 } from '../support/fakes.ts';
import { memoryTable } from '../support/memory-table.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IAsyncProperty<Values>, numRuns = 150) =>
  fc.assert(property, { numRuns, seed: 20261123 });
const iso = (ms: number) => new Date(ms).toISOString();

describe('the lease of an event', () => {
  const steps = fc.array(
    fc.record({
      who: fc.nat(3),
      does: fc.constantFrom('claim', 'finish', 'giveBack', 'wait', 'crash'),
      ms: fc.nat(20_000),
    }),
    { maxLength: 40 },
  );
  test('is held by one at a time, and what is done stays done', () =>
    run(
      fc.asyncProperty(steps, async (taken) => {
        let now = 1_000_000;
        const ports = {
          table: memoryTable({ now: () => now }),
          sha256,
          clock: { now: () => now, sleep: async () => {} },
        };
        const held = new Map<number, { claim: Awaited<ReturnType<typeof updateClaim>>; until: number }>();
        let done = false;
        for (const [index, { who, does, ms }] of taken.entries()) {
          const mine = held.get(who);
          if (does === 'wait') now += ms;
          else if (does === 'crash') held.delete(who);
          else if (does === 'claim') {
            const row: EventRow = {
              state: 'open',
              bodyHash: 'b',
              time: iso(now),
              holder: `h-${index}`,
              leaseUntil: now + 30_000,
              principals: [],
              late: true,
              checked: {},
            };
            const claim = await claimEvent(
              ports,
              'event#1',
              { row, reopens: false, replaces: false },
              ports.clock.now(),
            );
            if ('kind' in claim) expect(done ? 'duplicate' : 'busy').toBe(claim.kind);
            else {
              expect(done).toBe(false);
              for (const [other, { until }] of held) if (other !== who) expect(until).toBeLessThanOrEqual(now);
              held.set(who, { claim, until: now + 30_000 });
            }
          } else if (mine !== undefined) {
            const change = does === 'finish' ? ({ state: 'done', leaseUntil: 0 } as const) : { leaseUntil: 0 };
            const written = await updateClaim(ports, mine.claim, change).catch((error: unknown) => error);
            if (written instanceof LeaseLost) expect(mine.until).toBeLessThanOrEqual(now);
            else done ||= does === 'finish';
            held.delete(who);
          }
        }
      }),
      300,
    ));
});
