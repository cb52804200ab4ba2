/**
 * A flood of forged offboardings beside real leaks: how many principals are revoked, what is held, and whether leaks
 * are still revoked in time. Queue, ledger, API and environments are separate processes. Run: `npm run bench:flood`.
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
import { formatFields, renderLines } from '../terminal/lines.ts';
import { type ChildProcess, startChild } from './child.ts';
import { median } from './statistics.ts';

const FORGED = 10_000;
const WINDOWS = 5;
const LEAKS = 100;
const LEAK_EVERY_MS = 25;
const PROTECTED = ['coreweave/user0', 'coreweave/user1'];
const SELF = 'coreweave/user2';

/** The figures are taken after this time, even if messages are left. */
const FLOOD_TIMEOUT_MS = 480_000;

/** What the API reports of its calls. */
interface ApiCounts {
  readonly calls: Readonly<Record<string, number>>;
  readonly principals: readonly string[];
}

/**
 * On Lambda every environment has its own share of CPU; here all processes share the cores of this machine. The
 * processes of the flood run at the lowest priority, so that the figures show the product and not the scheduler.
 */
const LOW_PRIORITY = {
  NODE_OPTIONS: '--import=data:text/javascript,import%20os%20from%22node:os%22;os.setPriority(19)',
};

const event = (type: string, source: string, data: object) =>
  JSON.stringify({ specversion: '1.0', type, id: randomUUID(), source, time: new Date().toISOString(), data });

/** The processes of one run, and what its audit records have shown so far. */
interface FloodStack {
  readonly queue: ChildProcess<{ endpoint: string; queues: Queues }>;
  readonly ledger: ChildProcess<{ endpoint: string }>;
  readonly api: ChildProcess<{ url: string }>;
  readonly token: string;
  readonly sqs: SQSClient;
  /** Epoch ms of the confirmed record, by key id. */
  readonly confirmed: Map<string, number>;
  /** Holds by reason code. */
  readonly held: Record<string, number>;
}

async function startStack(): Promise<FloodStack> {
  const token = `bench-${randomUUID()}`;
  const queue: FloodStack['queue'] = await startChild('bench/children/queue-main.ts');
  const ledger: FloodStack['ledger'] = await startChild('bench/children/ledger-main.ts');
  const api: FloodStack['api'] = await startChild('local/coreweave/main.ts', {
    token,
    principals: FORGED,
    leaks: (WINDOWS * 2 + 1) * LEAKS,
    latencyMs: 5,
  });
  return { queue, ledger, api, token, sqs: localSqs(queue.hello.endpoint), confirmed: new Map(), held: {} };
}

async function stopStack({ queue, ledger, api, sqs }: FloodStack): Promise<void> {
  sqs.destroy();
  await Promise.all([queue.close(), ledger.close(), api.close()]);
}

/** As deployed (serverless.yml). */
const LANES = {
  urgent: { batchSize: 10, windowMs: 0, maximumConcurrency: 10, functionTimeoutMs: 30_000, env: {} },
  bulk: { batchSize: 100, windowMs: 5_000, maximumConcurrency: 2, functionTimeoutMs: 120_000, env: LOW_PRIORITY },
} as const;

/** Starts the function of a lane and its event source mapping; returns the function that stops both. */
async function startLane(stack: FloodStack, lane: keyof typeof LANES): Promise<() => Promise<void>> {
  const { queue, ledger, api, token, sqs, confirmed, held } = stack;
  const { queues, endpoint } = queue.hello;
  const { env, functionTimeoutMs, ...numbers } = LANES[lane];
  const addresses = { api: { url: api.hello.url, token }, sqs: endpoint, dynamodb: ledger.hello.endpoint };
  const fn = createFunction({
    bundle: BUNDLE,
    env: {
      ...variablesFor({ queues, ...addresses }),
      ...env,
      SELF_PRINCIPAL: SELF,
      PROTECTED: JSON.stringify(PROTECTED.map((principalName) => ({ principalName, owner: 'bench', reason: 'bench' }))),
    },
    timeoutMs: functionTimeoutMs,
    maximumConcurrency: numbers.maximumConcurrency,
    onStdout(line) {
      const { status_detail: code, time, unmapped } = JSON.parse(line);
      if (code === 'confirmed' && unmapped.target.kind === 'key') confirmed.set(unmapped.target.accessKeyId, time);
      if (unmapped.phase === 'hold') held[code] = (held[code] ?? 0) + 1;
    },
  });
  const invoke = (batch: Parameters<typeof fn.invoke>[0]) => fn.invoke(batch);
  const mapping = await startMapping({ sqs, queue: queues[lane], ...numbers, functionTimeoutMs, invoke });
  return async () => void (await Promise.all([mapping.stop(), fn.close()]));
}

