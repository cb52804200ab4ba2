/** What the alarm on new dead letters calculates, as CloudWatch does: `DIFF(SUM([visible, hidden]))` of maxima. */
import type { Alarm } from './uses.ts';

/** What SQS publishes each minute; it may leave out `hidden` while no message is in flight. */
export interface Sample {
  readonly visible: number;
  readonly hidden?: number;
}

/** One result for each period but the first. */
export function growthOf({ Metrics = [] }: Alarm, samples: readonly Sample[]): readonly number[] {
  const [minutes = 1] = Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Period / 60]));
  const sums = Array.from({ length: Math.floor(samples.length / minutes) }, (_, n) => {
    const period = samples.slice(n * minutes, (n + 1) * minutes);
    const most = (name: keyof Sample): number => Math.max(...period.map((sample) => sample[name] ?? 0));
    return most('visible') + most('hidden');
  });
  return sums.slice(1).map((sum, n) => sum - (sums[n] ?? 0));
}
