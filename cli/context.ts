/** What a command gets, what it returns, and how it talks to the operator. */
import type { JsonInput } from '../lib/model/json.ts';
import type { Chance, Clock, Log, LogFields } from '../lib/ports.ts';
import { type Line, renderLines } from '../terminal/lines.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { sanitizeForTerminal } from '../terminal/text.ts';
import { CliError, type Failure, usageError } from './failure.ts';

/** What a command prints at its end. */
export interface Report {
  /** With --json: the one value on stdout. */
  readonly json: JsonInput;
  /** Without --json. */
  readonly lines: readonly Line[];
  /** 0 when absent; 1 where something failed; 3 where an operator has to act. */
  readonly exitCode?: 0 | 1 | 3;
}

export interface Context {
  readonly terminal: Terminal;
  /** The environment, including the variables of --env-file or --stack. */
  readonly env: NodeJS.ProcessEnv;
  /** As in `LoadedConfiguration`. */
  readonly optionWords: string;
  readonly stack?: string;
  readonly settingsChangedAt?: number;
  /** --json was given. */
  readonly json: boolean;
  readonly clock: Clock;
  readonly chance: Chance;
}

export interface ActionOptions {
  /** The command reads no variables, so that no stack is asked for them. */
  readonly offline?: boolean;
}

/** Runs the work of a command, prints its report or its failure, and sets the exit code. */
export type RunAction = (work: (context: Context) => Promise<Report>, options?: ActionOptions) => Promise<void>;

export interface Confirmation {
  readonly yes: boolean;
  /** The next step without a terminal. */
  readonly instead?: string;
  /** To be typed in place of `y`, where a slip would be costly. */
  readonly word?: string;
}

const DECLINED: Failure = {
  code: 'not-confirmed',
  message: 'nothing was done',
  next: 'run it again',
  exitCode: 1,
  declined: true,
};
const CANCELLED: Failure = { code: 'cancelled', message: 'nothing was done', next: 'run it again', exitCode: 130 };

/**
 * Asks for a confirmation unless `yes` is true. Throws CliError `confirmation-needed` (usage error) where there is no
 * terminal to ask at, `cancelled` at Ctrl-C, and `not-confirmed` for any other answer: no error if that is no.
 */
export async function confirm(
  { terminal }: Pick<Context, 'terminal'>,
  question: string,
  { yes, instead = 'add --yes', word }: Confirmation,
): Promise<void> {
  if (yes) return;
  if (!terminal.canAsk)
    throw usageError('confirmation-needed', 'this must be confirmed, and there is no terminal to ask at', instead);
  const answer = await terminal.ask(word === undefined ? `${question} [y/N] ` : `${question} Type ${word}: `);
  if (answer === undefined) throw new CliError(CANCELLED);
  const given = answer.trim();
  if (/^(?:no?)?$/i.test(given)) throw new CliError(DECLINED);
  if (word === undefined ? !/^y(?:es)?$/i.test(given) : given !== word && given.toLowerCase() !== word) {
    const next = `run it again and answer ${word ?? 'y'}`;
    throw new CliError({ code: 'not-confirmed', message: 'nothing was done', next });
  }
}

/** Prints lines on stderr: stdout is for the report alone. */
export const printNotice = ({ terminal }: Pick<Context, 'terminal'>, lines: readonly Line[]): void =>
  terminal.writeError(renderLines(lines, terminal.errorColors));

/** What each command's help and the program's own help say about the exit codes. */
export const EXIT_CODES =
  'Exit codes: 0 done, 1 something failed, 2 wrong use, 3 an operator has to act, 130 cancelled by Ctrl-C.';

/**
 * The end of a command's help. An example is what follows `revoker `, and its purpose; `json` is the shape of the
 * output.
 */
export const helpText = (examples: readonly (readonly [command: string, what: string])[], json: string): string =>
  [
    '',
    'Examples:',
    ...examples.map(([command, what]) => `  $ revoker ${command}\n      ${what}`),
    '',
    'With --json:',
    ...json.split('\n').map((line) => `  ${line}`),
    '',
    EXIT_CODES,
  ].join('\n');

/** How fast calls are made is for the log of a function: a command says what failed. */
const NOT_FOR_OPERATORS: ReadonlySet<string> = new Set(['rate']);

/** The operational log of the shared code: warnings and errors go to stderr, information is left out. */
export function createTerminalLog({ writeError }: Pick<Terminal, 'writeError'>): Log {
  const writer =
    (level: string) =>
    (code: string, fields: LogFields = {}): void => {
      if (NOT_FOR_OPERATORS.has(code)) return;
      const known = Object.entries(fields).filter(([, value]) => value !== undefined);
      const text = known.map(([name, value]) => ` ${name}=${value}`).join('');
      writeError(`${sanitizeForTerminal(`${level} [${code}]${text}`)}\n`);
    };
  return { info: () => undefined, warn: writer('warning'), error: writer('error'), within: (_fields, work) => work() };
}
