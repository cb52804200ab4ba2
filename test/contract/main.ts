/**
 * `npm run test:contract [-- --endpoint <url>]`: checks the contract of SQS against the embedded queue, or against
 * moto, LocalStack or AWS at the URL of `--endpoint` (default: AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL).
 */
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values } = parseArgs({ options: { endpoint: { type: 'string' } } });
const endpoint = values.endpoint ?? process.env.AWS_ENDPOINT_URL_SQS ?? process.env.AWS_ENDPOINT_URL;
if (endpoint !== undefined) process.env.CONTRACT_ENDPOINT = new URL(endpoint).origin;
process.stderr.write(`test:contract: ${endpoint === undefined ? 'the embedded queue' : endpoint}\n`);
const vitest = await startVitest('test', ['test/contract/'], { run: true, watch: false, testTimeout: 60_000 });
await vitest.close();
