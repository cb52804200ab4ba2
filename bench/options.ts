/** The command line of `npm run bench`. Pure. */
import { parseArgs } from 'node:util';

export interface Options {
  /** Names of scenarios; empty: all. */
  readonly only: readonly string[];
  /** Undefined: what each scenario does by itself. */
  readonly rounds: number | undefined;
  /** Where the results go; undefined: a whole run goes to RESULTS, any other nowhere. */
  readonly json: string | undefined;
}

/** The results of the last whole run, which are in the repository. */
export const RESULTS = 'bench/results/bench.json';

/** Takes the names of all scenarios; returns what is shown for a wrong command line. */
export const usage = (names: readonly string[]): string =>
  [
    'npm run bench [-- --only <name,…> --rounds <n> --json <file>]',
    `  --only    ${names.join(', ')}`,
    '  --rounds  samples of each contestant, instead of 11 (21 where it is cold); few say nothing',
    `  --json    where the results go; a whole run goes to ${RESULTS}, any other nowhere`,
  ].join('\n');

/** Takes the arguments and the names of all scenarios; returns the options, or a sentence on what is wrong. */
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

/**
 * Where the results of a run go; undefined: nowhere. A part, or one with fewer rounds, never stands in for a whole
 * one.
 */
export const resultsPath = ({ only, rounds, json }: Options): string | undefined =>
  json ?? (only.length === 0 && rounds === undefined ? RESULTS : undefined);
