/** The configuration of the metrics, alike for all functions. */
import { type Environment, optional } from './config/environment.ts';
import { V } from './config/variables.ts';

export interface MetricConfig {
  /** The value of the dimension `Service`. */
  readonly service: string;
  /** Sources of events that metrics name. */
  readonly sources: ReadonlySet<string>;
  /** How long an API token lives, in ms; undefined: for ever. */
  readonly tokenLifeMs: number | undefined;
}

/** Takes a checked environment; returns the configuration, or undefined when nothing is to be measured. */
export const readMetricConfig = (env: Environment): MetricConfig | undefined => {
  const service = optional(env, V.metricService);
  if (service === undefined) return undefined;
  return { service, sources: optional(env, V.metricSources) ?? new Set(), tokenLifeMs: optional(env, V.tokenLife) };
};
