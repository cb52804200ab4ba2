/** Where a command runs: what it may print on, ask at and read from. Tests hand in their own. */
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';

export interface Terminal {
  /** Stdout is a terminal: tables may be cut to its width. */
  readonly isTTY: boolean;
  /** Where progress is drawn: stderr, if that is a terminal; undefined: it is told in lines. */
  readonly progress: NodeJS.WritableStream | undefined;
  /** A person can be asked. */
  readonly canAsk: boolean;
  /** Columns of stdout; Infinity when it is no terminal. */
  readonly columns: number;
  /** Whether stdout, and whether stderr, is to be coloured. */
  readonly colours: boolean;
  readonly errorColours: boolean;
  /** Stdout, then stderr; both take text as it is. */
  write(text: string): void;
  writeError(text: string): void;
  /** Asks on stderr; resolves with the answer, or with the empty text when there is none (end of input, Ctrl-C). */
  ask(question: string): Promise<string>;
  /** All of stdin. */
  readInput(): Promise<string>;
  /** The same as it comes, however much it is. */
  readBytes(): AsyncIterable<Uint8Array>;
  /** Calls `stop` at each Ctrl-C or SIGTERM instead of ending the process; returns what ends that. */
  onInterrupt(stop: () => void): () => void;
}

/** Colours only for a terminal, and never with NO_COLOR (no-color.org: any text but an empty one). */
export const wantsColours = (isTTY: boolean, env: NodeJS.ProcessEnv): boolean =>
  isTTY && !env.NO_COLOR && env.TERM !== 'dumb';

/**
 * A reader that has gone (`| head`) ends nothing but the output. Any other failure ends the process with 1: what was
 * asked for is not there. Each write fails anew; one word is enough.
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

/** Takes the environment; returns the terminal of this process. Where stdout cannot be written, the process's exit code is set to 1. */
export function systemTerminal(env: NodeJS.ProcessEnv): Terminal {
  const { stdin, stdout, stderr } = process;
  // Where stderr cannot be written there is nobody left to be told.
  stderr.on('error', () => undefined);
  watchOutput(stdout, stderr);
  const isTTY = stdout.isTTY === true;
  return {
    isTTY,
    progress: stderr.isTTY === true && env.TERM !== 'dumb' ? stderr : undefined,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    columns: isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY,
    colours: wantsColours(isTTY, env),
    errorColours: wantsColours(stderr.isTTY === true, env),
    write: (text) => void stdout.write(text),
    writeError: (text) => void stderr.write(text),
    async ask(question) {
      const reader = createInterface({ input: stdin, output: stderr });
      const ended = new Promise<string>((resolve) => {
        reader.once('close', () => resolve(''));
        reader.once('SIGINT', () => reader.close());
      });
      try {
        return await Promise.race([reader.question(question), ended]);
      } finally {
        reader.close();
      }
    },
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
