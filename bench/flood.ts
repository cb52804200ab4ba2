/**
 * Floods beside real leaks: forged offboardings, and 20,000 live keys that one sender reports. How many principals and
 * keys are revoked, what is held, and whether leaks are still revoked in time. Queue, ledger, API and environments are
 * separate processes. Run: `npm run bench:flood`, or `npm run bench:flood -- keys` for the keys alone.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { FREE_KEYS } from '../lib/ledger/key-limits.ts';
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
/** Live keys that one sender reports, and how many of them in each message. */
const FLOODED_KEYS = 20_000;
const KEYS_PER_MESSAGE = 100;
const MESSAGE_EVERY_MS = 300;
/** As by default: distinct keys of a sender in 10 minutes. */
const KEY_LIMIT = 500;
/** Leaks of another sender in each window beside those. */
const TRUE_LEAKS = 30;
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
  /** Holds by reason code, and those that make a notice. */
  readonly held: Record<string, number>;
  readonly notices: { count: number };
}

async function startStack({ principals, leaks }: { principals: number; leaks: number }): Promise<FloodStack> {
  const token = `bench-${randomUUID()}`;
  const queue: FloodStack['queue'] = await startChild('bench/children/queue-main.ts');
  const ledger: FloodStack['ledger'] = await startChild('bench/children/ledger-main.ts');
  const api: FloodStack['api'] = await startChild('local/coreweave/main.ts', {
    token,
    principals,
    leaks,
    latencyMs: 5,
  });
  const sqs = localSqs(queue.hello.endpoint);
  return { queue, ledger, api, token, sqs, confirmed: new Map(), held: {}, notices: { count: 0 } };
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
  const { queue, ledger, api, token, sqs, confirmed, held, notices } = stack;
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
      if (unmapped.phase === 'hold' && unmapped.repeated !== true) notices.count += 1;
    },
  });
  const invoke = (batch: Parameters<typeof fn.invoke>[0]) => fn.invoke(batch);
  const mapping = await startMapping({ sqs, queue: queues[lane], ...numbers, functionTimeoutMs, invoke });
  return async () => void (await Promise.all([mapping.stop(), fn.close()]));
}

const leakedKey = (n: number): string => `CWLEAK${String(n).padStart(8, '0')}`;

/** Sends leaks at a steady pace; returns the 95th percentile in ms from sending a leak to its confirmed record. */
async function measureLeaks(
  { queue, sqs, confirmed, held }: FloodStack,
  first: number,
  count = LEAKS,
): Promise<number> {
  const sentAt = new Map<string, number>();
  for (let n = first; n < first + count; n += 1) {
    const key = leakedKey(n);
    sentAt.set(key, Date.now());
    const body = event('credential.compromised.v1', '//scanner.example/repo', { accessKeyId: key });
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.hello.queues.urgent.url, MessageBody: body }));
    await pause(LEAK_EVERY_MS);
  }
  const deadline = Date.now() + 60_000;
  while (![...sentAt.keys()].every((key) => confirmed.has(key))) {
    if (Date.now() > deadline) {
      const missing = [...sentAt.keys()].filter((key) => !confirmed.has(key)).length;
      throw new Error(`${missing} of ${count} leaks were not confirmed within a minute; held: ${JSON.stringify(held)}`);
    }
    await pause(20);
  }
  const waits = [...sentAt].map(([key, at]) => (confirmed.get(key) ?? 0) - at).toSorted((a, b) => a - b);
  return waits[Math.floor(waits.length * 0.95)] ?? 0;
}

async function measureWindows(stack: FloodStack, first: number, count = LEAKS): Promise<readonly number[]> {
  const windows: number[] = [];
  for (let n = 0; n < WINDOWS; n += 1) windows.push(await measureLeaks(stack, first + n * count, count));
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
  const stack = await startStack({ principals: FORGED, leaks: (WINDOWS * 2 + 1) * LEAKS });
  const stopUrgent = await startLane(stack, 'urgent');
  // The first window only warms the environments up.
  await measureLeaks(stack, 2 * WINDOWS * LEAKS);
  const idle = await measureWindows(stack, 0);
  await sendForgedEvents(stack, sourceOf);
  const began = Date.now();
  const stopBulk = await startLane(stack, 'bulk');
  const flooded = await measureWindows(stack, WINDOWS * LEAKS);
  const leftAfterLeaks = await countMessages(stack, 'bulk');
  while ((await countMessages(stack, 'bulk')) > 0 && Date.now() - began < FLOOD_TIMEOUT_MS) await pause(500);
  const { principals } = await stack.api.ask<ApiCounts>();
  printFigures({
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
  });
  await Promise.all([stopUrgent(), stopBulk()]);
  await stopStack(stack);
}

