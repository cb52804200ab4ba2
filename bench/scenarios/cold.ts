/**
 * Cold start: from before the import of the bundle to the answer of the first revocation, in a fresh process each
 * time.
 */
import { coldRow, coldRuns } from '../cold-runs.ts';
import { DEPLOYED, LEAN_MINIMUM, MINIMUM, OURS, STACK, TWIN, VERIFYING } from '../contestants.ts';
import { coldMs, compareInRounds, compareWithTwin, formatRatio } from '../figures.ts';
import type { Series } from '../lab.ts';
import type { Scenario } from '../scenario.ts';
import type { Goal } from '../verdicts.ts';

const FIELD = [
  OURS,
  TWIN,
  MINIMUM,
  LEAN_MINIMUM,
  'fetch',
  'https-bounded',
  'middy',
  'powertools-lean',
  STACK,
  'powertools-sqs',
  'powertools-idempotency',
  VERIFYING,
  DEPLOYED,
];

const goalOf = (all: readonly Series[], name: string, base: string, most: number): Goal => ({
  figure: `cold, ${name}, × ${base}`,
  bound: { most },
  value: compareInRounds(all, name, base, coldMs).ratio,
});

export const cold: Scenario = {
  name: 'cold',
  title: 'Cold: import of the bundle and the first revocation, ms',
  async run(bench) {
    const all = await coldRuns(bench, FIELD);
    return {
      rows: all.map((series) =>
        coldRow(series, {
          [`× ${STACK}`]: formatRatio(all, series.contestant.name, STACK, coldMs),
          '× fetch': formatRatio(all, series.contestant.name, 'fetch', coldMs),
          [`× ${MINIMUM}`]: formatRatio(all, series.contestant.name, MINIMUM, coldMs),
        }),
      ),
      goals: [goalOf(all, DEPLOYED, STACK, 0.5), goalOf(all, DEPLOYED, 'fetch', 0.9), goalOf(all, OURS, MINIMUM, 1.35)],
      twin: compareWithTwin(all, coldMs),
      notes: [
        'Plain HTTP, 0 ms; the start of Node itself is not in it. Ratios are medians of those in each round, in ' +
          'brackets the middle 95 % (bootstrap).',
        'powertools-idempotency makes two calls of a table per record besides.',
      ],
    };
  },
};
