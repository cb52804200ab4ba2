/** What can be measured: the metrics that our code writes, and those of AWS that the template uses. */
import { NAMESPACE } from '../../lib/metrics/emf.ts';
import { METRICS, type MetricName } from '../../lib/metrics/metrics.ts';

/** A metric as an alarm or a widget names it. */
export interface Use {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
}

interface Published {
  /** Names of dimensions under which AWS publishes it. */
  readonly dimensions: readonly string[];
  /** Metrics, and the statistics that mean something. */
  readonly metrics: Readonly<Record<string, readonly string[]>>;
}

/**
 * SQS developer guide, "Available CloudWatch metrics"; Lambda guide, "Types of metrics"; API Gateway guide, "Monitor
 * CloudWatch metrics for HTTP APIs"; EventBridge Scheduler guide, "Monitoring with CloudWatch"; CloudWatch Logs guide,
 * "Monitoring with CloudWatch metrics"; Data Firehose guide, "Monitor with CloudWatch metrics". Not there on purpose:
 * NumberOfMessagesSent, which does not see what SQS moves by itself.
 */
const OF_AWS: Readonly<Record<string, Published | readonly Published[]>> = {
  'AWS/SQS': {
    dimensions: ['QueueName'],
    metrics: {
      ApproximateNumberOfMessagesVisible: ['Maximum'],
      ApproximateNumberOfMessagesNotVisible: ['Maximum'],
      ApproximateAgeOfOldestMessage: ['Maximum'],
    },
  },
  'AWS/Lambda': {
    dimensions: ['FunctionName'],
    metrics: {
      Errors: ['Sum'],
      Throttles: ['Sum'],
      RecursiveInvocationsDropped: ['Sum'],
      AsyncEventsDropped: ['Sum'],
      Duration: ['p50', 'p95', 'Maximum'],
    },
  },
  'AWS/ApiGateway': { dimensions: ['ApiId'], metrics: { '4xx': ['Sum'], '5xx': ['Sum'] } },
  'AWS/Scheduler': {
    dimensions: ['ScheduleGroup'],
    metrics: {
      TargetErrorCount: ['Sum'],
      InvocationDroppedCount: ['Sum'],
      InvocationsFailedToBeSentToDeadLetterCount: ['Sum'],
    },
  },
  'AWS/Logs': [
    { dimensions: ['LogGroupName'], metrics: { EMFValidationErrors: ['Sum'], EMFParsingErrors: ['Sum'] } },
    { dimensions: ['LogGroupName', 'DestinationType', 'FilterName'], metrics: { DeliveryErrors: ['Sum'] } },
  ],
  'AWS/Firehose': { dimensions: ['DeliveryStreamName'], metrics: { 'DeliveryToS3.DataFreshness': ['Maximum'] } },
};

const OF_OURS: Readonly<Record<(typeof METRICS)[MetricName]['aggregation'], readonly string[]>> = {
  sum: ['Sum'],
  each: ['p50', 'p95', 'Maximum'],
  max: ['Maximum'],
  min: ['Minimum'],
};

const isOurs = (name: string): name is MetricName => Object.hasOwn(METRICS, name);
const same = (left: readonly string[], right: readonly string[]): boolean =>
  JSON.stringify(left.toSorted()) === JSON.stringify(right.toSorted());

/** The problem with a use: a metric, a set of dimensions or a statistic that is not published. */
export function faultOf({ namespace, metric, dimensions, statistic }: Use): string | undefined {
  const names = Object.keys(dimensions);
  if (namespace === NAMESPACE) {
    if (!isOurs(metric)) return `${metric}: our code does not write it`;
    const sets: readonly (readonly string[])[] = METRICS[metric].sets;
    if (!sets.some((set) => same(['Service', ...set], names))) return `${metric}: not by ${names.join(', ')}`;
    return OF_OURS[METRICS[metric].aggregation].includes(statistic)
      ? undefined
      : `${metric}: ${statistic} means nothing`;
  }
  const published = [OF_AWS[namespace] ?? []].flat().find(({ metrics }) => Object.hasOwn(metrics, metric));
  const statistics = published?.metrics[metric];
  if (published === undefined || statistics === undefined) return `${namespace} ${metric}: not published`;
  if (!same(published.dimensions, names)) return `${namespace} ${metric}: not by ${names.join(', ')}`;
  return statistics.includes(statistic) ? undefined : `${namespace} ${metric}: ${statistic} means nothing`;
}