/** Sends leaks at a steady pace; returns the 95th percentile in ms from sending a leak to its confirmed record. */
async function measureLeaks({ queue, sqs, confirmed }: FloodStack, first: number): Promise<number> {
  const sentAt = new Map<string, number>();
  for (let n = first; n < first + LEAKS; n += 1) {
    const key = `CWLEAK${String(n).padStart(8, '0')}`;
    sentAt.set(key, Date.now());
    const body = event('credential.compromised.v1', '//scanner.example/repo', { accessKeyId: key });
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.hello.queues.urgent.url, MessageBody: body }));
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

async function measureWindows(stack: FloodStack, first: number): Promise<readonly number[]> {
  const windows: number[] = [];
  for (let n = first; n < first + WINDOWS; n += 1) windows.push(await measureLeaks(stack, n * LEAKS));
  return windows;
}

async function sendForgedEvents({ queue, sqs }: FloodStack, sourceOf: (n: number) => string): Promise<void> {
  for (let n = 0; n < FORGED; n += 10) {
    const Entries = Array.from({ length: 10 }, (_, i) => ({
      Id: String(i),
      MessageBody: event('user.offboarded.v1', sourceOf(n + i), { principalName: `coreweave/user${n + i}` }),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.hello.queues.bulk.url, Entries }));
  }
}

async function countMessages({ queue, sqs }: FloodStack, name: 'bulk' | 'deadLetters'): Promise<number> {
  const { url } = queue.hello.queues[name];
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
}

/** One flood: leaks before it, leaks during it, then its end. Prints the figures. */
async function runFlood(name: string, sourceOf: (n: number) => string): Promise<void> {
  const stack = await startStack();
  const stopUrgent = await startLane(stack, 'urgent');
  // The first window only warms the environments up.
  await measureLeaks(stack, 2 * WINDOWS * LEAKS);
  const idle = await measureWindows(stack, 0);
  await sendForgedEvents(stack, sourceOf);
  const began = Date.now();
  const stopBulk = await startLane(stack, 'bulk');
  const flooded = await measureWindows(stack, WINDOWS);
  const leftAfterLeaks = await countMessages(stack, 'bulk');
  while ((await countMessages(stack, 'bulk')) > 0 && Date.now() - began < FLOOD_TIMEOUT_MS) await pause(500);
  const { principals } = await stack.api.ask<ApiCounts>();
  const figures = {
    flood: name,
    forged: FORGED,
    'principals revoked': principals.length,
    'protected or own revoked': principals.filter((one) => [...PROTECTED, SELF].includes(one)).length,
    held: JSON.stringify(stack.held),
    'dead letters': await countMessages(stack, 'deadLetters'),
    'left on the lane': await countMessages(stack, 'bulk'),
    minutes: ((Date.now() - began) / 60_000).toFixed(1),
    'flood still running after the leaks': leftAfterLeaks > 0,
    'leak p95 idle, ms (5 windows)': idle.join(' '),
    'leak p95 flooded, ms (5 windows)': flooded.join(' '),
    'ratio of medians': (median(flooded) / median(idle)).toFixed(2),
  };
  const lines = formatFields(Object.entries(figures).map(([label, value]) => [label, String(value)]));
  process.stdout.write(renderLines([...lines, []], false));
  await Promise.all([stopUrgent(), stopBulk()]);
  await stopStack(stack);
}

await runFlood('one source', () => '//forged.example');
await runFlood('10,000 invented sources', (n) => `//forged.example/${n}`);
