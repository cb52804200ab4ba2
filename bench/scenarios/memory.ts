/** 10,000 records in one invocation: peak memory and connections. */
import { formatInteger } from '../../terminal/format.ts';
import { MINIMUM, OURS, STACK, TWIN, VERIFYING } from '../contestants.ts';
import { compareInRounds, compareWithTwin, formatFailedShare, formatRatio, medianOf, perSecond } from '../figures.ts';
import { measureInterleaved, openLab, type Sample } from '../lab.ts';
import type { Scenario } from '../scenario.ts';
import { quantile } from '../statistics.ts';

const RECORDS = 10_000;
const CONCURRENCY = 32;
const FIELD = [OURS, TWIN, VERIFYING, MINIMUM, 'fetch', 'fetch-bounded', 'https-bounded', 'middy', STACK];

const rss = ({ maxRssMb }: Sample): number => maxRssMb;
const connections = ({ api }: Sample): number => api.mostOpen;

export const memory: Scenario = {
  name: 'memory',
  title: `${formatInteger(RECORDS)} records in one invocation: memory and connections`,
  async run({ pin, contestants, rounds, step }) {
    const lab = await openLab(pin);
    const all = await measureInterleaved(contestants.find(...FIELD), { rounds: rounds(3), step }, (contestant) =>
      lab.measure(contestant, { batches: [RECORDS], timeoutMs: 180_000 }),
    );
    await lab.close();
    const ours = all.find(({ contestant }) => contestant.name === OURS);
    return {
      rows: all.map((series) => ({
        name: series.contestant.name,
        'RSS MB': medianOf(series, rss),
        [`× ${STACK}`]: formatRatio(all, series.contestant.name, STACK, rss),
        connections: medianOf(series, connections),
        'records/s': medianOf(series, perSecond(0)),
        failed: formatFailedShare(series),
      })),
      goals: [
        {
          figure: `maximum RSS, × ${STACK}`,
          bound: { most: 0.35 },
          value: compareInRounds(all, OURS, STACK, rss).ratio,
        },
        {
          figure: 'connections',
          bound: { most: CONCURRENCY },
          value: quantile(ours?.samples.map(connections) ?? [], 1),
          exact: true,
        },
      ],
      twin: compareWithTwin(all, rss),
      notes: [
        'RSS: the most that the process ever held, the parsed event included. Node has its own defaults for the heap.',
      ],
    };
  },
};
