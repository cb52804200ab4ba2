/**
 * A cold start of the webhook endpoint: loads a bundle, sends it a request for a source that is not set up, and writes
 * the measurements as one line of JSON to file descriptor 3. Plain JavaScript, as in invoke.mjs. Its argument is the URL
 * of the bundle.
 */
import { writeSync } from 'node:fs';

const now = () => Number(process.hrtime.bigint()) / 1e6;
const REQUEST = {
  version: '2.0',
  rawPath: '/unknown',
  rawQueryString: '',
  headers: { 'content-type': 'application/json' },
  requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' }, stage: '$default', requestId: 'bench' },
  body: '{}',
  isBase64Encoded: false,
};
const CONTEXT = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 10_000 };

const cpu = process.cpuUsage();
const startedAt = now();
const { handler } = await import(process.argv[2]);
const loadedAt = now();
const { statusCode } = await handler(REQUEST, CONTEXT);
const answeredAt = now();
const { user, system } = process.cpuUsage(cpu);
const times = { loadMs: loadedAt - startedAt, coldMs: answeredAt - startedAt, cpuMs: (user + system) / 1_000 };
writeSync(3, `${JSON.stringify({ ...times, statusCode })}\n`);
process.exit(0);
