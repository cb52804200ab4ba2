/** What the embedded queue answers beside fauxqs: errors in the JSON shape of SQS, and corrected answers. Pure. */
import { createHash } from 'node:crypto';
import { hideCharacters, showCharacters } from './characters.ts';
import type { QueueFault } from './faults.ts';
import { type Fields, isFields, listOf } from './fields.ts';
import type { QueueError } from './refusals.ts';

/** One entry of `Failed` in the answer to a batch request (SQS API reference, BatchResultErrorEntry). */
export interface FailedEntry {
  readonly Id: unknown;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message: string;
}

/**
 * Status, headers and body of an error as SQS sends it (AWS JSON 1.0; the header is what the SDK reads the code from).
 */
export const errorAnswer = ({ code, message }: QueueError, status = 400) => ({
  status,
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}`,
  },
  body: { __type: `com.amazonaws.sqs#${code}`, message },
});

/** The error of a planned fault with that HTTP status. The SDK tries throttling and 5xx again, the others not. */
export const plannedError = (status: number): QueueError => {
  const code = status >= 500 ? 'ServiceUnavailable' : status === 429 ? 'RequestThrottled' : 'AccessDenied';
  return { code, message: 'Planned fault.' };
};

/** Splits the entries of a batch into those that go on and those that `refuse` or the planned fault fails. */
export const splitEntries = (
  entries: readonly unknown[],
  refuse: (entry: unknown) => QueueError | undefined,
  fault: QueueFault | undefined,
): { readonly kept: readonly unknown[]; readonly failed: readonly FailedEntry[] } => {
  const planned = fault !== undefined && 'failedEntries' in fault ? fault.failedEntries : [];
  const kept: unknown[] = [];
  const failed: FailedEntry[] = [];
  for (const [at, entry] of entries.entries()) {
    const refused = refuse(entry);
    const error = refused ?? (planned === 'all' || planned.includes(at) ? plannedError(500) : undefined);
    if (error === undefined) kept.push(entry);
    else
      failed.push({
        Id: isFields(entry) ? entry.Id : undefined,
        SenderFault: refused !== undefined,
        Code: error.code,
        Message: error.message,
      });
  }
  return { kept, failed };
};

/** The request with bodies that fauxqs takes. */
export const withHiddenBodies = (request: Fields): Fields => {
  const hidden = (entry: unknown): unknown =>
    isFields(entry) && typeof entry.MessageBody === 'string'
      ? { ...entry, MessageBody: hideCharacters(entry.MessageBody) }
      : entry;
  const entries = listOf(request, 'Entries');
  return entries.length === 0
    ? { ...request, ...Object(hidden(request)) }
    : { ...request, Entries: entries.map(hidden) };
};

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** The result of a send with the digest of the body as it was sent. */
const ofSent = (result: Fields, entry: unknown): Fields => {
  const body = isFields(entry) ? String(entry.MessageBody) : '';
  return hideCharacters(body) === body ? result : { ...result, MD5OfMessageBody: md5(body) };
};

const withDigests = (request: unknown, answer: Fields): Fields => {
  const byId = new Map(listOf(request, 'Entries').map((entry) => [isFields(entry) ? entry.Id : undefined, entry]));
  if (byId.size === 0) return ofSent(answer, request);
  const successful = listOf(answer, 'Successful').filter(isFields);
  return { ...answer, Successful: successful.map((result) => ofSent(result, byId.get(result.Id))) };
};

/** The message with its body as it was sent, and with message attributes only if the request asks for them. */
const ofReceived = ({ MessageAttributes, MD5OfMessageAttributes, ...message }: Fields, asked: boolean): Fields => {
  const body = showCharacters(String(message.Body));
  const attributes = asked && MessageAttributes !== undefined ? { MessageAttributes, MD5OfMessageAttributes } : {};
  return { ...message, ...attributes, ...(body === message.Body ? {} : { Body: body, MD5OfBody: md5(body) }) };
};

/**
 * The answer of fauxqs as SQS gives it; queue URLs are on `endpoint`, because those of fauxqs name a host that does not
 * resolve.
 */
export const asAws = (answer: Fields, request: { action: string; body: unknown; endpoint: string }): Fields => {
  const { action, body, endpoint } = request;
  const url = answer.QueueUrl;
  if (typeof url === 'string') return { ...answer, QueueUrl: `${endpoint}${new URL(url).pathname}` };
  if (action === 'SendMessage' || action === 'SendMessageBatch') return withDigests(body, answer);
  const messages = listOf(answer, 'Messages').filter(isFields);
  if (messages.length === 0) return answer;
  const asked = listOf(body, 'MessageAttributeNames').length > 0;
  return { Messages: messages.map((message) => ofReceived(message, asked)) };
};
