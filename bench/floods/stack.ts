/** What the floods share: their stack of processes, the leaks that are measured beside them, and how figures look. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { createFunction } from '../../local/function.ts';
import { startMapping } from '../../local/mapping.ts';
import { localSqs, type Queues } from '../../local/queues.ts';
import { actAs, BUNDLE, variablesFor } from '../../local/variables.ts';
import { formatFields, renderLines } from '../../terminal/lines.ts';
import { type ChildProcess, startChild } from '../child.ts';
import { median } from '../statistics.ts';

export const WINDOWS = 5;
/** Leaks in each window, if not said otherwise. */
export const LEAKS = 100;
const LEAK_EVERY_MS = 25;
export const PROTECTED = ['coreweave/user0', 'coreweave/user1'];
export const SELF = 'coreweave/user2';

/** The figures are taken after this time, even if messages are left. */
export const FLOOD_TIMEOUT_MS = 480_000;

/** What the API reports of its calls. */
export interface ApiCounts {
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

export const event = (type: string, source: string, data: object) =>
  JSON.stringify({ specversion: '1.0', type, id: randomUUID(), source, time: new Date().toISOString(), data });

/** The processes of one run, and what its audit records have shown so far. */
export interface FloodStack {
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

export async function startStack({ principals, leaks }: { principals: number; leaks: number }): Promise<FloodStack> {
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

export async function stopStack({ queue, ledger, api, sqs }: FloodStack): Promise<void> {
  sqs.destroy();
  await Promise.all([queue.close(), ledger.close(), api.close()]);
}

/** As deployed (serverless.yml). */
export const LANES = {
  urgent: { batchSize: 10, windowMs: 0, maximumConcurrency: 10, functionTimeoutMs: 30_000, env: {} },
  bulk: { batchSize: 100, windowMs: 5_000, maximumConcurrency: 2, functionTimeoutMs: 120_000, env: LOW_PRIORITY },
} as const;

/** Starts the function of a lane and its event source mapping; returns the function that stops both. */
export async function startLane(stack: FloodStack, lane: keyof typeof LANES): Promise<() => Promise<void>> {
  const { queue, ledger, api, token, sqs, confirmed, held, notices } = stack;
  const { queues, endpoint } = queue.hello;
  const { env, functionTimeoutMs, ...numbers } = LANES[lane];
  const addresses = { api: { url: api.hello.url, token }, sqs: endpoint, dynamodb: ledger.hello.endpoint };
  const fn = createFunction({
    bundle: BUNDLE,
    env: {
      ...variablesFor({ queues, ...addresses }),
      ...actAs('revoke'),
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

export const leakedKey = (n: number): string => `CWLEAK${String(n).padStart(8, '0')}`;

/**
 * Sends leaks at a steady pace, from a sender of their own; returns the 95th percentile in ms from sending a leak to
 * its confirmed record.
 */
export async function measureLeaks(
  { queue, confirmed, held }: FloodStack,
  first: number,
  count = LEAKS,
): Promise<number> {
  const sqs = localSqs(queue.hello.endpoint, 3, `leaks-from-${first}`);
  const sentAt = new Map<string, number>();
  for (let n = first; n < first + count; n += 1) {
    const key = leakedKey(n);
    sentAt.set(key, Date.now());
    const body = event('credential.compromised.v1', '//scanner.example/repo', { accessKeyId: key });
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.hello.queues.urgent.url, MessageBody: body }));
    await pause(LEAK_EVERY_MS);
  }
  sqs.destroy();
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

export async function measureWindows(stack: FloodStack, first: number, count = LEAKS): Promise<readonly number[]> {
  const windows: number[] = [];
  for (let n = 0; n < WINDOWS; n += 1) windows.push(await measureLeaks(stack, first + n * count, count));
  return windows;
}

export async function countMessages({ queue, sqs }: FloodStack, name: 'bulk' | 'deadLetters'): Promise<number> {
  const { url } = queue.hello.queues[name];
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
}

/** 95th percentiles of windows without a flood, and of as many during it. */
export const leakFigures = (idle: readonly number[], flooded: readonly number[]) => ({
  [`leak p95 idle, ms (${WINDOWS} windows)`]: idle.join(' '),
  [`leak p95 flooded, ms (${WINDOWS} windows)`]: flooded.join(' '),
  'ratio of medians': (median(flooded) / median(idle)).toFixed(2),
});

export function printFigures(figures: Readonly<Record<string, string | number | boolean>>): void {
  const lines = formatFields(Object.entries(figures).map(([label, value]) => [label, String(value)]));
  process.stdout.write(renderLines([...lines, []], false));
}
