/** How the cost grows with records per batch, with principals, and with keys in the inventory. The product alone. */
import { startChild } from '../child.ts';
import { runClient } from '../client.ts';
import { OURS } from '../contestants.ts';
import { handlerVariables, openLab } from '../lab.ts';
import type { Bench, Outcome, Scenario } from '../scenario.ts';
import { startSqsStub } from '../sqs-stub.ts';
import { growthOf, median } from '../statistics.ts';

const RECORDS = [10, 100, 1_000, 10_000];
const PRINCIPALS = [1, 10, 100, 1_000];
const INVENTORIES = [1_000, 10_000, 100_000];
const OFFBOARDINGS = 100;
const OWNERS = 1_000;
const BULK_ARN = 'arn:aws:sqs:us-east-1:000000000000:revocation-bulk';
const NO_LIMITS = JSON.stringify({
  sourcePer10Minutes: 5_000,
  sourcePerDay: 5_000,
  totalPer10Minutes: 5_000,
  totalPerDay: 5_000,
});

interface Point {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly rssMb: number;
  readonly failed: number;
  readonly calls?: string;
}

type Measure = (bench: Bench) => Promise<Point | undefined>;

const leaks =
  (records: number): Measure =>
  async ({ pin, contestants }) => {
    const lab = await openLab(pin);
    const [ours] = contestants.find(OURS);
    const sample = ours && (await lab.measure(ours, { batches: [1, records] }));
    await lab.close();
    return pointOf(sample);
  };

const pointOf = (run: Awaited<ReturnType<typeof runClient>>): Point | undefined => {
  const last = run?.invocations.at(-1);
  if (run === undefined || last === undefined) return undefined;
  return { cpuMs: last.cpuMs, wallMs: last.endedAt - last.startedAt, rssMb: run.maxRssMb, failed: last.failed };
};

/** Offboardings on the bulk lane. Each run has its own API, ledger and queue, because an event is new only once. */
const offboardings =
  (count: number, keysPerPrincipal: number): Measure =>
  async ({ pin, contestants }) => {
    const [ours] = contestants.find(OURS);
    const { COREWEAVE_API_TOKEN: token = '' } = handlerVariables('');
    const api = await startChild<{ url: string }>('local/coreweave/main.ts', {
      token,
      principals: OWNERS,
      keysPerPrincipal,
    });
    const ledger = await startChild<{ endpoint: string }>('bench/children/ledger-main.ts');
    const sqs = await startSqsStub(() => undefined);
    const env = {
      ...handlerVariables(api.hello.url),
      VERIFY: 'true',
      LIMITS: NO_LIMITS,
      AWS_ENDPOINT_URL_SQS: sqs.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: ledger.hello.endpoint,
    };
    const task = { env, batches: [count], subject: 'offboarding', queueArn: BULK_ARN, timeoutMs: 120_000 } as const;
    const point = pointOf(ours && (await runClient(pin, { ...task, bundle: ours.bundle })));
    const { calls } = await api.ask<{ calls: Readonly<Record<string, number>> }>();
    await Promise.all([api.close(), ledger.close(), sqs.close()]);
    const text = Object.entries(calls).map(([call, times]) => `${times} ${call}`);
    return point && { ...point, calls: text.join(', ') };
  };

interface Ladder {
  readonly what: string;
  readonly steps: readonly (readonly [size: number, measure: Measure])[];
}

const LADDERS: readonly Ladder[] = [
  { what: 'leaks', steps: RECORDS.map((size) => [size, leaks(size)]) },
  { what: 'offboardings', steps: PRINCIPALS.map((size) => [size, offboardings(size, 1)]) },
  {
    what: `keys, ${OFFBOARDINGS} offboardings`,
    steps: INVENTORIES.map((size) => [size, offboardings(OFFBOARDINGS, size / OWNERS)]),
  },
];

interface Step {
  readonly size: number;
  readonly measure: Measure;
  readonly points: Point[];
}

async function climb(bench: Bench, { what, steps }: Ladder, rounds: number) {
  const taken = steps.map(([size, measure]): Step => ({ size, measure, points: [] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { size, measure, points } of taken) {
      const point = await measure(bench);
      if (point !== undefined) points.push(point);
      bench.step(`${size} ${what}`);
    }
  }
  const rows = taken.map(({ size, points }) => ({
    name: what,
    size,
    'CPU ms': median(points.map(({ cpuMs }) => cpuMs)),
    'CPU ms each': median(points.map(({ cpuMs }) => cpuMs)) / size,
    wall: median(points.map(({ wallMs }) => wallMs)),
    'RSS MB': median(points.map(({ rssMb }) => rssMb)),
    returned: median(points.map(({ failed }) => failed)),
    calls: points[0]?.calls ?? '',
  }));
  return { rows, what, growth: growthOf(rows.slice(-2).map((row) => [row.size, row['CPU ms']])) };
}

export const scale: Scenario = {
  name: 'scale',
  title: 'Scale: how the cost grows',
  async run(bench): Promise<Outcome> {
    const climbed = [];
    for (const ladder of LADDERS) climbed.push(await climb(bench, ladder, Math.min(2, bench.rounds(2))));
    return {
      rows: climbed.flatMap(({ rows }) => rows),
      goals: climbed.map(({ what, growth }) => ({
        figure: `exponent of CPU over size, last step, ${what} (1: linear)`,
        bound: { most: 1.1 },
        value: growth,
      })),
      notes: [
        'Leaks: urgent lane, no latency, after one record. Offboardings: bulk lane with snapshot, limits and ledger ' +
          '(dynalite), cold, on the strict API.',
        `Keys: an inventory of so many keys of ${OWNERS} principals, ${OFFBOARDINGS} of them offboarded in one batch.`,
      ],
    };
  },
};
