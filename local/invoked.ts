/** The functions that no queue and no schedule invokes here: the CLI does, by their names. */
import { createFunction, type LambdaFunction } from './function.ts';
import { startLambdaServer } from './lambda-server.ts';
import { actAs, RECONCILE_BUNDLE, REPLAY_BUNDLE, SERVICE } from './variables.ts';

const TIMEOUT_MS = 120_000;

export interface InvokedOptions {
  /** Variables that both share. */
  readonly env: Readonly<Record<string, string>>;
  onAudit(line: string): void;
  onLog(line: string): void;
}

export interface InvokedFunctions {
  readonly replay: LambdaFunction;
  readonly reconcile: LambdaFunction;
  /** Of Lambda's Invoke. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts their endpoint on a free port. */
export async function startInvokedFunctions({ env, onAudit, onLog }: InvokedOptions): Promise<InvokedFunctions> {
  const create = (role: 'replay' | 'reconcile', bundle: string): LambdaFunction =>
    createFunction({
      bundle,
      env: { ...env, ...actAs(role), AWS_LAMBDA_FUNCTION_NAME: role },
      timeoutMs: TIMEOUT_MS,
      maximumConcurrency: 1,
      onStdout: onAudit,
      onStderr: onLog,
    });
  const replay = create('replay', REPLAY_BUNDLE);
  const reconcile = create('reconcile', RECONCILE_BUNDLE);
  const server = await startLambdaServer({ [`${SERVICE}-replay`]: replay, [`${SERVICE}-reconcile`]: reconcile });
  return {
    replay,
    reconcile,
    endpoint: server.endpoint,
    close: async () => void (await Promise.all([replay.close(), reconcile.close(), server.close()])),
  };
}
