/** The operational log on the command line: what a person should know while a command is at work, on stderr. */
import type { Log, LogFields } from '../lib/ports.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { sanitizeForTerminal } from '../terminal/text.ts';

/** Takes the terminal; returns the log. Information is left out. */
export function terminalLog({ writeError }: Pick<Terminal, 'writeError'>): Log {
  const tell =
    (level: string) =>
    (code: string, fields: LogFields = {}): void => {
      const known = Object.entries(fields).filter(([, value]) => value !== undefined);
      const text = known.map(([name, value]) => ` ${name}=${value}`).join('');
      writeError(`${sanitizeForTerminal(`${level} [${code}]${text}`)}\n`);
    };
  return { info: () => undefined, warn: tell('warning'), error: tell('error'), within: (_fields, work) => work() };
}
