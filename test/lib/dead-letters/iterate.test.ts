import { expect, it } from 'vitest';
import { iterateDeadLetters } from '../../../lib/dead-letters/iterate.ts';
import type { DeadLetterQueue, QueuedMessage } from '../../../lib/ports.ts';
import { keyLeak } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';

const message = (messageId: string): QueuedMessage => ({
  messageId,
  receiptHandle: messageId,
  body: JSON.stringify(keyLeak()),
  attributes: {},
  senderId: '',
  sentAt: 0,
  receiveCount: 1,
});

/** Reads a queue that answers with these batches, then with nothing; returns the ids and how often it was asked. */
async function read(batches: readonly (readonly string[])[], expected?: number) {
  let receives = 0;
  const inbox: DeadLetterQueue = {
    receive: async () => (batches[receives++] ?? []).map(message),
    remove: async () => {},
    release: async () => {},
    depth: async () => ({ visible: 0, hidden: 0 }),
  };
  const clock = { now: () => 0, sleep: async () => {} };
  const log = { info: () => {}, warn: () => {}, error: () => {}, within: <T>(_: unknown, work: () => T) => work() };
  const ids: string[] = [];
  const iteration = { startedAt: 1, ...(expected === undefined ? {} : { expected }) };
  for await (const { deadLetter } of iterateDeadLetters({ inbox, clock, sha256, log }, iteration)) {
    ids.push(deadLetter.messageId);
  }
  return { ids, receives };
}

it.each([
  ['nothing else is known', undefined, [['a']], ['a'], 3],
  ['as many were seen as SQS counts', 1, [['a']], ['a'], 2],
  ['SQS counts none, and there is none', 0, [], [], 1],
  ['fewer were seen than SQS counts', 2, [['a'], [], ['b']], ['a', 'b'], 4],
  ['more come than SQS counts', 1, [['a'], ['b'], ['c']], ['a', 'b', 'c'], 4],
] as const)('iterateDeadLetters asks until the queue is empty: %s', async (_, expected, batches, ids, receives) => {
  expect(await read(batches, expected)).toEqual({ ids, receives });
});
