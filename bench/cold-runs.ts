/** One revocation in a fresh process, many times: the measurement of the scenarios `cold` and `deployed`. */
import type { ApiOptions } from './api.ts';
import { coldCpuMs, coldMs, formatFailedShare, loadMs, medianOf, wallMs } from './figures.ts';
import { measureInterleaved, openLab, type Series } from './lab.ts';
import type { Bench } from './scenario.ts';

/** Processes of each contestant. */
const ROUNDS = 21;

/** The runs of the named contestants. `env` is for all of them. */
export async function coldRuns(
  { pin, contestants, rounds, step }: Bench,
  names: readonly string[],
  { api = {}, env = {} }: { readonly api?: ApiOptions; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<readonly Series[]> {
  const lab = await openLab(pin, api, env);
  const field = [...contestants.find(...names), ...contestants.baseline];
  const all = await measureInterleaved(field, { rounds: rounds(ROUNDS), step }, (contestant) =>
    lab.measure(contestant, { batches: [1] }),
  );
  await lab.close();
  return all;
}

/** The row of one contestant. */
export const coldRow = (series: Series, ratios: Readonly<Record<string, string>>) => ({
  name: series.contestant.name,
  import: medianOf(series, loadMs),
  'first call': medianOf(series, wallMs(0)),
  'to first answer': medianOf(series, coldMs),
  'CPU ms': medianOf(series, coldCpuMs),
  'RSS MB': medianOf(series, ({ maxRssMb }) => maxRssMb),
  ...ratios,
  failed: formatFailedShare(series),
});
