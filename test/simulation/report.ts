/** What a run shows: progress while it goes on, figures at its end, and how to see a failure again. */
import { PROMISES, type Promised } from './check/facts.ts';
import type { ControlName } from './controls.ts';
import type { Result } from './jobs.ts';
import { type Action, BEGINS, type Fault, type Plan } from './plan.ts';

/** A line on standard error that says how far a run is: in place on a terminal, else every tenth. */
export function progressOf(what: string, total: number): (broken: number) => void {
  const began = performance.now();
  let [done, shown] = [0, 0];
  return (broken) => {
    done += 1;
    const tenth = Math.floor((done * 10) / total);
    const seconds = ((performance.now() - began) / 1_000).toFixed(0);
    const line = `${what}: ${done} of ${total}, ${broken} broke a promise, ${seconds} s`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}${done === total ? '\n' : ''}`);
    else if (tenth > shown) process.stderr.write(`${line}\n`);
    shown = tenth;
  };
}

/** The seed of a life; 0: it is of none. */
export const seedOf = ({ job }: Result): number => (job.kind === 'seed' ? job.seed : 0);

/**
 * Summarizes the results of seeds, in the order of the workers: a line for each promise, with how many seeds broke it,
 * and the lowest.
 */
export function promiseLines(results: readonly Result[]): readonly string[] {
  return Object.entries(PROMISES).map(([promise, words]) => {
    const broke = results.filter(({ broken }) => broken.some((each) => each.promise === promise));
    const lowest = broke.toSorted((a, b) => seedOf(a) - seedOf(b)).slice(0, 5);
    const which = lowest.map(({ name }) => name);
    return `  ${broke.length.toString().padStart(6)}  ${words}${which.length > 0 ? ` (${which.join(', ')})` : ''}`;
  });
}

/** The command that repeats a seed with full output. */
export const commandOf = (seed: number, without?: ControlName): string =>
  `npm run simulate -- --seed ${seed}${without === undefined ? '' : ` --without ${without}`} --trace`;

/** Prints a minimized plan and the promise that it breaks. */
export const planLines = ({ actions, faults, deaths, terms }: Plan, promise: Promised): readonly string[] => [
  `the smallest plan found that breaks "${PROMISES[promise]}":`,
  ...actions.map((action) => `  ${timeOf(action.at)} ${actionLine(action)}`),
  ...faults.map((fault) => `  ${faultLine(fault)}`),
  ...deaths.map(({ step, moment }) => `  a process dies ${moment} step ${step}`),
  `  terms: ${JSON.stringify(terms)}`,
];

const timeOf = (ms: number): string => new Date(BEGINS + ms).toISOString();

function actionLine(action: Action): string {
  const { at: _, do: deed, ...rest } = action;
  return `${deed} ${JSON.stringify('message' in rest ? rest.message : rest)}`;
}

const faultLine = ({ from, until, on, kind, rate }: Fault): string =>
  `${on}: ${kind}, ${rate * 100} % of the steps from ${timeOf(from)} to ${timeOf(until)}`;
