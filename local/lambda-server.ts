/** Lambda's Invoke on localhost: the functions by name, one path, no permissions. (Lambda API reference, Invoke) */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LambdaFunction } from './function.ts';
import { type Listening, listenOnLoopback } from './listen.ts';

const PATH = /^\/2015-03-31\/functions\/([A-Za-z0-9_-]{1,64})\/invocations$/;

const parsed = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text || 'null');
};

/** Starts on a free port of 127.0.0.1. An error of a function is a 200 with `X-Amz-Function-Error`, as on AWS. */
export const startLambdaServer = (
  functions: Readonly<Record<string, Pick<LambdaFunction, 'invoke'>>>,
): Promise<Listening> => {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fn = functions[PATH.exec(request.url ?? '')?.[1] ?? ''];
    if (request.method !== 'POST' || fn === undefined) {
      response.writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }).end('{"Message":"not found"}');
      return;
    }
    const event = await parsed(request);
    try {
      // Before the head is written: a function that fails has another one.
      const result = JSON.stringify((await fn.invoke(event)) ?? null);
      response.writeHead(200).end(result);
    } catch (error) {
      const errorType = error instanceof Error ? error.name : 'Error';
      response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(JSON.stringify({ errorType }));
    }
  };
  return listenOnLoopback(createServer((request, response) => void serve(request, response)));
};
