/** A terminal for commands that are run in process: keeps what was printed, answers what is asked. */
import { PassThrough } from 'node:stream';
import type { Terminal } from '../../terminal/terminal.ts';

export interface FakeTerminal extends Terminal {
  readonly out: string;
  readonly err: string;
  readonly questions: readonly string[];
  /** Presses Ctrl-C, as often as npm would pass it on. */
  interrupt(): void;
}

export interface FakeOptions {
  /** Stdin, stdout and stderr are terminals. */
  readonly isTTY?: boolean;
  readonly colors?: boolean;
  readonly columns?: number;
  /** Undefined is Ctrl-C. */
  readonly answers?: readonly (string | undefined)[];
  /** Happens before each answer. */
  readonly whileAsked?: () => Promise<unknown>;
  readonly input?: string;
}

export function fakeTerminal({
  isTTY = false,
  colors = isTTY,
  columns,
  answers = [],
  whileAsked = () => Promise.resolve(),
  input = '',
}: FakeOptions = {}): FakeTerminal {
  const questions: string[] = [];
  const stops = new Set<() => void>();
  let [out, err] = ['', ''];
  const progress = Object.assign(new PassThrough(), { isTTY: true, columns: columns ?? 100 });
  progress.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  return {
    progress: isTTY ? progress : undefined,
    canAsk: isTTY,
    columns: columns ?? (isTTY ? 100 : Number.POSITIVE_INFINITY),
    colors,
    errorColors: colors,
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      err += text;
    },
    ask: async (question) => {
      questions.push(question);
      await whileAsked();
      return questions.length > answers.length ? '' : answers[questions.length - 1];
    },
    readInput: async () => input,
    async *readBytes() {
      yield Buffer.from(input);
    },
    onInterrupt: (stop) => {
      stops.add(stop);
      return () => stops.delete(stop);
    },
    interrupt: () => {
      for (const stop of [...stops, ...stops]) stop();
    },
    questions,
    get out() {
      return out;
    },
    get err() {
      return err;
    },
  };
}
