/** `npm run bench`: compares the built handler with its alternatives. Progress goes to stderr, tables go to stdout. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BUNDLE } from '../local/variables.ts';
import { startCounter } from '../terminal/progress.ts';
import { systemTerminal, type Terminal } from '../terminal/terminal.ts';
import { buildContestants } from './contestants.ts';
import { installPeers, PEERS } from './install-peers.ts';
import { describeMachine, pinServers } from './machine.ts';
import { type Options, readOptions, resultsPath, usage } from './options.ts';
import type { Bench, Outcome, Scenario } from './scenario.ts';
import { bytes } from './scenarios/bytes.ts';
import { cold } from './scenarios/cold.ts';
import { cpu } from './scenarios/cpu.ts';
import { deployed } from './scenarios/deployed.ts';
import { descriptors } from './scenarios/descriptors.ts';
import { ingest } from './scenarios/ingest.ts';
import { latency } from './scenarios/latency.ts';
import { memory } from './scenarios/memory.ts';
import { rate } from './scenarios/rate.ts';
import { scale } from './scenarios/scale.ts';
import { stages } from './scenarios/stages.ts';
import { goalRows, tableLines } from './tables.ts';
import { isVoid, type JudgedGoal, judgeGoal } from './verdicts.ts';

const SCENARIOS: readonly Scenario[] = [
  bytes,
  cold,
  deployed,
  ingest,
  cpu,
  stages,
  latency,
  memory,
  descriptors,
  rate,
  scale,
];

type Result = Outcome & { readonly name: string; readonly title: string; readonly goals: readonly JudgedGoal[] };

const print = (terminal: Terminal, lines: readonly string[]): void => terminal.write(`${lines.join('\n')}\n\n`);
const report = (terminal: Terminal, line: string): void => terminal.writeError(`${line}\n`);

async function runScenario(terminal: Terminal, scenario: Scenario, bench: Omit<Bench, 'step'>): Promise<Result> {
  const { name, title } = scenario;
  const progress = startCounter(terminal, { now: Date.now }, { what: name, unit: 'samples' });
  const outcome = await scenario.run({ ...bench, step: progress.step });
  progress.end();
  const goals = outcome.goals.map((goal) => judgeGoal(goal, outcome.twin));
  const twin = outcome.twin === undefined ? [] : [twinLine(outcome.twin)];
  print(terminal, [title, ...tableLines(outcome.rows), ...twin, ...outcome.notes]);
  return { name, title, ...outcome, goals };
}

const twinLine = (twin: number): string =>
  `Ours to its twin: ${twin.toFixed(3)}${isVoid(twin) ? ': the run was too noisy, what is timed here is void' : ''}`;

async function runAll(terminal: Terminal, options: Options, folder: string): Promise<void> {
  const pin = pinServers();
  if (pin.length === 0) report(terminal, 'No taskset or no second processor: clients and servers share what there is');
  await installPeers((line) => report(terminal, line));
  const { rounds, only } = options;
  const bench = {
    pin,
    contestants: await buildContestants(folder, options.baseline),
    folder,
    rounds: (usual: number) => rounds ?? usual,
  };
  const results: Result[] = [];
  for (const scenario of SCENARIOS) {
    if (only.length === 0 || only.includes(scenario.name)) results.push(await runScenario(terminal, scenario, bench));
  }
  const goals = results.flatMap((result) => result.goals);
  if (goals.length > 0) print(terminal, ['Goals', ...tableLines(goalRows(goals))]);
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
  writeFileSync(path, `${JSON.stringify({ ...about, results }, roundNumber, 2)}\n`);
  report(terminal, `Results: ${path}`);
}

/** The measurement is not more precise than five digits. */
const roundNumber = (_: string, value: unknown): unknown =>
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
  await runAll(systemTerminal(process.env), options, folder).finally(() => rmSync(folder, { recursive: true }));
}
