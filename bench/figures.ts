/** From samples to figures. Pure. */
import { OURS, TWIN } from './contestants.ts';
import type { Sample, Series } from './lab.ts';
import { median, quantile, ratioOf } from './statistics.ts';

/** Takes a series and what to read of a sample; returns the median. */
export const medianOf = ({ samples }: Series, read: (sample: Sample) => number): number => median(samples.map(read));

/** Milliseconds from before the bundle's import to the first answer, and the processor's in them. */
export const coldMs = ({ startedAt, invocations: [first] }: Sample): number =>
  (first?.endedAt ?? Number.NaN) - startedAt;
export const coldCpuMs = ({ loadCpuMs, invocations: [first] }: Sample): number =>
  loadCpuMs + (first?.cpuMs ?? Number.NaN);
export const loadMs = ({ startedAt, loadedAt }: Sample): number => loadedAt - startedAt;

/** Of the invocation at a place: wall in ms, processor in ms per record, records that were revoked in it per second. */
export const wallMs =
  (at: number) =>
  ({ invocations }: Sample): number =>
    (invocations[at]?.endedAt ?? Number.NaN) - (invocations[at]?.startedAt ?? Number.NaN);
export const cpuPerRecord =
  (at: number) =>
  ({ invocations }: Sample): number =>
    (invocations[at]?.cpuMs ?? Number.NaN) / (invocations[at]?.records ?? Number.NaN);
export const perSecond =
  (at: number) =>
  (sample: Sample): number =>
    (timesOf(sample, at, 'revoke').length / wallMs(at)(sample)) * 1_000;

/** Milliseconds from the start of an invocation to each answer of a kind in it. */
export function timesOf(
  { invocations, api }: Sample,
  at: number,
  kind: 'revoke' | 'read' | 'refused',
): readonly number[] {
  const { startedAt, endedAt } = invocations[at] ?? { startedAt: Number.NaN, endedAt: Number.NaN };
  return api.calls
    .filter((call) => call[0] === kind && call[1] >= startedAt && call[1] <= endedAt)
    .map((call) => call[1] - startedAt);
}

export const timeQuantile =
  (at: number, fraction: number, kind: 'revoke' | 'read' = 'revoke') =>
  (sample: Sample): number =>
    quantile(timesOf(sample, at, kind), fraction);

/** The share of records whose key the API was never told to revoke, or whose answer never came: from 0 to 1. */
export function failedShare({ samples, late }: Series): number {
  const asked = ({ invocations }: Sample): number => invocations.reduce((sum, { records }) => sum + records, 0);
  const failed = median(samples.map((sample) => 1 - sample.api.revoked / asked(sample)));
  return samples.length === 0 ? Math.min(1, late) : failed;
}

/** Failed records as people read them: `–` for none, and what gave no answer in time. */
export const formatFailedShare = (series: Series): string => {
  const share = failedShare(series);
  const late = series.late === 0 ? '' : `, ${series.late} too late`;
  return `${share === 0 ? '–' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`}${late}`;
};

/** Takes all series, the name of one and of another; returns the ratio of their medians. NaN where one is missing. */
export function compareMedians(all: readonly Series[], name: string, base: string, read: (sample: Sample) => number) {
  const values = (wanted: string): readonly number[] =>
    all.find(({ contestant }) => contestant.name === wanted)?.samples.map(read) ?? [];
  return ratioOf(values(name), values(base));
}

/** The ratio of ours to its twin. */
export const compareWithTwin = (all: readonly Series[], read: (sample: Sample) => number): number =>
  compareMedians(all, OURS, TWIN, read).ratio;

/** A ratio with its interval, such as `0.44 (0.42–0.47)`. */
export const formatRatio = (
  all: readonly Series[],
  name: string,
  base: string,
  read: (sample: Sample) => number,
): string => {
  if (name === base) return '1';
  const { ratio, low, high } = compareMedians(all, name, base, read);
  return `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
};
