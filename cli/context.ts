/** What every command is given, and how it is added to the program. */
import type { Sparse } from '../lib/model/json.ts';
import type { Chance, Clock } from '../lib/ports.ts';
import { type Line, renderLines } from '../terminal/lines.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { CliError, wrongUse } from './failure.ts';

/** What a command prints at its end. */
export interface Report {
  /** With --json: the one value on stdout. */
  readonly json: Sparse;
  /** Without --json. */
  readonly lines: readonly Line[];
  /** 0 when absent; 1 where something failed. */
  readonly exitCode?: 0 | 1;
}

export interface Context {
  readonly terminal: Terminal;
  /** The environment, with what --env-file added. */
  readonly env: NodeJS.ProcessEnv;
  /** Stdout is for one JSON value. */
  readonly json: boolean;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Runs a command's work: prints its report, or what went wrong, and keeps the exit code. */
export type Act = (work: (context: Context) => Promise<Report>) => Promise<void>;

/**
 * Resolves when the person at the terminal says yes to `question`, or `yes` was given with the command. Throws CliError
 * `confirmation-needed` (wrong use) when nobody can be asked, and `not-confirmed` for any other answer.
 */
export async function confirm(
  { terminal }: Pick<Context, 'terminal'>,
  question: string,
  { yes, instead = 'add --yes' }: { readonly yes: boolean; readonly instead?: string },
): Promise<void> {
  if (yes) return;
  if (!terminal.canAsk)
    throw wrongUse('confirmation-needed', 'somebody must confirm this, and there is no terminal to ask at', instead);
  const answer = await terminal.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new CliError({ code: 'not-confirmed', message: 'nothing was done', next: 'run it again and answer y' });
  }
}

/** Prints lines on stderr, where people are talked to. */
export const tell = ({ terminal }: Pick<Context, 'terminal'>, lines: readonly Line[]): void =>
  terminal.writeError(renderLines(lines, terminal.errorColors));

/** Takes examples (what is typed after `revoker `, and what for) and the shape of the JSON; returns the end of a command's help. */
export const helpEnd = (examples: readonly (readonly [command: string, what: string])[], json: string): string =>
  [
    '',
    'Examples:',
    ...examples.map(([command, what]) => `  $ revoker ${command}\n      ${what}`),
    '',
    'With --json:',
    ...json.split('\n').map((line) => `  ${line}`),
    '',
    'Exit codes: 0 done, 1 something failed, 2 wrong use.',
  ].join('\n');
