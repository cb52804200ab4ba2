/**
 * The inside of one Lambda execution environment: a process that loads a bundle once and runs one invocation at a time.
 * Started by `environment.ts` with the path of the bundle; they communicate over the IPC channel. Follows AWS' runtime
 * client for Node: results are sent as JSON, errors as type and message, and an unhandled rejection ends the process.
 */
import { flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { endMark, type Invoke, type Report } from './environment/protocol.ts';

type Handler = (event: unknown, context: object) => unknown;

// Node has read it. It is nothing of the function's.
delete process.env.NODE_COMPILE_CACHE;

/** Bound before the bundle is loaded, so that a handler that replaces `write` does not receive the marks. */
const streams = [process.stdout, process.stderr].map((stream) => stream.write.bind(stream));
const report = (message: Report): void => {
  process.send?.(message);
};

const failure = (thrown: unknown): Report => {
  try {
    return thrown instanceof Error
      ? { kind: 'failed', errorType: thrown.name, errorMessage: thrown.message }
      : { kind: 'failed', errorType: typeof thrown, errorMessage: String(thrown) };
  } catch {
    return { kind: 'failed', errorType: 'handled', errorMessage: 'the thrown value cannot be described' };
  }
};

const isHandler = (value: unknown): value is Handler => typeof value === 'function';

/** Rejects with what the bundle throws on load, and if it has no function `handler`. */
const loadHandler = async (bundle: string): Promise<Handler> => {
  const loaded: { readonly handler?: unknown } = await import(pathToFileURL(bundle).href);
  if (!isHandler(loaded.handler)) throw new TypeError('the bundle exports no function called handler');
  return loaded.handler;
};

/** The context of AWS' runtime, without the old callbacks and without tracing. */
const contextOf = ({ requestId, deadline }: Invoke) => {
  const { AWS_LAMBDA_FUNCTION_NAME: name = '', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory = '' } = process.env;
  const { AWS_LAMBDA_FUNCTION_VERSION: version = '', AWS_REGION: region = '' } = process.env;
  return {
    awsRequestId: requestId,
    functionName: name,
    functionVersion: version,
    invokedFunctionArn: `arn:aws:lambda:${region}:000000000000:function:${name}`,
    memoryLimitInMB: memory,
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
};

const run = async (handler: Handler, invocation: Invoke): Promise<void> => {
  let answer: Report;
  try {
    const json = JSON.stringify(await handler(invocation.event, contextOf(invocation))) ?? 'null';
    answer = { kind: 'returned', json };
  } catch (thrown) {
    answer = failure(thrown);
  }
  for (const write of streams) write(`${endMark(invocation.requestId)}\n`);
  report(answer);
  // The process is terminated, which saves nothing.
  flushCompileCache();
};

// The parent has exited: end too.
process.on('disconnect', () => process.exit());
try {
  const handler = await loadHandler(process.argv[2] ?? '');
  process.on('message', (invocation: Invoke) => void run(handler, invocation));
  report({ kind: 'ready' });
} catch (thrown) {
  report(failure(thrown));
}
