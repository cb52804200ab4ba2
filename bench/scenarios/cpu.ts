/** Processor time per record: batches of 1,000, no latency, each contestant in a fresh process. */
import { DEPLOYED, MINIMUM, OURS, STACK, TWIN, UNCHAINED, VERIFYING } from '../contestants.ts';
import {
  compareMedians,
  compareWithTwin,
  cpuPerRecord,
  formatFailedShare,
  formatRatio,
  medianOf,
  perSecond,
} from '../figures.ts';
import { measureInterleaved, openLab, type Sample } from '../lab.ts';
import type { Scenario } from '../scenario.ts';

const RECORDS = 1_000;
/** One record first, so that loading and connecting are not in it; then two batches, as code gets warm. */
const BATCHES = [1, RECORDS, RECORDS];
const [FIRST, SECOND] = [1, 2];

const FIELD = [OURS, TWIN, UNCHAINED, MINIMUM, 'fetch', 'middy', 'powertools-lean', STACK, VERIFYING, DEPLOYED];

const IDEMPOTENT = 'powertools-idempotency';

const first = cpuPerRecord(FIRST);
const linesPerRecord = ({ lines, invocations }: Sample): number =>
  lines / invocations.reduce((sum, { records }) => sum + records, 0);

export const cpu: Scenario = {
  name: 'cpu',
  title: `CPU (user and system) per record, batch of ${RECORDS}, no latency, ms`,
  async run({ pin, contestants, rounds, step }) {
    const lab = await openLab(pin);
    const all = await measureInterleaved(contestants.find(...FIELD), { rounds: rounds(11), step }, (contestant) =>
      lab.measure(contestant, { batches: BATCHES }),
    );
    // More work than the others do, and slow: one batch, a few times.
    const slow = await measureInterleaved(
      contestants.find(IDEMPOTENT),
      { rounds: Math.min(3, rounds(3)), step },
      (contestant) => lab.measure(contestant, { batches: [1, RECORDS] }),
    );
    await lab.close();
    const goal = (figure: string, [name, base]: readonly [string, string], most: number) => ({
      figure,
      bound: { most },
      value: compareMedians(all, name, base, first).ratio,
    });
    return {
      rows: [...all, ...slow].map((series) => ({
        name: series.contestant.name,
        'first batch': medianOf(series, first),
        'second batch': medianOf(series, cpuPerRecord(SECOND)),
        'records/s': medianOf(series, perSecond(FIRST)),
        lines: medianOf(series, linesPerRecord),
        [`× ${STACK}`]: formatRatio([...all, ...slow], series.contestant.name, STACK, first),
        [`× ${MINIMUM}`]: formatRatio([...all, ...slow], series.contestant.name, MINIMUM, first),
        failed: formatFailedShare(series),
      })),
      goals: [
        goal(`CPU per record, chain off, × ${STACK}`, [UNCHAINED, STACK], 0.35),
        goal(`CPU per record, chain on, × ${STACK}`, [OURS, STACK], 0.45),
        goal(`CPU per record, chain off, × ${MINIMUM}`, [UNCHAINED, MINIMUM], 2),
        goal(`CPU per record, chain on, × ${MINIMUM}`, [OURS, MINIMUM], 3),
      ],
      twin: compareWithTwin(all, first),
      notes: [
        `Goals and ratios are of the first batch of ${RECORDS}, after one record.`,
        `${IDEMPOTENT} makes two calls of a table per record besides; one batch, a few times.`,
        'The product has no switch for the chain: `no chain` is its bundle with the linking taken out, made for this table.',
      ],
    };
  },
};
