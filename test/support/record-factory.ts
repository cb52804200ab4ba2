/** SQS records, events and invocations as Lambda hands them over, as fresh plain objects. (Lambda guide, SQS event) */
import type { SQSRecord } from 'aws-lambda';
import type { InvocationContext } from '../../lib/consume/batch.ts';
import type { Lane } from '../../lib/model/settings.ts';
import { EVENT_MS } from './event-factory.ts';
import { usualSenderId } from './senders.ts';

/** The queues of the lanes, by which a record's lane is told. */
export const LANES: ReadonlyMap<string, Lane> = new Map([
  ['123456789012:urgent', 'urgent'],
  ['123456789012:bulk', 'bulk'],
]);

export interface Arrival {
  /** Default: told by `n`. */
  readonly messageId?: string;
  readonly lane?: Lane;
  readonly receiveCount?: number;
  /** Epoch ms; EVENT_MS by default. */
  readonly firstReceived?: number;
  /** Epoch ms; by default so long before `firstReceived` as the longest delay of a message. */
  readonly sentAt?: number;
  /** By default as usualSenderId. */
  readonly senderId?: string;
  /** String message attributes. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The `n`th message, `m<n>`. A body that is no text is sent as JSON. */
export function sqsRecord(n: number, body: unknown, arrival: Arrival = {}): SQSRecord {
  const { messageId = `m${n}`, lane = 'urgent', receiveCount = 1, firstReceived = EVENT_MS, attributes = {} } = arrival;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { sentAt = firstReceived - 900_000 } = arrival;
  return {
    messageId,
    receiptHandle: `handle-${n}`,
    body: text,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      ApproximateFirstReceiveTimestamp: String(firstReceived),
      SentTimestamp: String(sentAt),
      SenderId: arrival.senderId ?? usualSenderId(text, attributes),
    },
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, stringValue]) => [
        name,
        { stringValue, dataType: 'String' as const, stringListValues: [], binaryListValues: [] },
      ]),
    ),
    md5OfBody: '00000000000000000000000000000000',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:${lane}`,
    awsRegion: 'us-east-1',
  };
}

/** One message for each body, `m0` and so on, all arriving alike. */
export const sqsRecords = (bodies: readonly unknown[], arrival: Omit<Arrival, 'messageId'> = {}): SQSRecord[] =>
  bodies.map((body, n) => sqsRecord(n, body, arrival));

/** What Lambda says of an invocation that it ends in `remainingMs` (30 s by default) from now. */
export function invocationContext(clock: { now(): number }, remainingMs = 30_000): InvocationContext {
  const ends = clock.now() + remainingMs;
  return { awsRequestId: 'request-1', getRemainingTimeInMillis: () => ends - clock.now() };
}
