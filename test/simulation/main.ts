/** `npm run simulate`: lives through seeds and says which promise was broken in how many; other runs by option. */
import { parseArgs } from 'node:util';
import { CONTROL_NAMES, type ControlName } from './controls.ts';
import { CRASH_CASES } from './crash-points.ts';
import type { Job, Result } from './jobs.ts';
import { OUTAGES } from './outage.ts';
import { commandOf, planLines, progressOf, promiseLines, seedOf } from './report.ts';
import { planOf } from './seeded-plan.ts';
import { liveAndCheck } from './seeds.ts';
import { shrink } from './shrink.ts';
import { doJobs } from './workers.ts';

const USAGE = `usage: npm run simulate -- [--seeds N] [--seed S] [--without NAME] [--trace]
  --seeds N      how many seeds (1,000; with --seed: 1)
  --seed S       the first seed (1)
  --without NAME takes a mechanism away, which must fail: ${CONTROL_NAMES.join(', ')}
  --trace        tells all that happened (one seed)
  --controls     takes each mechanism away in turn; fails unless each is missed
  --crash-points each kind of event with the process ending at every step
  --outages      an hour without the API, in ${OUTAGES.length} ways
  --deadlines N  invocations with slow and hanging ports, in N schedules
  --all          20,000 seeds, then each of these`;

const { values: given } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    without: { type: 'string' },
    trace: { type: 'boolean' },
    controls: { type: 'boolean' },
    'crash-points': { type: 'boolean' },
    outages: { type: 'boolean' },
    deadlines: { type: 'string' },
    all: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

const say = (...lines: readonly string[]): void => {
  for (const line of lines) process.stdout.write(`${line}\n`);
};

function refuse(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(2);
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  return /^\d{1,9}$/.test(text) && Number(text) > 0 ? Number(text) : refuse(`--${name}: expected a number, 1 or more`);
}

function controlNamed(text: string | undefined): ControlName | undefined {
  const found = CONTROL_NAMES.find((name) => name === text);
  return text === undefined || found !== undefined
    ? found
    : refuse(`--without: expected one of ${CONTROL_NAMES.join(', ')}`);
}

async function run(what: string, jobs: readonly Job[]): Promise<readonly Result[]> {
  const results: Result[] = [];
  const progress = progressOf(what, jobs.length);
  let broken = 0;
  await doJobs(jobs, (result) => {
    results.push(result);
    if (result.broken.length > 0) broken += 1;
    progress(broken);
  });
  return results;
}

const isBroken = ({ broken }: Result): boolean => broken.length > 0;
/** In steps; one that ended in an error has none. */
const lengthOf = ({ count }: Result): number => count || Number.POSITIVE_INFINITY;
const sum = (results: readonly Result[]): number => results.reduce((all, { count }) => all + count, 0);

/** Lives through seeds; returns whether no promise was broken. */
async function seeds(first: number, count: number, without?: ControlName): Promise<boolean> {
  const jobs = Array.from(
    { length: count },
    (_, n): Job => ({ kind: 'seed', seed: first + n, ...(without && { without }) }),
  );
  const results = await run(without === undefined ? 'seeds' : `without ${without}`, jobs);
  const failed = results.filter(isBroken);
  say(
    `${without === undefined ? '' : `without ${without}: `}${count} seeds from ${first}, ${sum(results)} steps ` +
      `at ports; seeds that broke a promise: ${failed.length}`,
    ...promiseLines(results),
  );
  const shortest = failed.toSorted((a, b) => lengthOf(a) - lengthOf(b) || seedOf(a) - seedOf(b))[0];
  if (shortest !== undefined) await explain(shortest, without);
  if (without !== undefined && failed.length === 0) say(`${without} is missed in no seed: this control has no teeth`);
  return failed.length === 0;
}

async function explain(result: Result, without?: ControlName): Promise<void> {
  const [first] = result.broken;
  if (first === undefined) return;
  say(`${result.name}: ${first.detail}`, `  again: ${commandOf(seedOf(result), without)}`);
  const { plan, tries } = await shrink(planOf(seedOf(result)), first.promise, without);
  say(...planLines(plan, first.promise), `  (${tries} lives)`);
}

async function trace(seed: number, without?: ControlName): Promise<boolean> {
  const { history, violations } = await liveAndCheck(planOf(seed), without);
  // One by one: some lives have more lines than a call takes arguments.
  for (const line of history.told) say(line);
  for (const { promise, detail } of violations) say(`BROKEN ${promise}: ${detail}`);
  return violations.length === 0;
}

async function others(what: string, unit: string, jobs: readonly Job[]): Promise<boolean> {
  const results = await run(what, jobs);
  const failed = results.filter(isBroken);
  say(`${what}: ${results.length}, ${sum(results)} ${unit}; broken: ${failed.length}`);
  say(
    ...failed.flatMap(({ name, broken }) =>
      broken.slice(0, 5).map(({ promise, detail }) => `  ${name}: ${promise}: ${detail}`),
    ),
  );
  for (const { outage, name } of results.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (outage === undefined) continue;
    const { events, deadLetters, alive, urgentS, bulkS, calls, receives } = outage;
    say(
      `  ${name}: ${events} events, ${deadLetters} dead letters, ${alive} live keys; settled ` +
        `${urgentS.toFixed(0)} s (urgent) and ${bulkS.toFixed(0)} s (bulk) after it; ${calls} calls, ${receives} ` +
        'deliveries during it',
    );
  }
  return failed.length === 0;
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);
const crashPoints = () =>
  others(
    'crash points',
    'points',
    CRASH_CASES.map((_, index): Job => ({ kind: 'crash-case', index })),
  );
const outages = () =>
  others(
    'outages',
    'calls',
    OUTAGES.flatMap((_, index) => numbers(3).map((seed): Job => ({ kind: 'outage', index, seed }))),
  );
const deadlines = (count: number) =>
  others(
    'deadlines',
    'invocations',
    numbers(count).map((number): Job => ({ kind: 'deadline', number })),
  );
async function controls(count: number): Promise<boolean> {
  const missed: boolean[] = [];
  for (const name of CONTROL_NAMES) missed.push(!(await seeds(1, count, name)));
  return missed.every(Boolean);
}

async function main(): Promise<boolean> {
  const without = controlNamed(given.without);
  const first = numberOf('seed', given.seed, 1);
  const count = numberOf('seeds', given.seeds, given.seed === undefined ? 1_000 : 1);
  if (given.help) {
    say(USAGE);
    return true;
  }
  if (given.trace) return trace(first, without);
  if (given.all) {
    const parts = [() => seeds(1, 20_000), () => controls(500), crashPoints, outages, () => deadlines(2_000)];
    const went: boolean[] = [];
    for (const part of parts) went.push(await part());
    return went.every(Boolean);
  }
  if (given.controls) return controls(count);
  if (given['crash-points']) return crashPoints();
  if (given.outages) return outages();
  if (given.deadlines !== undefined) return deadlines(numberOf('deadlines', given.deadlines, 2_000));
  return seeds(first, count, without);
}

process.exitCode = (await main()) ? 0 : 1;
