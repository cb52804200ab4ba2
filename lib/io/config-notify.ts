/** The configuration of `notify`, read from the environment and checked once at cold start. */
import { refuse } from './config/read.ts';
import { type Environment, problemsOf, required } from './config/environment.ts';
import { V } from './config/variables.ts';

/** What `notify` has: it judges nothing and calls nobody but the bus. */
export interface NotifyConfig {
  readonly busArn: string;
}

/** Takes the environment; returns the configuration. Throws ConfigError, naming the variable. */
export const readNotifyConfig = (env: Environment): NotifyConfig => {
  refuse(problemsOf(env, V.noticeBusArn, true));
  return { busArn: required(env, V.noticeBusArn) };
};
