/** `npm run bench`: the product's built handler beside what one would use instead. Progress on stderr, tables on stdout. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BUNDLE } from '../local/variables.ts';
import { enterField } from './contestants.ts';
import { installPeers, PEERS } from './install-peers.ts';
import { describeMachine, pinServers } from './machine.ts';
import { type Options, readOptions, resultsPath, usage } from './options.ts';
import { createProgress, type Progress } from './progress.ts';
import type { Bench, Outcome, Scenario } from './scenario.ts';
import { bytes } from './scenarios/bytes.ts';
import { cold } from './scenarios/cold.ts';
import { cpu } from './scenarios/cpu.ts';
import { descriptors } from './scenarios/descriptors.ts';
import { format } from './scenarios/format.ts';
import { latency } from './scenarios/latency.ts';
import { memory } from './scenarios/memory.ts';
import { rate } from './scenarios/rate.ts';
import { scale } from './scenarios/scale.ts';
import { stages } from './scenarios/stages.ts';
import { goalRows, tableLines } from './tables.ts';
import { isVoid, type Judged, judged } from './verdicts.ts';

const SCENARIOS: readonly Scenario[] = [bytes, cold, format, cpu, stages, latency, memory, descriptors, rate, scale];

const print = (lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n\n`);

type Result = Outcome & { readonly name: string; readonly title: string; readonly goals: readonly Judged[] };

async function runOne(scenario: Scenario, bench: Bench): Promise<Result> {
  const { name, title } = scenario;
  const outcome = await scenario.run(bench);
  const goals = outcome.goals.map((goal) => judged(goal, outcome.twin));
  const twin = outcome.twin === undefined ? [] : [twinLine(outcome.twin)];
  print([title, ...tableLines(outcome.rows), ...twin, ...outcome.notes]);
  return { name, title, ...outcome, goals };
}

const twinLine = (twin: number): string =>
  `Ours to its twin: ${twin.toFixed(3)}${isVoid(twin) ? ': the run was too noisy, what is timed here is void' : ''}`;

async function runAll(options: Options, progress: Progress, folder: string): Promise<void> {
  const pin = pinServers();
  if (pin.length === 0) progress.say('No taskset or no second processor: clients and servers share what there is');
  await installPeers(progress.say);
  const field = await enterField(folder);
  const { rounds } = options;
  const bench: Bench = { pin, field, folder, rounds: (usual) => rounds ?? usual, step: progress.step };
  const results: Result[] = [];
  for (const scenario of SCENARIOS) {
    if (options.only.length > 0 && !options.only.includes(scenario.name)) continue;
    progress.begin(scenario.name);
    results.push(await runOne(scenario, bench));
    progress.end();
  }
  const goals = results.flatMap((result) => result.goals);
  if (goals.length > 0) print(['Goals', ...tableLines(goalRows(goals))]);
  const path = resultsPath(options);
  if (path === undefined) return;
  const { dependencies: peers } = JSON.parse(readFileSync(join(PEERS, 'package.json'), 'utf8'));
  const about = {
    at: new Date().toISOString(),
    machine: describeMachine(pin),
    peers,
    rounds: rounds ?? 'as each does',
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ ...about, results }, shortened, 2)}\n`);
  progress.say(`Results: ${path}`);
}

/** Five digits say more than the measurement does. */
const shortened = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(5)) : value;

const options = readOptions(
  process.argv.slice(2),
  SCENARIOS.map(({ name }) => name),
);
if (typeof options === 'string') {
  process.stderr.write(`${options}\n${usage(SCENARIOS.map(({ name }) => name))}\n`);
  process.exitCode = 2;
} else if (!existsSync(BUNDLE)) {
  process.stderr.write('There is no bundle of the function: run npm run build first.\n');
  process.exitCode = 1;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  await runAll(options, createProgress(process.stderr, Date.now), folder).finally(() =>
    rmSync(folder, { recursive: true }),
  );
}
