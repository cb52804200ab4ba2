/** The row of an event, for any order of reads and writes of any number of deliveries. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideClaim, type EventRow } from '../../../lib/ledger/event-row.ts';
import { rowState } from '../../../lib/replay/check-row.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>, numRuns = 500) =>
  fc.assert(property, { numRuns, seed: 20261123 });

const START = 1_000_000;
const LEASE_MS = 30_000;
const BODIES = ['body-a', 'body-a', 'body-a', 'body-b'] as const;
const newRow = (holder: string, bodyHash: string, now: number): EventRow => ({
  state: 'open',
  bodyHash,
  time: '2026-11-23T09:30:00Z',
  holder,
  leaseUntil: now + LEASE_MS,
  principals: [],
  late: true,
  checked: {},
});

interface Stored {
  readonly version: number;
  readonly row: EventRow;
}

const who = fc.nat(2);
const body = fc.constantFrom(...BODIES);
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ does: fc.constant('look' as const), who, body, deadLetter: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('come' as const), who, body, deadLetter: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('write' as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('end' as const),
      who,
      state: fc.constantFrom('open', 'done', 'held', 'dead', 'scheduled'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('replay' as const), body }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(1, 29_999, 30_000, 90_000) }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Of<Does extends Step['does']> = Extract<Step, { does: Does }>;

/** The expected claim decision for a row. */
function lawOf(row: EventRow | undefined, { body: own, deadLetter }: Of<'look'> | Of<'come'>, now: number): string {
  if (row === undefined) return 'claimed';
  if (row.bodyHash !== own) return 'conflict';
  if (row.state === 'done') return 'duplicate';
  if (row.state === 'open') return row.leaseUntil > now ? 'busy' : 'claimed';
  if (row.state === 'scheduled') return (row.dueAt ?? 0) > now + 120_000 ? 'parked' : 'claimed';
  return deadLetter ? 'claimed' : 'parked';
}

/** The expected state of a row for a replay. */
function replayLaw(row: EventRow, { body: own }: Of<'replay'>, now: number): string {
  if (row.bodyHash !== own) return 'body-differs';
  return row.state === 'open' && row.leaseUntil > now ? 'busy' : 'ready';
}

/**
 * One row in a table. Everyone looks at it and decides; later, or never, they write, which only the version that they
 * saw allows. Each step checks the law.
 */
function openTable() {
  let now = START;
  let stored: Stored | undefined;
  const looked = new Map<number, { readonly seen: number; readonly row: EventRow }>();
  const leads = new Map<number, { readonly version: number; readonly until: number }>();
  const put = (seen: number, row: EventRow): boolean => {
    if ((stored?.version ?? 0) !== seen) return false;
    expect(stored?.row.state).not.toBe('done');
    if (stored !== undefined) expect(row.bodyHash).toBe(stored.row.bodyHash);
    stored = { version: seen + 1, row };
    return true;
  };
  const noOtherLeads = (own?: number): void => {
    for (const [other, { until }] of leads) if (other !== own) expect(until).toBeLessThanOrEqual(now);
  };
  const table = {
    wait: ({ ms }: Of<'wait'>) => {
      now += ms;
    },
    look(each: Of<'look'> | Of<'come'>, index: number) {
      const row = newRow(`comer-${index}`, each.body, now);
      const decision = decideClaim(stored?.row, { row, reopens: each.deadLetter, replaces: false }, now);
      expect(decision.kind).toBe(lawOf(stored?.row, each, now));
      looked.delete(each.who);
      if (decision.kind !== 'claimed') return;
      const { holder, leaseUntil } = row;
      expect(decision.row).toEqual({ ...(stored?.row ?? row), state: 'open', holder, leaseUntil });
      looked.set(each.who, { seen: stored?.version ?? 0, row: decision.row });
    },
    write({ who: own }: { readonly who: number }) {
      const mine = looked.get(own);
      looked.delete(own);
      if (mine === undefined || !put(mine.seen, mine.row)) return;
      noOtherLeads(own);
      leads.set(own, { version: mine.seen + 1, until: mine.row.leaseUntil });
    },
    come(each: Of<'come'>, index: number) {
      table.look(each, index);
      table.write(each);
    },
    end({ who: own, state }: Of<'end'>) {
      const mine = leads.get(own);
      leads.delete(own);
      if (mine === undefined || stored === undefined) return;
      const due = state === 'scheduled' ? { dueAt: now + 150_000 } : {};
      // A held row may still have a lease.
      const lease = state === 'held' ? {} : { leaseUntil: 0 };
      const written = put(mine.version, { ...stored.row, ...due, ...lease, state });
      if (mine.until > now) expect(written).toBe(true);
    },
    /** What it lets through leads, unless nothing is left to do, or another comes first. */
    replay(each: Of<'replay'>) {
      if (stored === undefined) return;
      const state = rowState(stored.row, each.body, false, now);
      expect(state).toBe(replayLaw(stored.row, each, now));
      const comer = { row: newRow('comer', each.body, now), reopens: true, replaces: false };
      const { kind } = decideClaim(stored.row, comer, now);
      if (state === 'ready') expect(['claimed', 'duplicate', 'parked']).toContain(kind);
    },
  };
  return table;
}

/** Plays the steps. */
function play(steps: readonly Step[]): void {
  const table = openTable();
  for (const [index, each] of steps.entries()) {
    if (each.does === 'look') table.look(each, index);
    else if (each.does === 'come') table.come(each, index);
    else if (each.does === 'write') table.write(each);
    else if (each.does === 'end') table.end(each);
    else if (each.does === 'replay') table.replay(each);
    else table.wait(each);
  }
}

describe('the row of an event', () => {
  it('has one lease holder at a time, keeps done rows, and reopens closed rows only for a replay', () =>
    run(fc.property(fc.array(step, { maxLength: 40, size: 'max' }), play), 2_000));

  it('has exactly one lease holder when deliveries read and write in any order', () => {
    const startable = fc.constantFrom<Partial<EventRow> | undefined>(
      undefined,
      { leaseUntil: 0 },
      { leaseUntil: START },
      { state: 'scheduled', dueAt: START },
      { state: 'scheduled', dueAt: START + 60_000 },
    );
    const order = fc.shuffledSubarray([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], { minLength: 10 });
    run(
      fc.property(startable, order, (start, turns) => {
        let stored: Stored | undefined =
          start === undefined ? undefined : { version: 7, row: { ...newRow('gone', 'body-a', 0), ...start } };
        const seen = new Map<number, { readonly version: number; readonly row: EventRow }>();
        const leaders: number[] = [];
        const answers: string[] = [];
        for (const who of turns) {
          const mine = seen.get(who);
          if (mine === undefined) {
            const row = newRow(`comer-${who}`, 'body-a', START);
            const decision = decideClaim(stored?.row, { row, reopens: false, replaces: false }, START);
            if (decision.kind === 'claimed') seen.set(who, { version: stored?.version ?? 0, row: decision.row });
            else answers.push(decision.kind);
          } else if ((stored?.version ?? 0) === mine.version) {
            stored = { version: mine.version + 1, row: mine.row };
            leaders.push(who);
          }
        }
        expect(leaders).toHaveLength(1);
        expect(stored?.row.holder).toBe(`comer-${leaders[0]}`);
        expect(answers.filter((kind) => kind !== 'busy')).toEqual([]);
      }),
    );
  });
});
