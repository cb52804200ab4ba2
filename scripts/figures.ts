/**
 * Updates the figures of docs/reliability.md and docs/performance.md: each part runs its command and writes the output
 * between its marks. Run: `npm run figures`, or `npm run figures -- flood audit` for some of them. The simulation takes
 * eight minutes, the benchmark 17 minutes, the mutation tests three hours.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { mutatedFolders, mutationTable, readRuns } from './mutation-table.ts';

const ROOT = resolve(import.meta.dirname, '..');
const RELIABILITY = join(ROOT, 'docs', 'reliability.md');

interface Part {
  readonly command: string;
  /** Absent: docs/reliability.md. */
  readonly document?: string;
  /** The text for the document; absent: the output of the command. */
  readonly shown?: () => string;
}

/** Output of `npm run build` before a benchmark. */
const BUILT = /^dist\/handlers\/.*\n/gm;

const PARTS: Readonly<Record<string, Part>> = {
  simulation: { command: 'npm run -s simulate -- --all' },
  flood: { command: 'npm run -s bench:flood' },
  memory: { command: 'npm run -s bench:memory' },
  reconcile: { command: 'npm run -s bench:reconcile' },
  audit: { command: 'npm run -s bench:audit' },
  bench: { command: 'npm run -s bench', document: join(ROOT, 'docs', 'performance.md') },
  mutation: {
    command: 'npm run -s mutate -- --force',
    shown: () => mutationTable(mutatedFolders(), readRuns()),
  },
};

/** The document with new figures of one part. Throws if it has no marks for that part. */
export function withFigures(document: string, name: string, figures: string): string {
  const [begin, end] = [`<!-- figures: ${name} -->\n`, '<!-- end of figures -->'];
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`figures: the document has no marks for ${name}`);
  return `${document.slice(0, from)}${begin}\`\`\`text\n${figures.trimEnd()}\n\`\`\`\n${document.slice(to)}`;
}

async function run({ command, shown }: Part): Promise<string> {
  const [program = '', ...args] = command.split(' ');
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  // Progress: the command may run for an hour.
  child.stdout.pipe(process.stderr, { end: false });
  const ended = new Promise<number | null>((done, failed) => child.once('error', failed).once('exit', done));
  const [printed, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) throw new Error(`figures: ${command} ended with ${code}\n${printed}`);
  return shown?.() ?? printed.replaceAll(BUILT, '');
}

if (import.meta.main) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS);
  for (const name of names) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`figures: expected some of ${Object.keys(PARTS).join(', ')}`);
    process.stderr.write(`${name}: ${part.command}\n`);
    const figures = await run(part);
    const { document = RELIABILITY } = part;
    writeFileSync(document, withFigures(readFileSync(document, 'utf8'), name, figures));
  }
}
