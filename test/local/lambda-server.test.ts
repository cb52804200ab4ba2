/** Lambda's Invoke on localhost, over HTTP. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLambdaServer } from '../../local/lambda-server.ts';
import type { Listening } from '../../local/listen.ts';

let lambda: Listening;
beforeEach(async () => {
  lambda = await startLambdaServer({
    echo: { invoke: async (event) => event },
    failing: { invoke: () => Promise.reject(new RangeError('no memory')) },
  });
});
afterEach(() => lambda.close());

it.each([
  ['echo', 200, null, { seconds: 2 }],
  ['failing', 200, 'Unhandled', { errorType: 'RangeError' }],
  ['unknown', 404, null, { Message: 'not found' }],
])('startLambdaServer: answers as AWS does for the function %s', async (name, status, error, body) => {
  const url = `${lambda.endpoint}/2015-03-31/functions/${name}/invocations`;
  const response = await fetch(url, { method: 'POST', body: '{"seconds":2}' });
  expect([response.status, response.headers.get('x-amz-function-error'), await response.json()]).toEqual([
    status,
    error,
    body,
  ]);
});
