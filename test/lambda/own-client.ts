/**
 * Stands in for AWS' runtime client where that does not build. Follows the documented protocol: it loads the handler,
 * polls for invocations, and posts responses and errors. (Lambda developer guide, custom runtime API)
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { AWS_LAMBDA_RUNTIME_API: address = '', LAMBDA_TASK_ROOT: root = '' } = process.env;
const [, , handlerPath = ''] = process.argv;

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://${address}/2018-06-01/runtime/${path}`, { method: 'POST', body: JSON.stringify(body), headers });

const errorOf = (thrown: unknown) =>
  thrown instanceof Error
    ? { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack?.split('\n') ?? [] }
    : { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };

const postError = (path: string, error: ReturnType<typeof errorOf>): Promise<Response> =>
  post(path, error, { 'lambda-runtime-function-error-type': error.errorType });

const load = async (): Promise<(event: unknown, context: object) => Promise<unknown>> => {
  const module = await import(pathToFileURL(join(root, handlerPath.replace(/\.handler$/, '.mjs'))).href);
  return module.handler;
};

const handler = await load().catch(async (thrown: unknown) => {
  await postError('init/error', errorOf(thrown));
  return process.exit(1);
});

for (;;) {
  const next = await fetch(`http://${address}/2018-06-01/runtime/invocation/next`);
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const id = next.headers.get('lambda-runtime-aws-request-id') ?? '';
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    await post(`invocation/${id}/response`, (await handler(await next.json(), context)) ?? null);
  } catch (thrown) {
    await postError(`invocation/${id}/error`, errorOf(thrown));
  }
}
