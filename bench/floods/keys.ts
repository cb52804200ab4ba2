/**
 * 20,000 live keys that one sender reports. The flood is run twice: its first seconds make ten environments load the
 * SDKs of ledger and queue, all at once on the cores of one machine, while on Lambda each has a share of its own. So
 * the environments of one run have met no limit yet, and those of the other have.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { FREE_KEYS } from '../../lib/ledger/key-limits.ts';
import { localSqs } from '../../local/queues.ts';
import { median } from '../statistics.ts';
import {
  type ApiCounts,
  countMessages,
  event,
  FLOOD_TIMEOUT_MS,
  type FloodStack,
  LANES,
  LEAKS,
  leakedKey,
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
/** Messages of the flood that makes every environment hold keys once, and keys in each. */
const WARMING_MESSAGES = 30;
const WARMING_KEYS = 40;
const FLOOD = {
  sender: 'flooding',
  first: 0,
  messages: FLOODED_KEYS / KEYS_PER_MESSAGE,
  keysPerMessage: KEYS_PER_MESSAGE,
  everyMs: MESSAGE_EVERY_MS,
};
/** A run that began with less of a limit's window left would count in two of them. */
const WINDOW_MS = 600_000;
const RUN_MS = 120_000;
interface KeysSent {
  readonly sender: string;
  /** Number of the first key. */
  readonly first: number;
  readonly messages: number;
  readonly keysPerMessage: number;
  readonly everyMs: number;
}

/** Messages that each report live keys. */
async function sendKeys({ queue }: FloodStack, { sender, first, messages, ...each }: KeysSent): Promise<void> {
  const { keysPerMessage, everyMs } = each;
  const sqs = localSqs(queue.hello.endpoint, 3, sender);
  for (let n = first; n < first + messages * keysPerMessage; n += keysPerMessage) {
    const events = Array.from({ length: keysPerMessage }, (_, key) =>
      event('credential.compromised.v1', '//flood.example', { accessKeyId: leakedKey(n + key) }),
    );
    const MessageBody = `[${events.join(',')}]`;
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.hello.queues.urgent.url, MessageBody }));
    await pause(everyMs);
  }
  sqs.destroy();
}

/** Keys with numbers from `first` up to `end` that were revoked. */
const revokedKeys = ({ confirmed }: FloodStack, first: number, end: number): number =>
  [...confirmed.keys()].map((key) => Number(key.slice('CWLEAK'.length))).filter((n) => n >= first && n < end).length;

/** A small flood first, which ends before anything is measured. Returns how many of its keys were held. */
async function warmUp(stack: FloodStack, first: number): Promise<number> {
  const keys = WARMING_MESSAGES * WARMING_KEYS;
  const sent = { sender: 'warming', first, messages: WARMING_MESSAGES, keysPerMessage: WARMING_KEYS, everyMs: 0 };
  await sendKeys(stack, sent);
  const held = (): number => stack.held['held-limit'] ?? 0;
  while (revokedKeys(stack, first, first + keys) + held() < keys) await pause(100);
  return held();
}

/** Waits for the next window of the limits if this one ends during a run. */
async function waitForWindow(): Promise<void> {
  const left = WINDOW_MS - (Date.now() % WINDOW_MS);
  if (left >= RUN_MS) return;
  process.stderr.write(`waiting ${Math.ceil(left / 1_000)} s for the next window of the limits\n`);
  await pause(left);
}

/** One flood of live keys on the queue of the true leaks. Prints the figures. */
export async function runKeyFlood({ warm }: { readonly warm: boolean }): Promise<void> {
  await waitForWindow();
  const windows = WINDOWS * TRUE_LEAKS;
  const firstWarming = FLOODED_KEYS + 2 * windows + LEAKS;
  const stack = await startStack({ principals: 0, leaks: firstWarming + WARMING_MESSAGES * WARMING_KEYS });
  const stop = await startLane(stack, 'urgent');
  await measureLeaks(stack, FLOODED_KEYS + 2 * windows);
  const heldBefore = warm ? await warmUp(stack, firstWarming) : 0;
  const idle = await measureWindows(stack, FLOODED_KEYS, TRUE_LEAKS);
  const deadLettersBefore = await countMessages(stack, 'deadLetters');
  const noticesBefore = stack.notices.count;
  const began = Date.now();
  const sent = sendKeys(stack, FLOOD);
  const flooded = await measureWindows(stack, FLOODED_KEYS + windows, TRUE_LEAKS);
  const held = (): number => (stack.held['held-limit'] ?? 0) - heldBefore;
  const settled = (): number => revokedKeys(stack, 0, FLOODED_KEYS) + held();
  const settledAfterLeaks = settled();
  await sent;
  while (settled() < FLOODED_KEYS && Date.now() - began < FLOOD_TIMEOUT_MS) await pause(500);
  const { calls } = await stack.api.ask<ApiCounts>();
  const deadLetters = (await countMessages(stack, 'deadLetters')) - deadLettersBefore;
  printFigures({
    flood: `${FLOODED_KEYS} live keys of one sender`,
    environments: warm ? 'have held keys before' : 'have met no limit before',
    messages: FLOOD.messages,
    'keys revoked': revokedKeys(stack, 0, FLOODED_KEYS),
    'keys revoked at most': `${KEY_LIMIT} + ${LANES.urgent.maximumConcurrency} x ${FREE_KEYS}`,
    'keys held': held(),
    notices: stack.notices.count - noticesBefore,
    'dead letters for each message': Math.ceil(deadLetters / FLOOD.messages),
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
