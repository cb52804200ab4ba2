/** A measurement: a fresh client against the API, and what both recorded. */
import { OWN_ROLES, WITHOUT_KEY_LIMITS } from '../local/variables.ts';
import type { ApiOptions, ApiReport } from './api.ts';
import { startChild } from './child.ts';
import { type Run, runClient, type Task } from './client.ts';
import { type Contestant, type ContestantSet, MINIMUM } from './contestants.ts';
import type { CpuPin } from './machine.ts';
import { drawOrder, median } from './statistics.ts';

export interface Sample extends Run {
  readonly api: ApiReport;
}

export interface Lab {
  readonly url: string;
  /** Resolves with undefined where the client gave no answer in time. */
  measure(contestant: Contestant, task: Omit<Task, 'bundle' | 'env'>): Promise<Sample | undefined>;
  close(): Promise<void>;
}

const TOKEN = 'bench-token';
const queueUrl = (lane: string): string => `http://127.0.0.1:9/000000000000/revocation-${lane}`;
const queueArn = (lane: string): string => `arn:aws:sqs:us-east-1:000000000000:revocation-${lane}`;

/** The variables of the product. The peers read the first two and the concurrency. */
export const handlerVariables = (url: string): Record<string, string> => ({
  COREWEAVE_API_URL: url,
  COREWEAVE_API_TOKEN: TOKEN,
  API_CONCURRENCY: '32',
  MODE: 'enforce',
  VERIFY: 'false',
  PROTECTED: '[]',
  URGENT_QUEUE_URL: queueUrl('urgent'),
  BULK_QUEUE_URL: queueUrl('bulk'),
  DEAD_LETTER_QUEUE_URL: queueUrl('dead-letters'),
  BULK_QUEUE_ARN: queueArn('bulk'),
  DEAD_LETTER_QUEUE_ARN: queueArn('dead-letters'),
  SCHEDULER_ROLE_ARN: 'arn:aws:iam::000000000000:role/scheduler',
  LEDGER_TABLE: 'ledger',
  OWN_ROLES,
  LIMITS: WITHOUT_KEY_LIMITS,
  AWS_ENDPOINT_URL: url,
});

/** Starts the API. `env` is added for every client. */
export async function openLab(
  pin: CpuPin,
  options: ApiOptions = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Lab> {
  const api = await startChild<{ url: string }>('bench/children/api-main.ts', options);
  const { url } = api.hello;
  return {
    url,
    async measure(contestant, task) {
      // Discards what belongs to the previous client, such as connections that end late.
      await api.ask<ApiReport>();
      const all = { ...handlerVariables(url), ...env, ...contestant.env };
      const run = await runClient(pin, { ...task, bundle: contestant.bundle, env: all });
      const report = await api.ask<ApiReport>();
      return run === undefined ? undefined : { ...run, api: report };
    },
    close: () => api.close(),
  };
}

/** A sample, and the round it was taken in: those of one round were taken within seconds of each other. */
export interface RoundSample extends Sample {
  readonly round: number;
}

export interface Series {
  readonly contestant: Contestant;
  readonly samples: readonly RoundSample[];
  /** Samples without an answer in time. */
  readonly late: number;
}

interface Taken extends Series {
  readonly samples: RoundSample[];
  late: number;
}

/** Measures each contestant once per round, in an order of its own. `step` is called after each sample. */
export async function measureInterleaved(
  contestants: readonly Contestant[],
  { rounds, step }: { readonly rounds: number; readonly step: (what: string) => void },
  measure: (contestant: Contestant) => Promise<Sample | undefined>,
): Promise<readonly Series[]> {
  const taken = contestants.map((contestant): Taken => ({ contestant, samples: [], late: 0 }));
  for (let round = 0; round < rounds; round += 1) {
    for (const series of drawOrder(taken, round)) {
      const sample = await measure(series.contestant);
      if (sample === undefined) series.late += 1;
      else series.samples.push({ ...sample, round });
      step(series.contestant.name);
    }
  }
  return taken;
}

/** Invocations of one record; the first ones load, connect and compile, and are not counted. */
const [PROBES, COLD] = [40, 5];

/** The median time of a call without concurrency, by the minimal handler, in ms. NaN where it gave no answer. */
export async function singleCallMs(
  lab: Lab,
  { contestants }: { readonly contestants: ContestantSet },
): Promise<number> {
  const [minimum] = contestants.find(MINIMUM);
  const probe = minimum && (await lab.measure(minimum, { batches: Array<number>(PROBES).fill(1) }));
  return median(probe?.invocations.slice(COLD).map((each) => each.endedAt - each.startedAt) ?? []);
}
