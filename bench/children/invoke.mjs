/**
 * One fresh environment: loads a bundle, invokes its handler with batches, writes the measurements as one line of
 * JSON to file descriptor 3, and ends. It is plain JavaScript and loads no module that the bundle may need (no IPC,
 * no timers, no `process.stdout`), because stripping types and loading modules would count in every figure. Its
 * argument is JSON: `{bundle, batches: [records, …], subject: 'leak' | 'offboarding', queueArn, budgetMs}`.
 */
import { writeSync } from 'node:fs';

const { bundle, batches, subject, queueArn, budgetMs } = JSON.parse(process.argv[2]);

/** Milliseconds on the clock that all processes of this machine share. */
const now = () => Number(process.hrtime.bigint()) / 1e6;
const cpuMs = ({ user, system }) => (user + system) / 1_000;

const EVENTS = {
  leak: (n) => ['credential.compromised.v1', { accessKeyId: `CWBENCH${String(n).padStart(9, '0')}` }],
  offboarding: (n) => ['user.offboarded.v1', { principalName: `coreweave/user${n}` }],
};
const sent = Date.now();
const time = new Date(sent).toISOString();

function recordOf(n) {
  const [type, data] = EVENTS[subject](n);
  return {
    messageId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    receiptHandle: `handle-${n}`,
    body: JSON.stringify({ specversion: '1.0', type, id: `bench-${n}`, source: '//bench.example/scan', time, data }),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(sent),
      SenderId: 'AROAEXAMPLE:bench',
      ApproximateFirstReceiveTimestamp: String(sent),
    },
    messageAttributes: {},
    md5OfBody: '0'.repeat(32),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: 'us-east-1',
  };
}

let next = 0;
const events = batches.map((records) => ({ Records: Array.from({ length: records }, () => recordOf(next++)) }));
const ends = Date.now() + budgetMs;
const context = {
  awsRequestId: 'bench',
  functionName: 'bench',
  getRemainingTimeInMillis: () => ends - Date.now(),
};

async function invoke(handler, event) {
  const cpu = process.cpuUsage();
  const startedAt = now();
  const failed = await handler(event, context).then(
    ({ batchItemFailures }) => batchItemFailures.length,
    () => event.Records.length,
  );
  const endedAt = now();
  return { records: event.Records.length, startedAt, endedAt, cpuMs: cpuMs(process.cpuUsage(cpu)), failed };
}

const cpu = process.cpuUsage();
const startedAt = now();
const { handler } = await import(bundle);
const loadedAt = now();
const loadCpuMs = cpuMs(process.cpuUsage(cpu));
const invocations = [];
for (const event of events) invocations.push(await invoke(handler, event));
const maxRssMb = process.resourceUsage().maxRSS / 1_024;
writeSync(3, `${JSON.stringify({ startedAt, loadedAt, loadCpuMs, invocations, maxRssMb })}\n`);
process.exit(0);
