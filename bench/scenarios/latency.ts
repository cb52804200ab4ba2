/**
 * A batch of 1,000 against an API with latency: wall time, time to the proof, and distance from the limit of round
 * trips.
 */
import { MINIMUM, OURS, STACK, TWIN, VERIFYING } from '../contestants.ts';
import {
  compareWithTwin,
  formatFailedShare,
  formatRatio,
  medianOf,
  perSecond,
  timeQuantile,
  wallMs,
} from '../figures.ts';
import { measureInterleaved, openLab, type Series, singleCallMs } from '../lab.ts';
import type { Bench, Outcome, Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';

const RECORDS = 1_000;
const CONCURRENCY = 32;
const SEQUENTIAL = 'powertools-sequential';
const [FAR_MS, FAR_ROUNDS] = [100, 2];

const FIELD = [OURS, TWIN, VERIFYING, MINIMUM, 'fetch', 'fetch-bounded', 'https-bounded', 'middy', STACK];
/** The first batch of a process, while V8 still optimizes the code, and the next one. */
const [wall, warmWall] = [wallMs(1), wallMs(2)];

/** Wall time in ms of a batch that only waits for `calls` round trips per record. */
const limitMs = (calls: number, single: number): number => calls * single * Math.ceil(RECORDS / CONCURRENCY);

const rowOf = (all: readonly Series[], series: Series, single: number, latencyMs: number) => {
  const { name } = series.contestant;
  const verifying = name === VERIFYING;
  const sequential = name === SEQUENTIAL;
  const limit = limitMs(verifying ? 2 : 1, single);
  const kind = verifying ? 'read' : 'revoke';
  return {
    name,
    latency: latencyMs,
    wall: medianOf(series, wall),
    '× limit': sequential ? '' : medianOf(series, wall) / limit,
    'next batch × limit': sequential ? '' : medianOf(series, warmWall) / limit,
    'records/s': medianOf(series, perSecond(1)),
    'p50 to proof': medianOf(series, timeQuantile(1, 0.5, kind)),
    'p99 to proof': medianOf(series, timeQuantile(1, 0.99, kind)),
    [`wall × ${STACK}`]: sequential ? '' : formatRatio(all, name, STACK, wall),
    connections: medianOf(series, ({ api }) => api.mostOpen),
    failed: formatFailedShare(series),
  };
};

async function at(bench: Bench, latencyMs: number, rounds: number) {
  const lab = await openLab(bench.pin, { latencyMs });
  const { step } = bench;
  const before = await singleCallMs(lab, bench);
  const all = await measureInterleaved(bench.contestants.find(...FIELD), { rounds, step }, (contestant) =>
    lab.measure(contestant, { batches: [1, RECORDS, RECORDS] }),
  );
  // A tenth of the batch: one record at a time, the full batch would take minutes.
  const slow = await measureInterleaved(bench.contestants.find(SEQUENTIAL), { rounds: 1, step }, (contestant) =>
    lab.measure(contestant, { batches: [1, RECORDS / 10] }),
  );
  const single = median([before, await singleCallMs(lab, bench)]);
  await lab.close();
  return { all, single, rows: [...all, ...slow].map((series) => rowOf(all, series, single, latencyMs)) };
}

const share = (all: readonly Series[], name: string, limit: number): number => {
  const series = all.find(({ contestant }) => contestant.name === name);
  return series === undefined ? Number.NaN : medianOf(series, wall) / limit;
};

export const latency: Scenario = {
  name: 'latency',
  title: `A batch of ${RECORDS}, API_CONCURRENCY ${CONCURRENCY}, an API that answers after 20 and ${FAR_MS} ms; ms`,
  async run(bench): Promise<Outcome> {
    const near = await at(bench, 20, bench.rounds(11));
    const far = await at(bench, FAR_MS, Math.min(FAR_ROUNDS, bench.rounds(FAR_ROUNDS)));
    const goal = (name: string, calls: number) => ({
      figure: `wall at 20 ms, ${name}, × limit of round trips`,
      bound: { most: 1.1 },
      value: share(near.all, name, limitMs(calls, near.single)),
    });
    return {
      rows: [...near.rows, ...far.rows],
      goals: [goal(OURS, 1), goal(VERIFYING, 2)],
      twin: compareWithTwin(near.all, wall),
      notes: [
        `Limit: calls per record × p50 of a single call (${near.single.toFixed(2)} and ${far.single.toFixed(2)} ms, ` +
          `by the minimum) × ⌈n/${CONCURRENCY}⌉.`,
        'Proof: the answer to the revocation, and with verification the answer to the read-back; ms from the start ' +
          'of the batch.',
        `${SEQUENTIAL}: a batch of ${RECORDS / 10}, once.`,
      ],
    };
  },
};
