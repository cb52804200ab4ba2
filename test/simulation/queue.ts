/**
 * A standard SQS queue in virtual time: at least once, in any order, with visibility, receive counts, delay and
 * redrive. (SQS guide, at-least-once delivery, visibility timeout, dead-letter queues)
 */
import type { Draws } from './draws.ts';

export interface Received {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** Tells one receive from every other. */
  readonly nth: number;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly senderId: string;
  readonly receiveCount: number;
  /** Epoch ms. */
  readonly firstReceived: number;
  readonly sentAt: number;
  /** It stayed visible: another consumer may also receive it. */
  readonly twice: boolean;
}

export interface SimQueue {
  send(message: {
    readonly messageId: string;
    readonly body: string;
    readonly attributes?: Readonly<Record<string, string>>;
    readonly senderId: string;
    readonly delayMs?: number;
  }): void;
  /**
   * At most `most` visible messages in any order, hidden from now on; what was received too often is moved away
   * instead.
   */
  receive(most: number): readonly Received[];
  /** Deletes a message by any handle that it was received with. */
  remove(receiptHandle: string): string | undefined;
  /** Shows a message again after `ms`, if the handle is the last that it was received with. Throws when it is gone. */
  show(receiptHandle: string, ms: number): void;
  /** Epoch ms at which something can be received; Infinity when the queue is empty. */
  nextVisible(): number;
  ids(): readonly string[];
}

/** The message of a receipt handle: a handle is its id and the number of the receive. */
export const messageOf = (receiptHandle: string): string => receiptHandle.slice(0, receiptHandle.lastIndexOf('/'));

interface Stored {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly senderId: string;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
  firstReceived: number;
  handle: string;
}

export interface QueueOptions {
  readonly now: () => number;
  readonly visibilityMs: number;
  readonly maxReceives: number;
  readonly draws: Draws;
  /** Whether a message that is being received stays visible: another poller has it, too. */
  readonly isTwice: () => boolean;
  /** Takes what was received too often. */
  readonly move: (message: {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly senderId: string;
    readonly sentAt: number;
  }) => void;
}

/** Starts empty. */
export function simQueue({ now, visibilityMs, maxReceives, draws, isTwice, move }: QueueOptions): SimQueue {
  const stored = new Map<string, Stored>();
  const owners = new Map<string, string>();
  let receives = 0;

  const receiveOne = (message: Stored): readonly Received[] => {
    if (message.receiveCount >= maxReceives) {
      stored.delete(message.messageId);
      move(message);
      return [];
    }
    receives += 1;
    const [nth, at] = [receives, now()];
    message.receiveCount += 1;
    if (message.receiveCount === 1) message.firstReceived = at;
    const twice = isTwice();
    message.visibleAt = at + (twice ? draws.upTo(2_000) : visibilityMs);
    message.handle = `${message.messageId}/${nth}`;
    owners.set(message.handle, message.messageId);
    const { messageId, handle, body, attributes, senderId, receiveCount, firstReceived, sentAt } = message;
    const times = { receiveCount, firstReceived, sentAt };
    return [{ messageId, receiptHandle: handle, nth, body, attributes, senderId, ...times, twice }];
  };

  return {
    send: ({ messageId, body, attributes = {}, senderId, delayMs = 0 }) => {
      const at = now();
      const fresh = { receiveCount: 0, firstReceived: at, handle: '', sentAt: at, visibleAt: at + delayMs };
      stored.set(messageId, { messageId, body, attributes, senderId, ...fresh });
    },
    receive(most) {
      const visible = [...stored.values()].filter(({ visibleAt }) => visibleAt <= now());
      const taken: Stored[] = [];
      while (taken.length < most && visible.length > 0) taken.push(...visible.splice(draws.upTo(visible.length), 1));
      return taken.flatMap(receiveOne);
    },
    remove(receiptHandle) {
      const messageId = owners.get(receiptHandle);
      return messageId !== undefined && stored.delete(messageId) ? messageId : undefined;
    },
    show(receiptHandle, ms) {
      const message = stored.get(owners.get(receiptHandle) ?? '');
      if (message === undefined) throw new Error('MessageNotInflight');
      if (message.handle === receiptHandle) message.visibleAt = now() + ms;
    },
    nextVisible: () => Math.min(Number.POSITIVE_INFINITY, ...[...stored.values()].map(({ visibleAt }) => visibleAt)),
    ids: () => [...stored.keys()],
  };
}
