/** 4,900 records, the most that fit into one invocation, over TLS and with the 1,024 file descriptors of Lambda. */
import { formatInteger } from '../../terminal/format.ts';
import { makeCertificates } from '../certificates.ts';
import { type Contestant, MINIMUM, OURS, STACK, TWIN } from '../contestants.ts';
import {
  compareWithTwin,
  failedShare,
  formatFailedShare,
  medianOf,
  perSecond,
  timeQuantile,
  wallMs,
} from '../figures.ts';
import { measureInterleaved, openLab, type Series, singleCallMs } from '../lab.ts';
import { hasCommand } from '../machine.ts';
import type { Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';

const RECORDS = 4_900;
const DESCRIPTORS = 1_024;
const LATENCY_MS = 20;
const CONCURRENCY = 32;
/** The maximum of the setting. */
const WIDE = 128;
const WIDE_NAME = `ours, ${WIDE} at once`;
const FIELD = [OURS, TWIN, MINIMUM, 'fetch', 'fetch-bounded', 'https-bounded', 'middy', STACK];

const wall = wallMs(1);
const limitMs = (single: number, concurrency: number): number => single * Math.ceil(RECORDS / concurrency);

const rowOf = (series: Series, single: number) => {
  const { name } = series.contestant;
  const bound =
    name === WIDE_NAME ? WIDE : name === OURS || name === TWIN || name === MINIMUM ? CONCURRENCY : undefined;
  return {
    name,
    failed: formatFailedShare(series),
    wall: medianOf(series, wall),
    'limit ÷ wall': bound === undefined ? '' : limitMs(single, bound) / medianOf(series, wall),
    'revoked/s': medianOf(series, perSecond(1)),
    'p99 to revoked': medianOf(series, timeQuantile(1, 0.99)),
    connections: medianOf(series, ({ api }) => api.mostOpen),
    'RSS MB': medianOf(series, ({ maxRssMb }) => maxRssMb),
  };
};

export const descriptors: Scenario = {
  name: 'descriptors',
  title: `${formatInteger(RECORDS)} records over TLS, ${DESCRIPTORS} file descriptors, ${LATENCY_MS} ms`,
  async run(bench) {
    const { pin, contestants, folder, rounds, step } = bench;
    if (!hasCommand('openssl'))
      return { rows: [], goals: [], notes: ['Left out: there is no openssl to make certificates with.'] };
    const { caFile, ...tls } = makeCertificates(folder);
    const lab = await openLab(pin, { latencyMs: LATENCY_MS, tls }, { NODE_EXTRA_CA_CERTS: caFile });
    const before = await singleCallMs(lab, bench);
    const [ours, ...others] = contestants.find(...FIELD);
    const wide: readonly Contestant[] =
      ours === undefined ? [] : [{ ...ours, name: WIDE_NAME, env: { API_CONCURRENCY: String(WIDE) } }];
    const runners = [...(ours === undefined ? [] : [ours]), ...wide, ...others];
    const all = await measureInterleaved(runners, { rounds: rounds(3), step }, (contestant) =>
      lab.measure(contestant, { batches: [1, RECORDS], descriptors: DESCRIPTORS }),
    );
    const single = median([before, await singleCallMs(lab, bench)]);
    await lab.close();
    const measured = all.find(({ contestant }) => contestant.name === OURS);
    return {
      rows: all.map((series) => rowOf(series, single)),
      goals: [
        {
          figure: `share of records that fail with ${DESCRIPTORS} descriptors`,
          bound: { most: 0 },
          value: measured === undefined ? Number.NaN : failedShare(measured),
          exact: true,
        },
        {
          figure: `limit of round trips ÷ wall, ${CONCURRENCY} at once`,
          bound: { least: 0.85 },
          value: measured === undefined ? Number.NaN : limitMs(single, CONCURRENCY) / medianOf(measured, wall),
        },
      ],
      twin: compareWithTwin(all, wall),
      notes: [
        `Limit: p50 of a single call over TLS (${single.toFixed(2)} ms, by the minimum) × ⌈n/concurrency⌉. All ` +
          'check the certificate.',
      ],
    };
  },
};
