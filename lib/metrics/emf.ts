/**
 * CloudWatch's embedded metric format: JSON lines in a log that CloudWatch Logs turns into metrics. Pure.
 * (CloudWatch user guide, "Specification: Embedded metric format")
 */
import type { Json } from '../model/json.ts';
import { type Datum, METRICS, type MetricName } from './metrics.ts';

export const NAMESPACE = 'CoreweaveRevocation';

/** Values of one metric in one document, at most. */
const MAX_VALUES = 100;

/** Values of one metric under one set of labels. */
interface Series {
  readonly name: MetricName;
  readonly labels: Datum['labels'];
  readonly values: readonly number[];
}

interface Page {
  labels: Datum['labels'];
  readonly series: Map<MetricName, readonly number[]>;
}

/**
 * Takes what was measured, the service it is measured of, and the time (epoch ms); returns the documents, none for
 * nothing. A document has one value per label, so that there are as many as labels differ; each has less than 100 metrics
 * and 256 KB.
 */
export function emfDocuments(data: readonly Datum[], service: string, now: number): readonly Json[] {
  const pages: Page[] = [];
  for (const series of seriesOf(data)) {
    const fitting = pages.find((page) => fits(page, series));
    const page = fitting ?? { labels: {}, series: new Map() };
    if (fitting === undefined) pages.push(page);
    page.labels = { ...page.labels, ...series.labels };
    page.series.set(series.name, series.values);
  }
  return pages.map((page) => documentOf(page, service, now));
}

const KEPT: Readonly<Record<(typeof METRICS)[MetricName]['keeps'], (values: readonly number[]) => readonly number[]>> =
  {
    sum: (values) => [values.reduce((sum, value) => sum + value, 0)],
    each: (values) => values,
    most: (values) => [values.reduce((most, value) => Math.max(most, value))],
    least: (values) => [values.reduce((least, value) => Math.min(least, value))],
  };

function seriesOf(data: readonly Datum[]): readonly Series[] {
  const gathered = new Map<string, { name: MetricName; labels: Datum['labels']; values: number[] }>();
  for (const { name, value, labels } of data) {
    const key = JSON.stringify([name, labels]);
    const series = gathered.get(key) ?? { name, labels, values: [] };
    gathered.set(key, series);
    series.values.push(value);
  }
  return [...gathered.values()].flatMap(({ name, labels, values }) => {
    const kept = KEPT[METRICS[name].keeps](values);
    return Array.from({ length: Math.ceil(kept.length / MAX_VALUES) }, (_, n) => ({
      name,
      labels,
      values: kept.slice(n * MAX_VALUES, (n + 1) * MAX_VALUES),
    }));
  });
}

const fits = (page: Page, { name, labels }: Series): boolean =>
  !page.series.has(name) &&
  Object.entries(labels).every(([label, value]) => {
    const taken = Object.entries(page.labels).find(([other]) => other === label)?.[1];
    return taken === undefined || taken === value;
  });

function documentOf({ labels, series }: Page, service: string, now: number): Json {
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
