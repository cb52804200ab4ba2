/**
 * A flood of forged offboardings beside real leaks: how many principals die, what is held, and whether leaks still go
 * through. Queue, ledger, API and each function's environments are processes of their own. Run: `npm run bench:flood`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { createFunction } from '../local/function.ts';
import { startMapping } from '../local/mapping.ts';
import { localSqs, type Queues } from '../local/queues.ts';
import { BUNDLE, variablesFor } from '../local/variables.ts';
import { type Child, startChild } from './child.ts';

const FORGED = 10_000;
const WINDOWS = 5;
const LEAKS = 100;
const LEAK_EVERY_MS = 25;
const PROTECTED = ['coreweave/user0', 'coreweave/user1'];
const SELF = 'coreweave/user2';

interface Counts {
  readonly calls: Readonly<Record<string, number>>;
  readonly principals: readonly string[];
}

/**
 * Every environment of Lambda has a CPU share of its own; here all processes share this machine's cores. Those of the
 * flood yield to the others, so that what is measured is the product and not the scheduler of the machine.
 */
const YIELDING = { NODE_OPTIONS: '--import=data:text/javascript,import%20os%20from%22node:os%22;os.setPriority(19)' };

const event = (type: string, source: string, data: object) =>
  JSON.stringify({ specversion: '1.0', type, id: randomUUID(), source, time: new Date().toISOString(), data });

/** Sends leaks at a steady pace; returns the 95th percentile in ms from sending to the confirmed record. */
async function leakWindow(
  sqs: SQSClient,
  queueUrl: string,
  confirmed: Map<string, number>,
  first: number,
): Promise<number> {
  const sentAt = new Map<string, number>();
  for (let n = first; n < first + LEAKS; n += 1) {
    const key = `CWLEAK${String(n).padStart(8, '0')}`;
    sentAt.set(key, Date.now());
    const body = event('credential.compromised.v1', '//scanner.example/repo', { accessKeyId: key });
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
    await pause(LEAK_EVERY_MS);
  }
  const deadline = Date.now() + 60_000;
  while (![...sentAt.keys()].every((key) => confirmed.has(key))) {
    if (Date.now() > deadline) throw new Error('leaks were not confirmed within a minute');
    await pause(20);
  }
  const waits = [...sentAt].map(([key, at]) => (confirmed.get(key) ?? 0) - at).toSorted((a, b) => a - b);
  return waits[Math.floor(waits.length * 0.95)] ?? 0;
}

async function forge(sqs: SQSClient, queueUrl: string, sourceOf: (n: number) => string): Promise<void> {
  for (let n = 0; n < FORGED; n += 10) {
    const Entries = Array.from({ length: 10 }, (_, i) => ({
      Id: String(i),
      MessageBody: event('user.offboarded.v1', sourceOf(n + i), { principalName: `coreweave/user${n + i}` }),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

const depth = async (sqs: SQSClient, url: string): Promise<number> => {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

async function run(name: string, sourceOf: (n: number) => string): Promise<void> {
  const token = `bench-${randomUUID()}`;
  const queue: Child<{ endpoint: string; queues: Queues }> = await startChild('bench/queue-main.ts');
  const ledger: Child<{ endpoint: string }> = await startChild('bench/ledger-main.ts');
  const api: Child<{ url: string }> = await startChild('local/coreweave/main.ts', {
    token,
    principals: FORGED,
    leaks: (WINDOWS * 2 + 1) * LEAKS,
    latencyMs: 5,
  });
  const { queues, endpoint } = queue.hello;
  const sqs = localSqs(endpoint);
  const confirmed = new Map<string, number>();
  const held: Record<string, number> = {};
  const onStdout = (line: string) => {
    const { status_detail: code, time, unmapped } = JSON.parse(line);
    if (code === 'confirmed' && unmapped.target.kind === 'key') confirmed.set(unmapped.target.accessKeyId, time);
    if (unmapped.phase === 'hold') held[code] = (held[code] ?? 0) + 1;
  };
  const lane = async (source: Queues['urgent'], batchSize: number, windowMs: number, maximumConcurrency: number) => {
    const timeoutMs = batchSize > 10 ? 120_000 : 30_000;
    const fn = createFunction({
      bundle: BUNDLE,
      env: {
        ...variablesFor({
          queues,
          api: { url: api.hello.url, token },
          sqs: endpoint,
          dynamodb: ledger.hello.endpoint,
        }),
        ...(batchSize > 10 ? YIELDING : {}),
        SELF_PRINCIPAL: SELF,
        PROTECTED: JSON.stringify(
          PROTECTED.map((principalName) => ({ principalName, owner: 'bench', reason: 'bench' })),
        ),
      },
      timeoutMs,
      maximumConcurrency,
      onStdout,
    });
    const mapping = await startMapping({
      sqs,
      queue: source,
      batchSize,
      windowMs,
      maximumConcurrency,
      functionTimeoutMs: timeoutMs,
      invoke: (batch) => fn.invoke(batch),
    });
    return async () => void (await Promise.all([mapping.stop(), fn.close()]));
  };

  const stopUrgent = await lane(queues.urgent, 10, 0, 10);
  // Warms the environments up; its figure is not used.
  await leakWindow(sqs, queues.urgent.url, confirmed, 2 * WINDOWS * LEAKS);
  const idle: number[] = [];
  for (let n = 0; n < WINDOWS; n += 1) idle.push(await leakWindow(sqs, queues.urgent.url, confirmed, n * LEAKS));
  await forge(sqs, queues.bulk.url, sourceOf);
  const began = Date.now();
  const stopBulk = await lane(queues.bulk, 100, 5_000, 2);
  const flooded: number[] = [];
  for (let n = WINDOWS; n < 2 * WINDOWS; n += 1)
    flooded.push(await leakWindow(sqs, queues.urgent.url, confirmed, n * LEAKS));
  const leftAfterLeaks = await depth(sqs, queues.bulk.url);
  while ((await depth(sqs, queues.bulk.url)) > 0 && Date.now() - began < 480_000) await pause(500);

  const { principals } = await api.ask<Counts>();
  const figures = {
    flood: name,
    forged: FORGED,
    'principals revoked': principals.length,
    'protected or own revoked': principals.filter((one) => [...PROTECTED, SELF].includes(one)).length,
    held: JSON.stringify(held),
    'dead letters': await depth(sqs, queues.deadLetters.url),
    'left on the lane': await depth(sqs, queues.bulk.url),
    minutes: ((Date.now() - began) / 60_000).toFixed(1),
    'flood still running after the leaks': leftAfterLeaks > 0,
    'leak p95 idle, ms (5 windows)': idle.join(' '),
    'leak p95 flooded, ms (5 windows)': flooded.join(' '),
    'ratio of medians': (median(flooded) / median(idle)).toFixed(2),
  };
  for (const [label, value] of Object.entries(figures)) process.stdout.write(`${label.padEnd(38)} ${value}\n`);
  process.stdout.write('\n');
  await Promise.all([stopUrgent(), stopBulk()]);
  sqs.destroy();
  await Promise.all([queue.close(), ledger.close(), api.close()]);
}

await run('one source', () => '//forged.example');
await run('10,000 invented sources', (n) => `//forged.example/${n}`);
