/** Peak memory of the function for 10,000 leaks in one batch, one in a hundred unreadable. Linux. Run: `npm run bench:memory`. */
import { readdirSync, readFileSync } from 'node:fs';
import { startFakeApi } from '../local/coreweave/server.ts';
import { createFunction } from '../local/function.ts';
import { startQueueServer } from '../local/queue-server.ts';
import { createQueues } from '../local/queues.ts';
import { BUNDLE, variablesFor } from '../local/variables.ts';

const RECORDS = 10_000;
const server = await startQueueServer();
const queues = await createQueues(server.endpoint);
const api = await startFakeApi();
const fn = createFunction({
  bundle: BUNDLE,
  env: variablesFor({ queues, api, sqs: server.endpoint }),
  timeoutMs: 120_000,
  maximumConcurrency: 1,
});

const recordOf = (n: number) => {
  const accessKeyId = `CWBURST${String(n).padStart(7, '0')}`;
  api.store.add({ accessKeyId, principalName: 'coreweave/owner' });
  const event = { specversion: '1.0', type: 'credential.compromised.v1', id: accessKeyId, source: '//bench.example' };
  const leak = { ...event, time: new Date().toISOString(), data: { accessKeyId } };
  return {
    messageId: `m-${n}`,
    receiptHandle: `h-${n}`,
    body: n % 100 === 50 ? 'not an event' : JSON.stringify(leak),
    attributes: {
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: String(Date.now()),
      SenderId: 'bench',
    },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: queues.urgent.arn,
  };
};

/** The most memory that the function's process ever held, in MB (proc(5), VmHWM). */
function peakMegabytes(): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1];
      if (parent !== String(process.pid)) continue;
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('environment-child')) continue;
      return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_000;
    } catch {
      // A process that ended meanwhile.
    }
  }
  throw new Error('the process of the function was not found');
}

await fn.invoke({ Records: [] });
const before = peakMegabytes();
const Records = Array.from({ length: RECORDS }, (_, n) => recordOf(n));
const began = Date.now();
const answer = await fn.invoke({ Records });
const figures = {
  answer: JSON.stringify(answer).slice(0, 60),
  seconds: ((Date.now() - began) / 1_000).toFixed(1),
  connections: api.peak.connections,
  'peak before the batch, MB': before.toFixed(0),
  'peak, MB': peakMegabytes().toFixed(0),
};
for (const [label, value] of Object.entries(figures)) process.stdout.write(`${label.padEnd(26)} ${value}\n`);
await Promise.all([fn.close(), api.close(), server.close()]);
