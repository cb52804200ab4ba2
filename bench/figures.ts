/** Figures from samples. Pure. */
import { OURS, TWIN } from './contestants.ts';
import type { Sample, Series } from './lab.ts';
import { median, quantile, ratioOf } from './statistics.ts';

export const medianOf = ({ samples }: Series, read: (sample: Sample) => number): number => median(samples.map(read));

/** Milliseconds from before the import of the bundle to the first answer. */
export const coldMs = ({ startedAt, invocations: [first] }: Sample): number =>
  (first?.endedAt ?? Number.NaN) - startedAt;
/** CPU time in that interval, in ms. */
export const coldCpuMs = ({ loadCpuMs, invocations: [first] }: Sample): number =>
  loadCpuMs + (first?.cpuMs ?? Number.NaN);
export const loadMs = ({ startedAt, loadedAt }: Sample): number => loadedAt - startedAt;

/** Wall time in ms of the invocation with this index. */
export const wallMs =
  (at: number) =>
  ({ invocations }: Sample): number =>
    (invocations[at]?.endedAt ?? Number.NaN) - (invocations[at]?.startedAt ?? Number.NaN);
/** CPU time per record in ms, of the invocation with this index. */
export const cpuPerRecord =
  (at: number) =>
  ({ invocations }: Sample): number =>
    (invocations[at]?.cpuMs ?? Number.NaN) / (invocations[at]?.records ?? Number.NaN);
/** Revoked records per second of wall time. */
export const perSecond =
  (at: number) =>
  (sample: Sample): number =>
    (timesOf(sample, at, 'revoke').length / wallMs(at)(sample)) * 1_000;

/** Milliseconds from the start of an invocation to each answer of one kind. */
function timesOf({ invocations, api }: Sample, at: number, kind: 'revoke' | 'read' | 'refused'): readonly number[] {
  const { startedAt, endedAt } = invocations[at] ?? { startedAt: Number.NaN, endedAt: Number.NaN };
  return api.calls
    .filter((call) => call[0] === kind && call[1] >= startedAt && call[1] <= endedAt)
    .map((call) => call[1] - startedAt);
}

export const timeQuantile =
  (at: number, fraction: number, kind: 'revoke' | 'read' = 'revoke') =>
  (sample: Sample): number =>
    quantile(timesOf(sample, at, kind), fraction);

/** Share of the records (0 to 1) that were not revoked, or whose invocation gave no answer in time. */
export function failedShare({ samples, late }: Series): number {
  const asked = ({ invocations }: Sample): number => invocations.reduce((sum, { records }) => sum + records, 0);
  const failed = median(samples.map((sample) => 1 - sample.api.revoked / asked(sample)));
  return samples.length === 0 ? Math.min(1, late) : failed;
}

/** `–` for none; and the samples that gave no answer in time. */
export const formatFailedShare = (series: Series): string => {
  const share = failedShare(series);
  const late = series.late === 0 ? '' : `, ${series.late} too late`;
  return `${share === 0 ? '–' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`}${late}`;
};

/**
 * The median of the ratios of two contestants in each round: what slows the machine down for a minute is in both. NaN
 * where one is missing.
 */
export function compareInRounds(all: readonly Series[], name: string, base: string, read: (sample: Sample) => number) {
  const samplesOf = (wanted: string) => all.find(({ contestant }) => contestant.name === wanted)?.samples ?? [];
  const bases = new Map(samplesOf(base).map((sample) => [sample.round, read(sample)]));
  return ratioOf(
    samplesOf(name).flatMap((sample) => {
      const its = bases.get(sample.round);
      return its === undefined ? [] : [read(sample) / its];
    }),
  );
}

/** Ratio of the product to its twin. */
export const compareWithTwin = (all: readonly Series[], read: (sample: Sample) => number): number =>
  compareInRounds(all, OURS, TWIN, read).ratio;

/** A ratio with its interval: `0.44 (0.42–0.47)`. */
export const formatRatio = (
  all: readonly Series[],
  name: string,
  base: string,
  read: (sample: Sample) => number,
): string => {
  if (name === base) return '1';
  const { ratio, low, high } = compareInRounds(all, name, base, read);
  return `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
};
