/** What a run is made of: jobs that any process can do, each with a small result. */
import type { Promised } from './check/facts.ts';
import type { ControlName } from './controls.ts';
import { CRASH_CASES, crashEverywhere } from './crash-points.ts';
import { keepsDeadlines } from './deadlines.ts';
import { OUTAGES, type OutageReport, outage } from './outage.ts';
import { planOf } from './seeded-plan.ts';
import { liveAndCheck } from './seeds.ts';

export type Job =
  | { readonly kind: 'seed'; readonly seed: number; readonly without?: ControlName }
  | { readonly kind: 'crash-case'; readonly index: number }
  | { readonly kind: 'outage'; readonly index: number; readonly seed: number }
  | { readonly kind: 'deadline'; readonly number: number };

export interface Broken {
  readonly promise: Promised;
  readonly detail: string;
}

export interface Result {
  readonly job: Job;
  readonly name: string;
  readonly broken: readonly Broken[];
  /** Steps at ports, crash points or invocations, by the kind of the job. */
  readonly count: number;
  readonly outage?: OutageReport;
}

/** Does a job. A life that ends in an error breaks the promise that everything comes to an end. */
export async function doJob(job: Job): Promise<Result> {
  try {
    return await done(job);
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { job, name: nameOf(job), broken: [{ promise: 'endless', detail }], count: 0 };
  }
}

function nameOf(job: Job): string {
  switch (job.kind) {
    case 'seed':
      return `seed ${job.seed}`;
    case 'crash-case':
      return CRASH_CASES[job.index]?.name ?? '';
    case 'outage':
      return `an hour of ${OUTAGES[job.index]} (seed ${job.seed})`;
    case 'deadline':
      return `schedule ${job.number}`;
  }
}

async function done(job: Job): Promise<Result> {
  const name = nameOf(job);
  switch (job.kind) {
    case 'seed': {
      const { history, violations } = await liveAndCheck(planOf(job.seed), job.without);
      return { job, name, broken: violations, count: history.end?.steps ?? 0 };
    }
    case 'crash-case': {
      const [found] = CRASH_CASES.slice(job.index);
      if (found === undefined) return { job, name, broken: [], count: 0 };
      const { steps, violations } = await crashEverywhere(found);
      const broken = violations.map(({ step, moment, violation }) => ({
        promise: violation.promise,
        detail: `${moment} step ${step}: ${violation.detail}`,
      }));
      return { job, name, broken, count: 2 * steps };
    }
    case 'outage': {
      const report = await outage(OUTAGES[job.index] ?? 'down', job.seed);
      return { job, name, broken: report.violations, count: report.calls, outage: report };
    }
    case 'deadline': {
      const { invocations, overruns } = await keepsDeadlines(job.number);
      return { job, name, broken: overruns, count: invocations };
    }
  }
}
