/** `npm start`: runs the demo on localhost. Exits with 0 only if every event ended exactly as expected. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { dim, type Line, renderLines } from '../terminal/lines.ts';
import { supportsColor } from '../terminal/terminal.ts';
import { sanitizeForTerminal } from '../terminal/text.ts';
import { formatEntry } from './demo/entry-line.ts';
import type { DemoListener } from './demo/log-observer.ts';
import { type Mode, parseMode, USAGE } from './demo/options.ts';
import { formatReport, formatReportJson } from './demo/report.ts';
import { type DemoReport, runDemo } from './demo/run.ts';
import type { DemoStack } from './demo/stack.ts';
import { createWatchFiles, type WatchFiles } from './demo/watch-files.ts';
import { watchInstructions } from './demo/watch-instructions.ts';
import { startDrillServer } from './drills/server.ts';

const BUILD = join(import.meta.dirname, '../scripts/build.ts');
const DEFAULT_WIDTH = 100;
/** Lines of the operational log that are printed after a mismatch. */
const LOG_LINES = 20;

const printText = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * Resolves at Ctrl-C, and when the terminal is closed. npm passes the signal on, so that it comes twice: the listener
 * stays.
 */
const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });

/** Prints the report and, with --watch, keeps the stack running until Ctrl-C. */
async function printReport(report: DemoReport, stack: DemoStack, output: Output): Promise<void> {
  const { mode, width, print, watched } = output;
  if (mode === 'json') printText(formatReportJson(report));
  else print(formatReport(report, width));
  if (watched === undefined) return;
  const drills = await startDrillServer(stack);
  const { envFile, auditLog, writeEnv } = watched;
  writeEnv({ ...stack.env, REVOKER_AUDIT_LOG: auditLog, REVOKER_DRILL_URL: drills.endpoint });
  print([[], ...watchInstructions({ ...stack, envFile, auditLog, now: Date.now() })]);
  await interrupted();
  await drills.close();
}

interface Output {
  readonly mode: Exclude<Mode, 'help'>;
  /** Columns of the terminal. */
  readonly width: number;
  print(lines: readonly Line[]): void;
  /** With --watch. */
  readonly watched: WatchFiles | undefined;
}

/** Resolves with the exit code. */
async function start(mode: Output['mode']): Promise<number> {
  const colors = supportsColor(process.stdout.isTTY === true, process.env);
  const width = process.stdout.columns || DEFAULT_WIDTH;
  const print = (lines: readonly Line[]): void => void process.stdout.write(renderLines(lines, colors));
  const began = Date.now();
  const log: string[] = [];
  const watched = mode === 'watch' ? createWatchFiles() : undefined;
  const listener: DemoListener = {
    onEntry: (name, entry) => (mode === 'json' ? undefined : print([formatEntry(name, entry, { began, width })])),
    onMessage: (sentence) => (mode === 'json' ? undefined : print([[dim(`- ${sentence}`)]])),
    onLog: (line) => {
      log.push(line);
      log.splice(0, log.length - LOG_LINES);
    },
    ...(watched && { onAudit: watched.addAudit }),
  };
  listener.onMessage('Starting queues, ledger, schedules and the API on localhost');
  const output = { mode, width, print, watched };
  const ended = runDemo(listener, (report, stack) => printReport(report, stack, output));
  const { mismatches } = await ended.finally(() => watched?.remove());
  if (mismatches.length > 0 && log.length > 0) process.stderr.write(`last lines of the log:\n${log.join('\n')}\n`);
  return mismatches.length === 0 ? 0 : 1;
}

/** False: it has said why. */
const build = (): boolean =>
  spawnSync(process.execPath, [BUILD, '--handlers'], { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;

const mode = parseMode(process.argv.slice(2));
if (typeof mode === 'object') {
  process.stderr.write(`${sanitizeForTerminal(mode.wrong)}\n${USAGE}\n`);
  process.exitCode = 2;
} else if (mode === 'help') {
  printText(USAGE);
} else {
  process.exitCode = build() ? await start(mode) : 1;
}
