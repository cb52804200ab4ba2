/** What Lambda refuses when an SQS event source mapping is created. Pure. */

export interface MappingNumbers {
  readonly batchSize: number;
  readonly windowMs: number;
  readonly maximumConcurrency: number;
  readonly functionTimeoutMs: number;
  readonly visibilitySeconds: number;
}

const between = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

const LIMITS: readonly (readonly [(numbers: MappingNumbers) => boolean, string])[] = [
  [({ batchSize }) => between(batchSize, 1, 10_000), 'batchSize must be from 1 to 10,000'],
  [({ windowMs }) => between(windowMs / 1_000, 0, 300), 'windowMs must be whole seconds from 0 to 300'],
  [
    ({ batchSize, windowMs }) => batchSize <= 10 || windowMs >= 1_000,
    'a batchSize over 10 needs a window of at least 1 s',
  ],
  [({ maximumConcurrency }) => between(maximumConcurrency, 2, 1_000), 'maximumConcurrency must be from 2 to 1,000'],
  [
    ({ functionTimeoutMs, visibilitySeconds }) => functionTimeoutMs <= visibilitySeconds * 1_000,
    'the function must not time out later than the visibility of the queue ends',
  ],
];

/**
 * One sentence per limit of Lambda that is exceeded. (Lambda developer guide, SQS event source parameters; API
 * reference, ScalingConfig)
 */
export const brokenLimits = (numbers: MappingNumbers): readonly string[] =>
  LIMITS.filter(([holds]) => !holds(numbers)).map(([, sentence]) => sentence);
