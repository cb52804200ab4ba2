/** Reads which metrics alarms and dashboards use. */
import type { Use } from './published.ts';

interface Measured {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
}
interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly ReturnData: boolean;
  readonly MetricStat?: { readonly Metric: Measured; readonly Stat: string; readonly Period: number };
}
/** An alarm's properties, resolved. */
export interface Alarm extends Partial<Measured> {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly string[];
  readonly OKActions: readonly string[];
  readonly TreatMissingData: string;
  readonly ComparisonOperator: string;
  readonly Threshold: number;
  /** In seconds; not of an alarm that calculates. */
  readonly Period?: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Metrics?: readonly Query[];
}

const useOf = ({ Namespace, MetricName, Dimensions }: Measured, statistic: string): Use => ({
  namespace: Namespace,
  metric: MetricName,
  dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
  statistic,
});
/** The metrics that an alarm looks at, those that it calculates with included. */
export const usesOf = (alarm: Alarm): readonly Use[] => {
  const { Namespace = '', MetricName = '', Dimensions = [], Statistic, ExtendedStatistic = '' } = alarm;
  return alarm.Metrics === undefined
    ? [useOf({ Namespace, MetricName, Dimensions }, Statistic ?? ExtendedStatistic)]
    : alarm.Metrics.flatMap(({ MetricStat }) =>
        MetricStat === undefined ? [] : [useOf(MetricStat.Metric, MetricStat.Stat)],
      );
};

/**
 * The metrics of a dashboard. Rows are `[namespace, metric, name, value, …, {stat}]` or `[{expression: SEARCH(…)}]`.
 * (CloudWatch, dashboard body)
 */
export const usesOfDashboard = (body: string): readonly Use[] => {
  const widgets: { properties: { metrics?: (string | { stat?: string; expression?: string })[][] } }[] =
    JSON.parse(body).widgets;
  return widgets
    .flatMap(({ properties }) => properties.metrics ?? [])
    .map((row) => {
      const options = row.at(-1);
      const { stat = '', expression } = typeof options === 'object' ? options : {};
      if (expression !== undefined) return searched(expression);
      const [namespace = '', metric = '', ...pairs] = row.filter((cell) => typeof cell === 'string');
      const dimensions = Object.fromEntries(
        Array.from({ length: pairs.length / 2 }, (_, n) => [pairs[2 * n], pairs[2 * n + 1]]),
      );
      return { namespace, metric, dimensions, statistic: stat };
    });
};
const searched = (expression: string): Use => {
  const [, set = '', service = '', metric = '', statistic = ''] =
    /^SEARCH\('\{([\w/,]+)\} Service="([\w-]+)" MetricName="(\w+)"', '(\w+)', \d+\)$/.exec(expression) ?? [];
  const [namespace = '', ...names] = set.split(',');
  const dimensions = Object.fromEntries(names.map((name) => [name, name === 'Service' ? service : '*']));
  return { namespace, metric, dimensions, statistic };
};
