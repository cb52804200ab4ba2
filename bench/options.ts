/** The command line of `npm run bench`. Pure. */
import { parseArgs } from 'node:util';

export interface Options {
  /** Names of scenarios; empty: all of them. */
  readonly only: readonly string[];
  /** Undefined: the default of each scenario. */
  readonly rounds: number | undefined;
  /** Path of the results. Undefined: RESULTS for a full run, none for any other. */
  readonly json: string | undefined;
}

/** The results of the last full run, which are committed. */
export const RESULTS = 'bench/results/bench.json';

export const usage = (names: readonly string[]): string =>
  [
    'npm run bench [-- --only <name,…> --rounds <n> --json <file>]',
    `  --only    ${names.join(', ')}`,
    '  --rounds  samples of each contestant, instead of 11 (21 where it is cold); few say nothing',
    `  --json    where the results go; a whole run goes to ${RESULTS}, any other nowhere`,
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
  return { only, rounds: texts.rounds === undefined ? undefined : Number(texts.rounds), json: texts.json };
}

function valuesOf(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { only: text, rounds: text, json: text } }).values;
  } catch (error) {
    return error instanceof Error ? error.message : 'wrong arguments';
  }
}

/** Undefined where no results are written: a partial run, or one with fewer rounds, must not replace a full one. */
export const resultsPath = ({ only, rounds, json }: Options): string | undefined =>
  json ?? (only.length === 0 && rounds === undefined ? RESULTS : undefined);
