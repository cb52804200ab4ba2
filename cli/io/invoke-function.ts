/** Invokes a Lambda function and waits for its result. The SDK is loaded at the call. */
import { SDK_SETTINGS, type SdkOverrides, sdkErrorName } from '../../lib/io/aws/sdk.ts';
import type { Environment } from '../../lib/io/config/environment.ts';
import { V } from '../../lib/io/config/variables.ts';
import { explainAwsError } from '../aws-failure.ts';
import { CliError, usageError } from '../failure.ts';

/** As the template names the function of a stack. Throws CliError `function-unknown` (usage error). */
export function functionNameOf(
  env: NodeJS.ProcessEnv,
  role: 'replay' | 'reconcile',
  given: string | undefined,
): string {
  const service = env[V.metricService.name];
  if (given !== undefined) return given;
  if (service) return `${service}-${role}`;
  throw usageError(
    'function-unknown',
    'which function to invoke is not known',
    `give --stack, --function <name>, or ${V.metricService.name}`,
  );
}

/** Lambda's longest timeout in ms. One attempt: the function may act. */
const PATIENT = {
  ...SDK_SETTINGS,
  maxAttempts: 1,
  requestHandler: { ...SDK_SETTINGS.requestHandler, requestTimeout: 900_000, socketTimeout: 900_000 },
};

export interface FunctionCall {
  readonly name: string;
  readonly payload: object;
  readonly env: Environment;
}

/**
 * What the function returned. Throws CliError `function-unavailable` if it could not be invoked, and `function-failed`
 * if it threw: the name of its error is printed, its message may hold data. (Lambda API reference, Invoke)
 */
export async function invokeFunction(
  { name, payload, env }: FunctionCall,
  overrides: SdkOverrides = {},
): Promise<unknown> {
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({ ...PATIENT, ...overrides });
  const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) });
  try {
    const { Payload: body, FunctionError: failed } = await client.send(command);
    const result: unknown = JSON.parse(body?.transformToString() || 'null');
    if (failed !== undefined) throw functionFailed(result);
    return result;
  } catch (error) {
    if (error instanceof CliError) throw error;
    const next = 'check its name, AWS_REGION and your right to invoke it (lambda:InvokeFunction)';
    const explained = explainAwsError(sdkErrorName(error), { service: 'Lambda', env, next });
    const message = `the function ${name} could not be invoked: ${explained.message}`;
    throw new CliError({ code: 'function-unavailable', message, next: explained.next });
  } finally {
    client.destroy();
  }
}

/** What the function returned is not what this version of the command expects. */
export const unexpectedResult = (): CliError =>
  new CliError({
    code: 'function-result',
    message: 'the function returned something else',
    next: 'deploy the version of this command, or use the command of that version',
  });

const functionFailed = (result: unknown): CliError => {
  const type = typeof result === 'object' && result !== null && 'errorType' in result ? result.errorType : undefined;
  const name = typeof type === 'string' && /^[A-Za-z.]{1,60}$/.test(type) ? type : 'unknown';
  return new CliError({
    code: 'function-failed',
    message: `the function ended with an error (${name})`,
    next: 'its log has the error; it can be run again',
  });
};
