/** A Lambda function: execution environments that are started on demand and reused. */
import { type Environment, type EnvironmentOptions, FunctionError, startEnvironment } from './environment.ts';

export interface FunctionOptions extends EnvironmentOptions {
  /** Maximum number of environments; further invocations wait. (Lambda throttles, but a mapping never exceeds it.) */
  readonly maximumConcurrency: number;
}

export interface LambdaFunction {
  /** Runs the function in a free environment, or a new one. Returns and rejects as `Environment.invoke`. */
  invoke(event: unknown): Promise<unknown>;
  /** How many environments were started so far. */
  readonly coldStarts: number;
  /** Ends idle environments; their state in memory is lost. */
  recycle(): Promise<void>;
  /** Ends all environments; invocations that run or wait are rejected. */
  close(): Promise<void>;
}

/** A function without environments: the first invocation is a cold start. */
export const createFunction = (options: FunctionOptions): LambdaFunction => {
  const environments = new Set<Environment>();
  const free: Environment[] = [];
  let waiting: (() => void)[] = [];
  let coldStarts = 0;
  let closed = false;

  const takeEnvironment = async (): Promise<Environment> => {
    for (;;) {
      if (closed) throw new FunctionError('Runtime.ExitError', 'the function was closed');
      const idle = free.pop();
      if (idle?.alive) return idle;
      if (idle !== undefined) environments.delete(idle);
      else if (environments.size < options.maximumConcurrency) break;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    }
    coldStarts += 1;
    const environment = startEnvironment(options);
    environments.add(environment);
    return environment;
  };
  const giveBack = (environment: Environment): void => {
    if (environment.alive) free.push(environment);
    else environments.delete(environment);
    waiting.shift()?.();
  };
  return {
    get coldStarts() {
      return coldStarts;
    },
    async invoke(event) {
      const environment = await takeEnvironment();
      return environment.invoke(event).finally(() => giveBack(environment));
    },
    recycle: async () => void (await Promise.all(free.map((environment) => environment.kill()))),
    async close() {
      closed = true;
      for (const resolve of waiting) resolve();
      waiting = [];
      await Promise.all([...environments].map((environment) => environment.kill()));
    },
  };
};
