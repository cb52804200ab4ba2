/** The program on a real terminal: `script` of util-linux gives it a pseudo-terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { quoteForShell } from '../../lib/notify/replay-command.ts';
import { until } from '../e2e/wait.ts';

/** Undefined: there is one. macOS has another `script`, without these options. */
export const missingPty = (): string | undefined =>
  /util-linux/.test(String(spawnSync('script', ['--version']).stdout))
    ? undefined
    : 'script of util-linux not found: install util-linux';

export interface OnTerminal {
  /** Types. */
  type(text: string): void;
  /** Resolves once the terminal has shown the text. */
  shown(text: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** Runs a command; stdin, stdout and stderr are one terminal of so many columns. */
export function startOnTerminal(
  command: readonly string[],
  { env, columns = 100 }: { readonly env: NodeJS.ProcessEnv; readonly columns?: number },
): OnTerminal {
  const words = command.map(quoteForShell).join(' ');
  const child = spawn('script', ['-qec', `stty cols ${columns} rows 40; exec ${words}`, '/dev/null'], {
    env: { TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
  return {
    type: (text) => void child.stdin.write(text),
    shown: async (text) => void (await until(text, () => (output.includes(text) ? true : undefined))),
    ended,
  };
}
