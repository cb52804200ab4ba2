/** The command line of `npm start`. */
import { parseArgs } from 'node:util';

export type Mode = 'once' | 'watch' | 'json' | 'help';

export const USAGE = `usage: npm start [-- --watch | --json]
  --watch  stay up afterwards, with the URLs of the queues, until Ctrl-C
  --json   print one line of JSON at the end, and nothing else, on stdout (npm adds lines of its own without -s)`;

/** Returns undefined for arguments that are not understood. */
export function parseMode(args: readonly string[]): Mode | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { watch: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) return 'help';
    if (values.watch && values.json) return undefined;
    if (values.watch) return 'watch';
    return values.json ? 'json' : 'once';
  } catch {
    return undefined;
  }
}
