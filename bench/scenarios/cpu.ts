/** CPU time per record: batches of 1,000, no latency, each contestant in a fresh process. */
import { DEPLOYED, MINIMUM, OURS, STACK, TWIN, UNCHAINED, VERIFYING } from '../contestants.ts';
import {
  compareInRounds,
  compareWithTwin,
  cpuPerRecord,
  formatFailedShare,
  formatRatio,
  medianOf,
  perSecond,
} from '../figures.ts';
import { measureInterleaved, openLab, type Sample, type Series } from '../lab.ts';
import type { Bench, Scenario } from '../scenario.ts';

const RECORDS = 1_000;
/** One record first, so that loading and connecting are not counted; then two batches, because code warms up. */
const BATCHES = [1, RECORDS, RECORDS];
const [FIRST, SECOND] = [1, 2];

const FIELD = [
  OURS,
  TWIN,
  UNCHAINED,
  MINIMUM,
  'fetch',
  'fetch-bounded',
  'https-bounded',
  'middy',
  'powertools-lean',
  STACK,
  VERIFYING,
  DEPLOYED,
];

const IDEMPOTENT = 'powertools-idempotency';

const first = cpuPerRecord(FIRST);
const linesPerRecord = ({ lines, invocations }: Sample): number =>
  lines / invocations.reduce((sum, { records }) => sum + records, 0);

export const cpu: Scenario = {
  name: 'cpu',
  title: `CPU (user and system) per record, batch of ${RECORDS}, no latency, ms`,
  async run(bench) {
    const { all, slow } = await measureAll(bench);
    const every = [...all, ...slow];
    return {
      rows: every.map((series) => rowOf(series, every)),
      goals: GOALS.map(([figure, name, base, most]) => ({
        figure,
        bound: { most },
        value: compareInRounds(all, name, base, first).ratio,
      })),
      twin: compareWithTwin(all, first),
      notes: NOTES,
    };
  },
};

async function measureAll({ pin, contestants, rounds, step }: Bench) {
  const lab = await openLab(pin);
  const all = await measureInterleaved(
    [...contestants.find(...FIELD), ...contestants.baseline],
    { rounds: rounds(11), step },
    (contestant) => lab.measure(contestant, { batches: BATCHES }),
  );
  // Does more work than the others and is slow: one batch, three times.
  const slowRounds = { rounds: Math.min(3, rounds(3)), step };
  const slow = await measureInterleaved(contestants.find(IDEMPOTENT), slowRounds, (contestant) =>
    lab.measure(contestant, { batches: [1, RECORDS] }),
  );
  await lab.close();
  return { all, slow };
}

const rowOf = (series: Series, every: readonly Series[]) => ({
  name: series.contestant.name,
  'first batch': medianOf(series, first),
  'second batch': medianOf(series, cpuPerRecord(SECOND)),
  'records/s': medianOf(series, perSecond(FIRST)),
  lines: medianOf(series, linesPerRecord),
  [`× ${STACK}`]: formatRatio(every, series.contestant.name, STACK, first),
  [`× ${MINIMUM}`]: formatRatio(every, series.contestant.name, MINIMUM, first),
  failed: formatFailedShare(series),
});

const GOALS: readonly (readonly [figure: string, name: string, base: string, most: number])[] = [
  [`CPU per record, chain off, × ${STACK}`, UNCHAINED, STACK, 0.35],
  [`CPU per record, chain on, × ${STACK}`, OURS, STACK, 0.45],
  [`CPU per record, chain off, × ${MINIMUM}`, UNCHAINED, MINIMUM, 2],
  [`CPU per record, chain on, × ${MINIMUM}`, OURS, MINIMUM, 3],
];

const NOTES = [
  `Goals and ratios are of the first batch of ${RECORDS}, after one record.`,
  `${IDEMPOTENT} makes two calls of a table per record besides; one batch, a few times.`,
  'The product has no switch for the chain: `no chain` is its bundle with the linking taken out, ' +
    'made for this table.',
];
