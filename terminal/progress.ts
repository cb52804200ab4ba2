/** How far a long command has come: a bar on a terminal, a line now and then elsewhere. Always on stderr. */
import { type Options, SingleBar } from 'cli-progress';
import type { Clock } from '../lib/ports.ts';
import { shown } from './sanitize.ts';
import type { Terminal } from './terminal.ts';

export interface Progress {
  /** One more is done with. `note` says what became of it. */
  step(note: string): void;
  /** Leaves the bar, or tells the last count. */
  end(): void;
}

/** A line at the first letter, then every so often. */
const LINE_EVERY_MS = 5_000;

export interface Expected {
  /** What is done, as in `replay`. */
  readonly what: string;
  /** About how many there are. */
  readonly total: number;
}

/** Takes the terminal, a clock, and what is expected; returns the progress, begun. */
export const startProgress = (terminal: Terminal, clock: Pick<Clock, 'now'>, expected: Expected): Progress =>
  terminal.progress === undefined
    ? inLines(terminal, clock, expected)
    : asBar({ stream: terminal.progress, colours: terminal.colours }, clock, expected);

/** Takes how many are done since `began`; returns how many a second, as text. */
function rateOf(done: number, began: number, now: number): string {
  const rate = done / Math.max(0.001, (now - began) / 1_000);
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

/** How long the rest will take if it goes on so. Times in ms. */
function leftOf({ done, total, began, now }: Record<'done' | 'total' | 'began' | 'now', number>): string {
  if (done >= total) return 'done';
  const seconds = Math.ceil(((total - done) * (now - began)) / done / 1_000);
  return seconds < 120 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`;
}

function asBar(
  { stream }: { readonly stream: NodeJS.WritableStream; readonly colours: boolean },
  clock: Pick<Clock, 'now'>,
  { what, total }: Expected,
): Progress {
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
        rate: rateOf(done, began, now),
        left: leftOf({ done, total, began, now }),
        note: shown(note),
      });
    },
    end: () => bar.stop(),
  };
}

function inLines({ writeError }: Terminal, clock: Pick<Clock, 'now'>, { what, total }: Expected): Progress {
  const began = clock.now();
  let [done, told, lastAt] = [0, 0, Number.NEGATIVE_INFINITY];
  const tell = (): void => {
    const now = clock.now();
    const left = leftOf({ done, total, began, now });
    writeError(`${what}: ${done} of about ${Math.max(total, done)}, ${rateOf(done, began, now)}/s, ${left}\n`);
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
