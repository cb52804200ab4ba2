/** Parses the SQS event of an invocation into deliveries. */
import type { SQSRecord } from 'aws-lambda';
import { instantMs } from '../../events/instant.ts';
import { isRecord } from '../../events/shapes.ts';
import type { Delivery } from '../context.ts';
import { APPROVALS_ATTRIBUTE, pointersIn } from '../ledger/approvals.ts';
import { lazyDigest } from '../model/raw-digest.ts';
import { principalIdOf, type SenderSettings } from '../model/sender.ts';
import type { Lane } from '../model/settings.ts';

/** Lanes by `queueKey`. */
export type Lanes = ReadonlyMap<string, Lane>;

/** Thrown before any record is processed: the whole batch stays in its queue. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
  readonly code = 'not-sqs';

  constructor(expected: string) {
    super(`not-sqs: ${expected}`);
  }
}

/**
 * Throws BatchError (`not-sqs`) for anything but SQS records: one without an id could not be reported as failed.
 * (Lambda guide, SQS event)
 */
export function recordsOf(event: unknown): readonly SQSRecord[] {
  const records = isRecord(event) ? event.Records : undefined;
  if (!Array.isArray(records)) throw new BatchError('expected an event with a list of Records');
  if (!records.every(isSqsRecord)) {
    throw new BatchError('expected each record to come from aws:sqs, with messageId, receiptHandle and body');
  }
  return records;
}

function isSqsRecord(record: unknown): record is SQSRecord {
  if (!isRecord(record)) return false;
  const { eventSource, messageId, receiptHandle, body, eventSourceARN, attributes } = record;
  return (
    eventSource === 'aws:sqs' &&
    [messageId, receiptHandle, eventSourceARN].every((text) => typeof text === 'string' && text !== '') &&
    typeof body === 'string' &&
    isRecord(attributes)
  );
}

/** `account:name`, which the URL of a queue and its ARN have in common. (SQS guide, queue and message identifiers) */
export const queueKey = (url: string): string => new URL(url).pathname.split('/').slice(-2).join(':');

/** A record, and the lane on which it came. */
export interface Item {
  readonly record: SQSRecord;
  readonly lane: Lane;
}

interface DeliveryFacts {
  readonly senders: SenderSettings;
  readonly sha256: (text: string) => string;
}

/** Undefined: the record is from a queue that is not configured. */
export const laneOf = ({ eventSourceARN }: SQSRecord, lanes: Lanes): Lane | undefined =>
  lanes.get(eventSourceARN.split(':').slice(-2).join(':'));

/** 1 if SQS does not say. */
export const receiveCountOf = ({ attributes }: SQSRecord): number =>
  wholeNumber(attributes.ApproximateReceiveCount) ?? 1;

export function deliveryOf({ record, lane }: Item, { senders, sha256 }: DeliveryFacts): Delivery {
  const { attributes, body } = record;
  const senderId = attributes.SenderId ?? '';
  const role = senders.own.get(principalIdOf(senderId));
  // Any sender can set attributes, and only our own functions are believed.
  const messageAttributes = role === undefined ? {} : (record.messageAttributes ?? {});
  const digest = lazyDigest(() => body, sha256);
  const firstReceived = wholeNumber(attributes.ApproximateFirstReceiveTimestamp) ?? Number.POSITIVE_INFINITY;
  return {
    messageId: record.messageId,
    receiptHandle: record.receiptHandle,
    body,
    get sha256() {
      return digest().sha256;
    },
    get size() {
      return digest().size;
    },
    lane,
    receiveCount: receiveCountOf(record),
    firstReceived,
    sentAt: wholeNumber(attributes.SentTimestamp) ?? 0,
    senderId,
    role,
    sentFor: messageAttributes.sender?.stringValue ?? '',
    replays: wholeNumber(messageAttributes.replays?.stringValue) ?? 0,
    firstSeen: instantOrNone(String(messageAttributes.firstSeen?.stringValue)),
    approvalKeys: pointersIn(messageAttributes[APPROVALS_ATTRIBUTE]?.stringValue),
  };
}

const instantOrNone = (text: string): string => (instantMs(text) === undefined ? '' : text);

function wholeNumber(text: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(String(text)) ? Number(text) : undefined;
}