/** The keys go first, so that those of the true leaks have numbers of their own. */
async function sendFloodOfKeys({ queue }: FloodStack): Promise<void> {
  const sqs = localSqs(queue.hello.endpoint, 3, 'flooding');
  for (let first = 0; first < FLOODED_KEYS; first += KEYS_PER_MESSAGE) {
    const events = Array.from({ length: KEYS_PER_MESSAGE }, (_, n) =>
      event('credential.compromised.v1', '//flood.example', { accessKeyId: leakedKey(first + n) }),
    );
    const MessageBody = `[${events.join(',')}]`;
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.hello.queues.urgent.url, MessageBody }));
    await pause(MESSAGE_EVERY_MS);
  }
  sqs.destroy();
}

/** Keys of the flood that were revoked. */
const killedKeys = ({ confirmed }: FloodStack): number =>
  [...confirmed.keys()].filter((key) => Number(key.slice('CWLEAK'.length)) < FLOODED_KEYS).length;

/** One flood of live keys on the queue of the true leaks. Prints the figures. */
async function runKeyFlood(): Promise<void> {
  const windows = WINDOWS * TRUE_LEAKS;
  const stack = await startStack({ principals: 0, leaks: FLOODED_KEYS + 2 * windows + LEAKS });
  const stop = await startLane(stack, 'urgent');
  await measureLeaks(stack, FLOODED_KEYS + 2 * windows);
  const idle = await measureWindows(stack, FLOODED_KEYS, TRUE_LEAKS);
  const began = Date.now();
  const sent = sendFloodOfKeys(stack);
  const flooded = await measureWindows(stack, FLOODED_KEYS + windows, TRUE_LEAKS);
  const settled = (): number => killedKeys(stack) + (stack.held['held-limit'] ?? 0);
  const settledAfterLeaks = settled();
  await sent;
  while (settled() < FLOODED_KEYS && Date.now() - began < FLOOD_TIMEOUT_MS) await pause(500);
  const { calls } = await stack.api.ask<ApiCounts>();
  printFigures({
    flood: `${FLOODED_KEYS} live keys of one sender`,
    messages: FLOODED_KEYS / KEYS_PER_MESSAGE,
    'keys revoked': killedKeys(stack),
    'keys revoked at most': `${KEY_LIMIT} + ${LANES.urgent.maximumConcurrency} x ${FREE_KEYS}`,
    held: JSON.stringify(stack.held),
    notices: stack.notices.count,
    'dead letters for each message': Math.ceil(
      (await countMessages(stack, 'deadLetters')) / (FLOODED_KEYS / KEYS_PER_MESSAGE),
    ),
    'API calls of held keys': (calls['revoke-key'] ?? 0) - stack.confirmed.size,
    minutes: ((Date.now() - began) / 60_000).toFixed(1),
    'flood still running after the leaks': settledAfterLeaks < FLOODED_KEYS,
    'leak p95 idle, ms (5 windows)': idle.join(' '),
    'leak p95 flooded, ms (5 windows)': flooded.join(' '),
    'ratio of medians': (median(flooded) / median(idle)).toFixed(2),
  });
  await stop();
  await stopStack(stack);
}

function printFigures(figures: Readonly<Record<string, string | number | boolean>>): void {
  const lines = formatFields(Object.entries(figures).map(([label, value]) => [label, String(value)]));
  process.stdout.write(renderLines([...lines, []], false));
}

if (process.argv[2] !== 'keys') {
  await runFlood('one source', () => '//forged.example');
  await runFlood('10,000 invented sources', (n) => `//forged.example/${n}`);
}
await runKeyFlood();
