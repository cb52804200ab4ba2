/**
 * The dead-letter queue in memory, as unkind as SQS: a message that is not received again is hidden until its time is
 * over.
 */

import type { Clock, DeadLetterQueue, QueuedMessage } from '../../lib/ports.ts';
import { usualSenderId } from './senders.ts';

export interface Posted {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** By default as usualSenderId. */
  readonly senderId?: string;
  /** Epoch ms; now by default. */
  readonly sentAt?: number;
}

export interface MemoryInbox extends DeadLetterQueue {
  /** Puts a message there; returns its id, `dead-<n>`. */
  post(message: Posted): string;
  /** Ids of what is there, hidden or not, in the order in which it came. */
  ids(): readonly string[];
  /** Ids of what others could receive now. */
  visible(): readonly string[];
  /** How often receive was asked. */
  readonly looks: { count: number };
}

interface Stored extends Required<Posted> {
  readonly messageId: string;
  hiddenUntil: number;
  receiveCount: number;
}

const BATCH = 10;

/** Starts empty. A receipt handle is valid until the message is received again. */
export function memoryInbox(clock: Pick<Clock, 'now'>): MemoryInbox {
  const stored = new Map<string, Stored>();
  const looks = { count: 0 };
  let posted = 0;
  const handleOf = ({ messageId, receiveCount }: Stored): string => `${messageId}/${receiveCount}`;
  const isVisible = ({ hiddenUntil }: Stored): boolean => hiddenUntil <= clock.now();
  const held = (receiptHandle: string): Stored | undefined => {
    const message = stored.get(receiptHandle.split('/')[0] ?? '');
    return message !== undefined && handleOf(message) === receiptHandle ? message : undefined;
  };
  const received = (message: Stored): QueuedMessage => {
    const { messageId, body, attributes, senderId, sentAt, receiveCount } = message;
    return { messageId, receiptHandle: handleOf(message), body, attributes, senderId, sentAt, receiveCount };
  };
  return {
    looks,
    post({ body, attributes = {}, senderId = usualSenderId(body, {}), sentAt = clock.now() }) {
      const messageId = `dead-${posted++}`;
      stored.set(messageId, { messageId, body, attributes, senderId, sentAt, hiddenUntil: 0, receiveCount: 0 });
      return messageId;
    },
    ids: () => [...stored.keys()],
    visible: () => [...stored.values()].filter(isVisible).map(({ messageId }) => messageId),
    async receive(seconds) {
      looks.count += 1;
      const batch = [...stored.values()].filter(isVisible).slice(0, BATCH);
      for (const message of batch) {
        message.hiddenUntil = clock.now() + seconds * 1_000;
        message.receiveCount += 1;
      }
      return batch.map(received);
    },
    async remove(receiptHandle) {
      const message = held(receiptHandle);
      // SQS says yes to a handle of an earlier receive, and may keep the message.
      if (message !== undefined) stored.delete(message.messageId);
    },
    async release(receiptHandle, seconds) {
      const message = held(receiptHandle);
      if (message === undefined || isVisible(message)) throw new Error('MessageNotInflight');
      message.hiddenUntil = clock.now() + seconds * 1_000;
    },
    async depth() {
      const visible = [...stored.values()].filter(isVisible).length;
      return { visible, hidden: stored.size - visible };
    },
  };
}
