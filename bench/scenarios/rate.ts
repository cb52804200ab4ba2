/** An API that allows 200 calls per second: 10,000 leaks for one environment, redelivered as SQS does. */
import { setTimeout as pause } from 'node:timers/promises';
import { formatInteger } from '../../terminal/format.ts';
import type { ApiReport } from '../api.ts';
import { startChild } from '../child.ts';
import { URGENT_ARN } from '../client.ts';
import { MINIMUM, OURS, STACK } from '../contestants.ts';
import { failedShare, medianOf } from '../figures.ts';
import { handlerVariables, measureInterleaved, openLab } from '../lab.ts';
import { toRateFigures } from '../rate-figures.ts';
import { createRedeliveringQueue, type RedeliveringQueue } from '../redelivery.ts';
import type { Bench, Outcome, Scenario } from '../scenario.ts';
import { type ServedEnvironment, startEnvironment } from '../serving.ts';
import { startSqsStub } from '../sqs-stub.ts';

const RATE = { perSecond: 200, burst: 50 };
const EVENTS = 10_000;
const BATCH = 1_000;
/** As for the urgent lane in serverless.yml. */
const [TIMEOUT_MS, VISIBILITY_S] = [30_000, 180];
/** Three times the limit's own time. The run is ended then, and what is left counts as not done. */
const MOST_MS = 150_000;
const LATENCIES_MS = [1, 20, 100];
const ONCE = [OURS, MINIMUM, 'fetch', 'fetch-bounded', 'https-bounded', 'middy', STACK];
const ONCE_RECORDS = 1_000;

/** One invocation after the other, with a full batch whenever there is one, like a poller that has received ahead. */
async function drain(queue: RedeliveringQueue, serving: ServedEnvironment, { step }: Bench): Promise<void> {
  const began = Date.now();
  for (
    let { left, nextAt } = queue.state();
    left > 0 && Date.now() - began < MOST_MS;
    { left, nextAt } = queue.state()
  ) {
    const Records = queue.take(BATCH, Date.now());
    if (Records.length === 0) {
      await pause(Math.min(1_000, Math.max(1, nextAt - Date.now())));
      continue;
    }
    const failed = await serving.invoke({ Records }, TIMEOUT_MS);
    queue.settle(failed === undefined ? [] : Records, failed ?? new Set());
    step(`${left} left`);
  }
}

/** One environment at one latency. */
async function run(bench: Bench, latencyMs: number) {
  const api = await startChild<{ url: string }>('bench/children/api-main.ts', { latencyMs, rate: RATE });
  const [ours] = bench.contestants.find(OURS);
  if (ours === undefined) throw new Error('nothing to measure');
  const queue = createRedeliveringQueue(EVENTS, {
    queueArn: URGENT_ARN,
    visibilitySeconds: VISIBILITY_S,
    now: Date.now(),
  });
  const sqs = await startSqsStub((handle, seconds) => queue.hide(handle, seconds, Date.now()));
  const serving = startEnvironment(bench.pin, ours, {
    ...handlerVariables(api.hello.url),
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
  });
  await drain(queue, serving, bench);
  const report = await api.ask<ApiReport>();
  await Promise.all([serving.close(), sqs.close(), api.close()]);
  const figures = toRateFigures(report.calls, RATE);
  const { left, receives } = queue.state();
  const dead = sqs.sent.get('revocation-dead-letters') ?? 0;
  return {
    latencyMs,
    ...figures,
    receives: receives / EVENTS,
    dead,
    lost: EVENTS - left - report.revoked - dead,
    left,
  };
}

/** One batch of 1,000: what each contestant leaves to the queue. */
async function once(bench: Bench) {
  const sqs = await startSqsStub(() => undefined);
  const lab = await openLab(bench.pin, { latencyMs: 20, rate: RATE }, { AWS_ENDPOINT_URL_SQS: sqs.endpoint });
  const all = await measureInterleaved(bench.contestants.find(...ONCE), { rounds: 1, step: bench.step }, (contestant) =>
    lab.measure(contestant, { batches: [ONCE_RECORDS] }),
  );
  await Promise.all([lab.close(), sqs.close()]);
  return all.map((series) => ({
    name: `${series.contestant.name}, ${ONCE_RECORDS} once`,
    'not revoked': failedShare(series),
    rejected: medianOf(series, ({ api }) => api.calls.filter(([kind]) => kind === 'refused').length),
    connections: medianOf(series, ({ api }) => api.mostOpen),
  }));
}

export const rate: Scenario = {
  name: 'rate',
  title:
    `An API limited to ${RATE.perSecond}/s (burst ${RATE.burst}): ` +
    `${formatInteger(EVENTS)} leaks, redelivered until done`,
  async run(bench): Promise<Outcome> {
    const runs = [];
    for (const latencyMs of LATENCIES_MS) runs.push(await run(bench, latencyMs));
    return {
      rows: [
        ...runs.map(({ latencyMs, goodput, rejectedShare, seconds, ...counts }) => ({
          name: `ours at ${latencyMs} ms`,
          seconds,
          'of the limit, 10th s to end': goodput,
          'rejected after the first pause': rejectedShare,
          'rejected in all': counts.rejected,
          'receives per record': counts.receives,
          dead: counts.dead,
          lost: counts.lost,
          'not done': counts.left,
        })),
        ...(await once(bench)),
      ],
      goals: runs.flatMap(({ latencyMs, goodput, rejectedShare, dead, lost, left }) => [
        { figure: `goodput at ${latencyMs} ms, of the limit`, bound: { least: 0.95 }, value: goodput },
        { figure: `rejected at ${latencyMs} ms, share of calls`, bound: { most: 0.05 }, value: rejectedShare },
        {
          figure: `lost, dead or not done at ${latencyMs} ms`,
          bound: { most: 0 },
          value: dead + lost + left,
          exact: true,
        },
      ]),
      notes: [
        `One environment, batches of up to ${BATCH}, 32 calls at once at most; a returned message keeps the ` +
          `visibility that the function set, else ${VISIBILITY_S} s.`,
        `Given up after ${MOST_MS / 1_000} s. “once”: one batch of ${ONCE_RECORDS} at 20 ms; what a peer does not ` +
          'revoke there is a failed record.',
      ],
    };
  },
};
