/** What the embedded queue answers beside fauxqs: errors in the JSON shape of SQS, and corrected answers. Pure. */
import type { QueueFault } from './faults.ts';
import { type QueueError, queueRefusal } from './refusals.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** One entry of `Failed` in the answer to a batch request (SQS API reference, BatchResultErrorEntry). */
export interface FailedEntry {
  readonly Id: unknown;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message: string;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The list under `key`, empty when there is none. */
export const listOf = (fields: unknown, key: string): readonly unknown[] => {
  const value = isFields(fields) ? fields[key] : undefined;
  return Array.isArray(value) ? value : [];
};

/** The queue's name in a request body: the last part of its QueueUrl. Empty when there is none. */
export const queueNameOf = (body: unknown): string =>
  String(isFields(body) ? (body.QueueUrl ?? '') : '').replace(/^.*\//, '');

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

/** Splits the entries of a batch into those that go on and those that a rule or the planned fault fails. */
export const splitEntries = (
  action: string,
  entries: readonly unknown[],
  fault: QueueFault | undefined,
): { readonly kept: readonly unknown[]; readonly failed: readonly FailedEntry[] } => {
  const planned = fault !== undefined && 'failedEntries' in fault ? fault.failedEntries : [];
  const kept: unknown[] = [];
  const failed: FailedEntry[] = [];
  for (const [at, entry] of entries.entries()) {
    const refused = queueRefusal(action, entry);
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

/**
 * Takes the answer of fauxqs and its request. Returns it as AWS would give it: message attributes only when they were
 * asked for, and queue URLs on `endpoint` (those of fauxqs name a host that does not resolve).
 */
export const asAws = (answer: Fields, request: { action: string; body: unknown; endpoint: string }): Fields => {
  const { action, body, endpoint } = request;
  const url = answer.QueueUrl;
  if (typeof url === 'string') return { ...answer, QueueUrl: `${endpoint}${new URL(url).pathname}` };
  if (action !== 'ReceiveMessage' || listOf(body, 'MessageAttributeNames').length > 0) return answer;
  const messages = listOf(answer, 'Messages').filter(isFields);
  if (messages.length === 0) return answer;
  return { Messages: messages.map(({ MessageAttributes: _, MD5OfMessageAttributes: __, ...message }) => message) };
};
