/** The failure of any thrown value. Loaded once there is one: it needs the SDK. */
import { toAwsFailure } from './aws-failure.ts';
import { type Failure, toFailure } from './failure.ts';
import { explainMissingRegion } from './region.ts';

/** Asks the SDK for its region, where a missing one may be the cause. */
export const explainFailure = (error: unknown, env: NodeJS.ProcessEnv): Promise<Failure> =>
  explainMissingRegion(toAwsFailure(error, env) ?? toFailure(error), env);
