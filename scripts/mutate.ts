/**
 * Mutation testing by folder, so that it can be spread over many days: `npm run mutate -- lib/ledger events/sources`,
 * all folders without an argument. Each folder is recorded in test/mutation/runs.json as soon as it has been run.
 * `--force` tests all mutants again, else only those whose code or tests have changed.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { countMutants, mutatedFolders, mutationTable, RUNS_FILE, type Run, readRuns } from './mutation-table.ts';

const ROOT = resolve(import.meta.dirname, '..');
const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

async function mutate(folder: string, force: boolean): Promise<Run> {
  const changed = git('status', '--porcelain', '--', folder) !== '';
  const commit = `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  const file = folder.replaceAll('/', '-');
  const mutants = await new Stryker({
    mutate: [`${folder}/*.ts`],
    force,
    incrementalFile: join('.stryker-tmp', `${file}.incremental.json`),
    jsonReporter: { fileName: join('.stryker-tmp', `${file}.json`) },
  }).runMutationTest();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit,
    ...countMutants(mutants.map(({ status }) => status)),
  };
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { force: { type: 'boolean' } } });
const known = mutatedFolders();
const asked = positionals.length > 0 ? positionals.map((folder) => folder.replace(/\/$/, '')) : known;
const unknown = asked.filter((folder) => !known.includes(folder));
if (unknown.length > 0) {
  throw new Error(`mutate: no folder to mutate: ${unknown.join(', ')}; expected some of ${known.join(', ')}`);
}

for (const folder of asked) {
  const run = await mutate(folder, values.force ?? false);
  // A mutant that some tests kill is killed. One that they leave open may be killed by others, so it is no result yet.
  if (process.env.MUTATION_TESTS !== undefined && run.open > 0) {
    process.stdout.write(`${folder}: ${run.open} open with only some of the tests; not recorded\n`);
    continue;
  }
  const runs = { ...readRuns(), [folder]: run };
  const sorted = Object.entries(runs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(RUNS_FILE, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
process.stdout.write(mutationTable(known, readRuns()));
