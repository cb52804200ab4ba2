/** The terminal of a command: stdout, stderr, stdin, questions and Ctrl-C. Tests pass their own. */
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

export interface Terminal {
  /** Where progress is drawn: stderr. Undefined where stderr is no terminal and progress is told in lines. */
  readonly progress: NodeJS.WritableStream | undefined;
  /** Stdin and stderr are terminals, so that a question can be answered. */
  readonly canAsk: boolean;
  /** Columns of stdout; Infinity where it is no terminal. */
  readonly columns: number;
  /** Whether stdout, and whether stderr, shows colors. */
  readonly colors: boolean;
  readonly errorColors: boolean;
  /** Stdout and stderr; neither sanitizes the text. */
  write(text: string): void;
  writeError(text: string): void;
  /**
   * Asks on stderr. What was typed before the question is dropped: it cannot be its answer. Resolves with an empty text
   * at the end of input, and with undefined at Ctrl-C.
   */
  ask(question: string): Promise<string | undefined>;
  /** All of stdin. */
  readInput(): Promise<string>;
  /** Stdin in chunks, for input that may not fit into memory. */
  readBytes(): AsyncIterable<Uint8Array>;
  /** Calls `stop` at each SIGINT or SIGTERM instead of ending the process. Returns the function that undoes it. */
  onInterrupt(stop: () => void): () => void;
}

/** Colors only for a terminal, and not while NO_COLOR has a value that is not empty (no-color.org). */
export const supportsColor = (isTTY: boolean, env: NodeJS.ProcessEnv): boolean =>
  isTTY && !env.NO_COLOR && env.TERM !== 'dumb';

/**
 * A reader that closes the pipe (`| head`) is no failure. Any other write error sets exit code 1, because the output is
 * incomplete; it is reported once, although every later write fails too.
 */
function watchOutput(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream): void {
  let told = false;
  stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || told) return;
    told = true;
    process.exitCode = 1;
    const next = 'what was printed is not whole, what was done stays done: see where stdout goes';
    stderr.write(`error [output-failed] stdout cannot be written (${code})\n  next: ${next}\n`);
  });
}

/** Long enough for what the terminal holds back, and too short for a person to answer. */
const TYPE_AHEAD_MS = 50;
const CTRL_C = '\u0003';

/** Reads what was typed already, and returns whether Ctrl-C was among it. Without raw mode, half a line would stay. */
async function dropTypeAhead(stdin: NodeJS.ReadStream): Promise<boolean> {
  let interrupted = false;
  const drop = (chunk: Buffer): void => {
    interrupted ||= chunk.includes(CTRL_C);
  };
  stdin.setRawMode(true);
  stdin.on('data', drop);
  await delay(TYPE_AHEAD_MS);
  stdin.off('data', drop).pause().setRawMode(false);
  return interrupted;
}

async function ask(
  stdin: NodeJS.ReadStream,
  stderr: NodeJS.WritableStream,
  question: string,
): Promise<string | undefined> {
  if (await dropTypeAhead(stdin)) return undefined;
  const reader = createInterface({ input: stdin, output: stderr });
  const ended = new Promise<string | undefined>((resolve) => {
    reader.once('SIGINT', () => {
      resolve(undefined);
      reader.close();
      // The next output begins on a line of its own.
      stderr.write('\n');
    });
    reader.once('close', () => resolve(''));
  });
  try {
    return await Promise.race([reader.question(question), ended]);
  } finally {
    reader.close();
  }
}

/** The terminal of this process. Sets the process's exit code to 1 when stdout cannot be written. */
export function systemTerminal(env: NodeJS.ProcessEnv): Terminal {
  const { stdin, stdout, stderr } = process;
  // When stderr cannot be written, there is no place left to report it.
  stderr.on('error', () => undefined);
  watchOutput(stdout, stderr);
  const isTTY = stdout.isTTY === true;
  return {
    progress: stderr.isTTY === true && env.TERM !== 'dumb' ? stderr : undefined,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    columns: isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY,
    colors: supportsColor(isTTY, env),
    errorColors: supportsColor(stderr.isTTY === true, env),
    write: (text) => void stdout.write(text),
    writeError: (text) => void stderr.write(text),
    ask: (question) => ask(stdin, stderr, question),
    readInput: () => text(stdin),
    readBytes: () => stdin,
    onInterrupt(stop) {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.on(signal, stop);
      return () => {
        for (const signal of signals) process.off(signal, stop);
      };
    },
  };
}
