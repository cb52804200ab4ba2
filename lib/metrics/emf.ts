/**
 * CloudWatch's embedded metric format: JSON log lines that become metrics. (CloudWatch user guide, "Specification:
 * Embedded metric format")
 */
import type { Json } from '../model/json.ts';
import { type Datum, METRICS, type MetricName } from './metrics.ts';

export const NAMESPACE = 'CoreweaveRevocation';

/** Limit of CloudWatch for one metric in one document. */
const MAX_VALUES = 100;

/** Values of one metric with the same labels. */
interface Series {
  readonly name: MetricName;
  readonly labels: Datum['labels'];
  readonly values: readonly number[];
}

interface DocumentDraft {
  labels: Datum['labels'];
  readonly series: Map<MetricName, readonly number[]>;
}

/**
 * `now` in epoch ms. A document has one value per label, so data whose labels differ need several; each has fewer than
 * 100 metrics and less than 256 KB.
 */
export function emfDocuments(data: readonly Datum[], service: string, now: number): readonly Json[] {
  const drafts: DocumentDraft[] = [];
  for (const series of seriesOf(data)) {
    const fitting = drafts.find((draft) => fits(draft, series));
    const draft = fitting ?? { labels: {}, series: new Map() };
    if (fitting === undefined) drafts.push(draft);
    draft.labels = { ...draft.labels, ...series.labels };
    draft.series.set(series.name, series.values);
  }
  return drafts.map((draft) => documentOf(draft, service, now));
}

const AGGREGATE: Readonly<
  Record<(typeof METRICS)[MetricName]['aggregation'], (values: readonly number[]) => readonly number[]>
> = {
  sum: (values) => [values.reduce((sum, value) => sum + value, 0)],
  each: (values) => values,
  max: (values) => [values.reduce((max, value) => Math.max(max, value))],
  min: (values) => [values.reduce((min, value) => Math.min(min, value))],
};

function seriesOf(data: readonly Datum[]): readonly Series[] {
  const byLabels = new Map<string, { name: MetricName; labels: Datum['labels']; values: number[] }>();
  for (const { name, value, labels } of data) {
    const key = JSON.stringify([name, labels]);
    const series = byLabels.get(key) ?? { name, labels, values: [] };
    byLabels.set(key, series);
    series.values.push(value);
  }
  return [...byLabels.values()].flatMap(({ name, labels, values }) => {
    const aggregated = AGGREGATE[METRICS[name].aggregation](values);
    return Array.from({ length: Math.ceil(aggregated.length / MAX_VALUES) }, (_, n) => ({
      name,
      labels,
      values: aggregated.slice(n * MAX_VALUES, (n + 1) * MAX_VALUES),
    }));
  });
}

const fits = (draft: DocumentDraft, { name, labels }: Series): boolean =>
  !draft.series.has(name) &&
  Object.entries(labels).every(([label, value]) => {
    const present = Object.entries(draft.labels).find(([other]) => other === label)?.[1];
    return present === undefined || present === value;
  });

function documentOf({ labels, series }: DocumentDraft, service: string, now: number): Json {
  const directives = [...series.keys()].map((name) => ({
    Namespace: NAMESPACE,
    Dimensions: METRICS[name].sets.map((set) => ['Service', ...set]),
    Metrics: [{ Name: name, Unit: METRICS[name].unit }],
  }));
  const values = [...series].map(([name, list]): readonly [string, Json] => [
    name,
    list.length === 1 ? (list[0] ?? 0) : list,
  ]);
  return {
    _aws: { Timestamp: now, CloudWatchMetrics: directives },
    Service: service,
    ...labels,
    ...Object.fromEntries(values),
  };
}
