/** The command line of `npm run bench`. Pure. */
import { parseArgs } from 'node:util';

export interface Options {
  /** Names of scenarios; empty: all of them. */
  readonly only: readonly string[];
  /** Undefined: the default of each scenario. */
  readonly rounds: number | undefined;
  /** Path of the results. Undefined: RESULTS for a full run, none for any other. */
  readonly json: string | undefined;
  /** Path of an older bundle of the handler, measured beside the current one where time is measured cold or by CPU. */
  readonly baseline: string | undefined;
}

/** The results of the last full run, which are committed. */
export const RESULTS = 'bench/results/bench.json';

export const usage = (names: readonly string[]): string =>
  [
    'npm run bench [-- --only <name,…> --rounds <n> --json <file> --baseline <bundle>]',
    `  --only      ${names.join(', ')}`,
    '  --rounds    samples of each contestant, instead of 11 (21 where it is cold); few say nothing',
    `  --json      where the results go; a whole run goes to ${RESULTS}, any other nowhere`,
    '  --baseline  revoke.mjs of an earlier build, to compare with in cold and cpu',
  ].join('\n');

/** Returns a sentence where the arguments are wrong. */
export function readOptions(args: readonly string[], names: readonly string[]): Options | string {
  const texts = valuesOf(args);
  if (typeof texts === 'string') return texts;
  const only = texts.only === undefined ? [] : texts.only.split(',');
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) return `--only: there is no ${unknown}`;
  if (texts.rounds !== undefined && !/^[1-9]\d{0,2}$/.test(texts.rounds))
    return '--rounds: expected a number from 1 to 999';
  const { rounds, json, baseline } = texts;
  return { only, rounds: rounds === undefined ? undefined : Number(rounds), json, baseline };
}

function valuesOf(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { only: text, rounds: text, json: text, baseline: text } }).values;
  } catch (error) {
    return error instanceof Error ? error.message : 'wrong arguments';
  }
}

/** Undefined where no results are written: a partial run, or one with fewer rounds, must not replace a full one. */
export const resultsPath = ({ only, rounds, json, baseline }: Options): string | undefined =>
  json ?? (only.length === 0 && rounds === undefined && baseline === undefined ? RESULTS : undefined);
