/** Progress of a long command: drawn in place on a terminal, told in lines elsewhere. Always on stderr. */
import { type Options, SingleBar } from 'cli-progress';
import type { Clock } from '../lib/ports.ts';
import { formatSeconds } from './format.ts';
import type { Terminal } from './terminal.ts';
import { sanitizeForTerminal } from './text.ts';

export interface Progress {
  /** One more is done; `note` says what its result is. */
  step(note: string): void;
  /** Leaves the last count on stderr. */
  end(): void;
}

export interface ProgressOptions {
  /** What is counted, as in `replay`. */
  readonly what: string;
  /** The expected count, which may be exceeded. */
  readonly total: number;
  /** The highest rate, where there is one: the first steps are quicker. */
  readonly perSecond?: number;
}

type Now = Pick<Clock, 'now'>;
type Output = Pick<Terminal, 'progress' | 'writeError'>;

/** Where nothing can be drawn: a line at the first step, then every so often. */
const LINE_EVERY_MS = 5_000;

/** Starts the progress of a command whose count is known in advance: a bar, or a line every five seconds. */
export const startProgress = (terminal: Output, clock: Now, options: ProgressOptions): Progress =>
  terminal.progress === undefined ? startLines(terminal, clock, options) : startBar(terminal.progress, clock, options);

/** Steps per second, as text. Times in ms. */
function formatRate({ done, began, now }: Record<'done' | 'began' | 'now', number>): string {
  const rate = done / Math.max(0.001, (now - began) / 1_000);
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

interface Done {
  readonly done: number;
  readonly total: number;
  /** Epoch ms. */
  readonly began: number;
  readonly now: number;
  readonly perSecond?: number | undefined;
}

/** The time that is left at the rate so far, or at the highest rate if that is slower. */
function formatTimeLeft({ done, total, began, now, perSecond = Infinity }: Done): string {
  if (done >= total) return 'done';
  const perStep = Math.max((now - began) / done, 1_000 / perSecond);
  const seconds = Math.ceil(((total - done) * perStep) / 1_000);
  return seconds < 120 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`;
}

function startBar(stream: NodeJS.WritableStream, clock: Now, { what, total, perSecond }: ProgressOptions): Progress {
  const options: Options = {
    format: `${what} {bar} {value}/{total} | {rate}/s | {left} | {note}`,
    stream,
    hideCursor: true,
    clearOnComplete: false,
    barCompleteChar: '#',
    barIncompleteChar: '.',
    barsize: 24,
  };
  const bar = new SingleBar(options);
  const began = clock.now();
  let done = 0;
  bar.start(Math.max(1, total), 0, { rate: '0.0', left: 'begun', note: '' });
  return {
    step(note) {
      done += 1;
      if (done > total) bar.setTotal(done);
      const now = clock.now();
      bar.update(done, {
        rate: formatRate({ done, began, now }),
        left: formatTimeLeft({ done, total, began, now, perSecond }),
        note: sanitizeForTerminal(note),
      });
    },
    end: () => bar.stop(),
  };
}

function startLines({ writeError }: Output, clock: Now, { what, total, perSecond }: ProgressOptions): Progress {
  const began = clock.now();
  let [done, told, lastAt] = [0, 0, Number.NEGATIVE_INFINITY];
  const tell = (): void => {
    const now = clock.now();
    const rate = formatRate({ done, began, now });
    const left = formatTimeLeft({ done, total, began, now, perSecond });
    writeError(`${what}: ${done} of about ${Math.max(total, done)}, ${rate}/s, ${left}\n`);
    [told, lastAt] = [done, now];
  };
  return {
    step() {
      done += 1;
      if (clock.now() - lastAt >= LINE_EVERY_MS) tell();
    },
    end() {
      if (told < done) tell();
    },
  };
}

/** Returns to the first column and clears the line (ECMA-48, EL). */
const CLEAR_LINE = '\r\u001b[2K';

export interface CounterOptions {
  readonly what: string;
  /** What one step is, in the plural. */
  readonly unit: string;
}

/**
 * Starts the progress of a command whose count is not known in advance: one line in place, or a first and a last
 * line.
 */
export function startCounter(terminal: Output, clock: Now, { what, unit }: CounterOptions): Progress {
  const { progress: stream, writeError } = terminal;
  const began = clock.now();
  let done = 0;
  const elapsed = (): string => formatSeconds(clock.now() - began, 0);
  if (stream === undefined) writeError(`${what} …\n`);
  return {
    step(note) {
      done += 1;
      stream?.write(`${CLEAR_LINE}${what}: ${done} ${unit}, ${elapsed()}, ${sanitizeForTerminal(note)}`);
    },
    end() {
      stream?.write(CLEAR_LINE);
      writeError(`${what}: ${done} ${unit} in ${elapsed()}\n`);
    },
  };
}

/** A shorter wait needs no message. */
const SILENT_FOR_MS = 1_000;

/**
 * Runs the work. On a terminal, work that takes longer than a second is announced in one line (`reading the dead
 * letters…`): a silent command looks like one that hangs.
 */
export async function withProgressMessage<T>(
  { terminal, clock }: { readonly terminal: Output; readonly clock: Pick<Clock, 'sleep'> },
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  if (terminal.progress === undefined) return await work();
  const done = new AbortController();
  void clock.sleep(SILENT_FOR_MS, done.signal).then(() => {
    if (!done.signal.aborted) terminal.writeError(`${message}…\n`);
  });
  try {
    return await work();
  } finally {
    done.abort();
  }
}
