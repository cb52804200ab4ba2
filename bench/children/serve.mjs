/**
 * One environment that serves many invocations: loads the bundle that is its argument, invokes its handler for each
 * line on stdin (`{event, timeoutMs}`), and answers on file descriptor 3 with a line of JSON: the handler's result,
 * or null.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const { handler } = await import(process.argv[2]);

let invocations = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { event, timeoutMs } = JSON.parse(line);
  const ends = Date.now() + timeoutMs;
  invocations += 1;
  const context = { awsRequestId: `bench-${invocations}`, getRemainingTimeInMillis: () => ends - Date.now() };
  const answer = await handler(event, context).catch(() => null);
  writeSync(3, `${JSON.stringify(answer)}\n`);
}
process.exit(0);
