/** How far a run is, on stderr: one line that is written over on a terminal, else one line per scenario. */

export interface Progress {
  /** A scenario begins. */
  begin(name: string): void;
  step(what: string): void;
  say(line: string): void;
  end(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const CLEAR = '\r\u001b[2K';

/** Takes stderr and a clock (ms); returns the progress on it. */
export function createProgress(terminal: Terminal, now: () => number): Progress {
  let scenario = '';
  let began = now();
  let steps = 0;
  const live = terminal.isTTY === true;
  const seconds = (): string => `${((now() - began) / 1_000).toFixed(0)} s`;
  const line = (text: string): void => void terminal.write(`${live ? CLEAR : ''}${text}\n`);
  return {
    begin(name) {
      scenario = name;
      began = now();
      steps = 0;
      if (!live) line(`${scenario} …`);
    },
    step(what) {
      steps += 1;
      if (live) terminal.write(`${CLEAR}${scenario}: ${steps} samples, ${seconds()}, ${what}`);
    },
    say: line,
    end() {
      line(`${scenario}: ${steps} samples in ${seconds()}`);
    },
  };
}
