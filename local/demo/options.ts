/** The command line of `npm start`. */

export type Mode = 'once' | 'watch' | 'json' | 'help';

export const USAGE = `usage: npm start [-- --watch | --json]
  --watch  stay up afterwards, with the URLs of the queues, until Ctrl-C
  --json   print one line of JSON at the end, and nothing else, on stdout (npm adds lines of its own without -s)`;

const MODES: ReadonlyMap<string, Exclude<Mode, 'once'>> = new Map([
  ['--watch', 'watch'],
  ['--json', 'json'],
  ['--help', 'help'],
  ['-h', 'help'],
]);

/** `wrong`: what is not understood. */
export function parseMode(args: readonly string[]): Mode | { readonly wrong: string } {
  const unknown = args.find((arg) => !MODES.has(arg));
  if (unknown !== undefined) return { wrong: `unknown option '${unknown}'` };
  const modes = new Set(args.map((arg) => MODES.get(arg)));
  if (modes.has('help')) return 'help';
  if (modes.size > 1) return { wrong: 'expected --watch or --json, not both' };
  const [mode = 'once'] = modes;
  return mode;
}
