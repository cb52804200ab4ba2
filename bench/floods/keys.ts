/** 20,000 live keys that one sender reports, on the queue of the true leaks. */
import { setTimeout as pause } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { FREE_KEYS } from '../../lib/ledger/key-limits.ts';
import { MINUTES_10_MS } from '../../lib/ledger/window.ts';
import { localSqs } from '../../local/queues.ts';
import {
  type ApiCounts,
  countMessages,
  event,
  FLOOD_TIMEOUT_MS,
  type FloodStack,
  LANES,
  LEAKS,
  leakedKey,
  leakFigures,
  measureLeaks,
  measureWindows,
  printFigures,
  startLane,
  startStack,
  stopStack,
  WINDOWS,
} from './stack.ts';

/** Live keys that one sender reports, and how many of them in each message. */
const FLOODED_KEYS = 20_000;
const KEYS_PER_MESSAGE = 100;
const MESSAGE_EVERY_MS = 300;
/** As by default: distinct keys of a sender in 10 minutes. */
const KEY_LIMIT = 500;
/** Leaks of another sender in each window beside those. */
const TRUE_LEAKS = 30;
/** Windows at the flood's start, one right after the other: keys up to the limit are revoked, environments start. */
const START_WINDOWS = 3;
/** From the start of one of the windows that are spread over the flood, which takes a minute, to the next. */
const WINDOW_EVERY_MS = 12_000;
/** A run that began with less of a limit's window left would count in two of them. */
const RUN_MS = 120_000;

/** Messages that each report live keys. */
async function sendFlood({ queue }: FloodStack): Promise<void> {
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
const revokedKeys = ({ confirmed }: FloodStack): number =>
  [...confirmed.keys()].filter((key) => Number(key.slice('CWLEAK'.length)) < FLOODED_KEYS).length;

/** Waits for the next window of the limits if this one ends during a run. */
async function waitForWindow(): Promise<void> {
  const left = MINUTES_10_MS - (Date.now() % MINUTES_10_MS);
  if (left >= RUN_MS) return;
  process.stderr.write(`waiting ${Math.ceil(left / 1_000)} s for the next window of the limits\n`);
  await pause(left);
}

/** Leaks beside the flood: windows at its start, and windows spread over all of it, of which the first is the same. */
async function measureBeside(stack: FloodStack, first: number) {
  const began = Date.now();
  const measure = (n: number) => measureLeaks(stack, first + n * TRUE_LEAKS, TRUE_LEAKS);
  const start: number[] = [];
  for (let n = 0; n < START_WINDOWS; n += 1) start.push(await measure(n));
  const through = start.slice(0, 1);
  for (let n = 1; n < WINDOWS; n += 1) {
    await pause(Math.max(0, began + n * WINDOW_EVERY_MS - Date.now()));
    through.push(await measure(START_WINDOWS + n));
  }
  return { start, through };
}

/** One flood of live keys on the queue of the true leaks. Prints the figures. */
export async function runKeyFlood(): Promise<void> {
  await waitForWindow();
  const idleLeaks = WINDOWS * TRUE_LEAKS;
  const leaksBeside = FLOODED_KEYS + idleLeaks;
  const warmingLeaks = leaksBeside + (START_WINDOWS + WINDOWS) * TRUE_LEAKS;
  const stack = await startStack({ principals: 0, leaks: warmingLeaks + LEAKS });
  const stop = await startLane(stack, 'urgent');
  await measureLeaks(stack, warmingLeaks);
  const idle = await measureWindows(stack, FLOODED_KEYS, TRUE_LEAKS);
  const began = Date.now();
  const sent = sendFlood(stack);
  const { start, through } = await measureBeside(stack, leaksBeside);
  const held = (): number => stack.held['held-limit'] ?? 0;
  const settled = (): number => revokedKeys(stack) + held();
  const settledAfterLeaks = settled();
  await sent;
  while (settled() < FLOODED_KEYS && Date.now() - began < FLOOD_TIMEOUT_MS) await pause(500);
  const { calls } = await stack.api.ask<ApiCounts>();
  const messages = FLOODED_KEYS / KEYS_PER_MESSAGE;
  const deadLetters = await countMessages(stack, 'deadLetters');
  printFigures({
    flood: `${FLOODED_KEYS} live keys of one sender`,
    messages,
    'keys revoked': revokedKeys(stack),
    'keys revoked at most': `${KEY_LIMIT} + ${LANES.urgent.maximumConcurrency} x ${FREE_KEYS}`,
    'keys held': held(),
    notices: stack.notices.count,
    'dead letters for each message': Math.ceil(deadLetters / messages),
    'API calls of held keys': (calls['revoke-key'] ?? 0) - stack.confirmed.size,
    minutes: ((Date.now() - began) / 60_000).toFixed(1),
    'flood still running after the leaks': settledAfterLeaks < FLOODED_KEYS,
    [`leak p95 at its start, ms (${START_WINDOWS} windows)`]: start.join(' '),
    ...leakFigures(idle, through),
  });
  await stop();
  await stopStack(stack);
}
