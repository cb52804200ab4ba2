/** `npm start`: the product on real parts, with a day's worth of events. Exits 0 only if each ended exactly as expected. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Watcher } from './demo/hearing.ts';
import { liveLine } from './demo/line.ts';
import { type Mode, modeOf, USAGE } from './demo/options.ts';
import { invitation } from './demo/own-event.ts';
import { reportJson, reportLines } from './demo/report.ts';
import { type Report, runDemo } from './demo/run.ts';
import type { DemoStack } from './demo/stack.ts';
import { painter } from './demo/table.ts';
import { BUNDLE } from './variables.ts';

const DEFAULT_WIDTH = 100;
/** Lines of the operational log that are shown when something was not as expected. */
const LOG_LINES = 20;

const say = (line = ''): void => void process.stdout.write(`${line}\n`);
const sayAll = (lines: readonly string[]): void => lines.forEach(say);

/** Resolves at Ctrl-C. npm passes the signal on, so that it comes twice: the listener stays. */
const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });

/** Resolves with the exit code. */
async function start(mode: Exclude<Mode, 'help'>): Promise<number> {
  const isTerminal = process.stdout.isTTY === true;
  const layout = { paint: painter(isTerminal, process.env), width: process.stdout.columns || DEFAULT_WIDTH };
  const began = Date.now();
  const log: string[] = [];
  const tell: Watcher['onNews'] = (sentence) =>
    mode === 'json' ? undefined : say(layout.paint(`- ${sentence}`, 'dim'));
  const watcher: Watcher = {
    onEntry: (name, entry) => (mode === 'json' ? undefined : say(liveLine(name, entry, { ...layout, began }))),
    onNews: tell,
    onLog: (line) => {
      log.push(line);
      log.splice(0, log.length - LOG_LINES);
    },
  };
  tell('Starting queues, ledger, schedules and the API on loopback');
  const print = (report: Report): void =>
    mode === 'json' ? say(reportJson(report)) : sayAll(reportLines(report, layout));
  const linger = async (report: Report, stack: DemoStack): Promise<void> => {
    print(report);
    if (mode !== 'watch') return;
    say();
    const folder = mkdtempSync(join(tmpdir(), 'revoker-'));
    const envFile = join(folder, 'local.env');
    const lines = Object.entries(stack.env).map(([name, value]) => `${name}='${value}'\n`);
    writeFileSync(envFile, lines.join(''), { mode: 0o600 });
    sayAll(invitation({ ...stack, envFile, now: Date.now() }, layout.paint));
    await interrupted();
    rmSync(folder, { recursive: true });
  };
  const { mismatches } = await runDemo(watcher, linger);
  if (mismatches.length > 0 && log.length > 0) process.stderr.write(`last lines of the log:\n${log.join('\n')}\n`);
  return mismatches.length === 0 ? 0 : 1;
}

const mode = modeOf(process.argv.slice(2));
if (mode === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else if (mode === 'help') {
  say(USAGE);
} else if (!existsSync(BUNDLE)) {
  process.stderr.write('There is no bundle of the function: run npm run build first.\n');
  process.exitCode = 1;
} else {
  process.exitCode = await start(mode);
}
