/**
 * A standard queue with the redelivery of SQS: a received message is hidden and returns unless it is deleted. Pure;
 * times in ms.
 */

export interface RedeliveringQueue {
  /** Receives up to `most` visible messages, the longest visible first, and hides them. */
  take(most: number, now: number): readonly ReturnType<typeof recordOf>[];
  /** ChangeMessageVisibility: the message is visible again after `seconds`. */
  hide(receiptHandle: string, seconds: number, now: number): void;
  /** Deletes the received messages that have not failed. */
  settle(taken: readonly { readonly messageId: string }[], failed: ReadonlySet<string>): void;
  /** `left` messages; the next one is visible at `nextAt` (Infinity where none is left). */
  state(): { readonly left: number; readonly nextAt: number; readonly receives: number };
}

interface Message {
  readonly n: number;
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  firstAt: number;
}

/** All messages are visible at first. */
export function createRedeliveringQueue(
  count: number,
  {
    queueArn,
    visibilitySeconds,
    now,
  }: { readonly queueArn: string; readonly visibilitySeconds: number; readonly now: number },
): RedeliveringQueue {
  const messages = new Map<string, Message>();
  for (let n = 0; n < count; n += 1) messages.set(idOf(n), { n, sentAt: now, visibleAt: now, receives: 0, firstAt: 0 });
  let receives = 0;
  return {
    take(most, at) {
      const visible = [...messages.values()].filter(({ visibleAt }) => visibleAt <= at);
      const taken = visible.toSorted((a, b) => a.visibleAt - b.visibleAt).slice(0, most);
      receives += taken.length;
      return taken.map((message) => {
        message.visibleAt = at + visibilitySeconds * 1_000;
        message.receives += 1;
        if (message.receives === 1) message.firstAt = at;
        return recordOf(message, queueArn);
      });
    },
    hide(receiptHandle, seconds, at) {
      const message = messages.get(receiptHandle);
      if (message !== undefined) message.visibleAt = at + seconds * 1_000;
    },
    settle(taken, failed) {
      for (const { messageId } of taken) if (!failed.has(messageId)) messages.delete(messageId);
    },
    state() {
      let nextAt = Number.POSITIVE_INFINITY;
      for (const { visibleAt } of messages.values()) nextAt = Math.min(nextAt, visibleAt);
      return { left: messages.size, nextAt, receives };
    },
  };
}

const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A leaked key as SQS passes it to Lambda. The receipt handle is the message id. */
function recordOf({ n, sentAt, receives, firstAt }: Message, eventSourceARN: string) {
  const data = { accessKeyId: `CWBENCH${String(n).padStart(9, '0')}` };
  const time = new Date(sentAt).toISOString();
  const event = {
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id: `bench-${n}`,
    source: '//bench.example/scan',
    time,
    data,
  };
  return {
    messageId: idOf(n),
    receiptHandle: idOf(n),
    body: JSON.stringify(event),
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: 'AROAEXAMPLE:bench',
      ApproximateFirstReceiveTimestamp: String(firstAt),
    },
    messageAttributes: {},
    md5OfBody: '0'.repeat(32),
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: 'us-east-1',
  };
}
