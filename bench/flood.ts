/**
 * Floods beside real leaks: forged offboardings, and live keys that one sender reports. How many principals and keys
 * are revoked, what is held, and whether leaks are still revoked in time. Queue, ledger, API and environments are
 * separate processes. Run: `npm run bench:flood`, or `npm run bench:flood -- keys` for the keys alone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { runKeyFlood } from './floods/keys.ts';
import {
  type ApiCounts,
  countMessages,
  event,
  FLOOD_TIMEOUT_MS,
  type FloodStack,
  LEAKS,
  leakFigures,
  measureLeaks,
  measureWindows,
  PROTECTED,
  printFigures,
  SELF,
  startLane,
  startStack,
  stopStack,
  WINDOWS,
} from './floods/stack.ts';

const FORGED = 10_000;

async function sendForgedEvents({ queue, sqs }: FloodStack, sourceOf: (n: number) => string): Promise<void> {
  for (let n = 0; n < FORGED; n += 10) {
    const Entries = Array.from({ length: 10 }, (_, i) => ({
      Id: String(i),
      MessageBody: event('user.offboarded.v1', sourceOf(n + i), { principalName: `coreweave/user${n + i}` }),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.hello.queues.bulk.url, Entries }));
  }
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
    ...leakFigures(idle, flooded),
  });
  await Promise.all([stopUrgent(), stopBulk()]);
  await stopStack(stack);
}

if (process.argv[2] !== 'keys') {
  await runFlood('one source', () => '//forged.example');
  await runFlood('10,000 invented sources', (n) => `//forged.example/${n}`);
}
await runKeyFlood();
