/** What the product asked of SQS, read from the requests that the queue server got. */
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SentDeadLetter } from './stack.ts';

export interface QueueRequest {
  readonly action: string;
  readonly body: unknown;
}

/** One request of the function or the mapping that changes something. `queue`: the last part of its name. */
export interface Ask {
  readonly action: string;
  readonly queue: string;
  readonly entries: readonly Readonly<Record<string, unknown>>[];
}

const CHANGES: ReadonlySet<string> = new Set([
  'SendMessageBatch',
  'ChangeMessageVisibilityBatch',
  'DeleteMessageBatch',
]);

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The requests that change something, in order, from the `from`th request on. */
export const asksOf = (requests: readonly QueueRequest[], from = 0): readonly Ask[] =>
  requests.slice(from).flatMap(({ action, body }) => {
    if (!CHANGES.has(action) || !isFields(body)) return [];
    const queue = String(body.QueueUrl).replace(/^.*\/revocation-/, '');
    return [{ action, queue, entries: Array.isArray(body.Entries) ? body.Entries : [] }];
  });

/** The asks in words, `action queue`, in order. */
export const inWords = (asks: readonly Ask[]): readonly string[] =>
  asks.map(({ action, queue }) => `${action} ${queue}`);

/** Seconds of the visibilities that were asked for, in order. */
export const visibilitiesOf = (asks: readonly Ask[]): readonly number[] =>
  asks
    .filter(({ action }) => action === 'ChangeMessageVisibilityBatch')
    .flatMap(({ entries }) => entries.map(({ VisibilityTimeout }) => Number(VisibilityTimeout)));

/** The dead letters that were sent, in order, whether SQS took them or not. */
export const deadLettersOf = (asks: readonly Ask[]): readonly SentDeadLetter[] =>
  asks
    .filter(({ action, queue }) => action === 'SendMessageBatch' && queue === 'dead-letters')
    .flatMap(({ entries }) => entries.map(({ MessageBody }) => JSON.parse(String(MessageBody))));

/** The follow-up checks that were sent, in order: their delay and what they are about. */
export const checksOf = (asks: readonly Ask[]): readonly { readonly seconds: unknown; readonly data: unknown }[] =>
  asks
    .filter(({ action, queue }) => action === 'SendMessageBatch' && queue === 'bulk')
    .flatMap(({ entries }) =>
      entries.map(({ MessageBody, DelaySeconds }) => ({
        seconds: DelaySeconds,
        data: JSON.parse(String(MessageBody)).data,
      })),
    );

/** Makes the messages that were given back visible at once, in place of their backoff. */
export async function bringBack(sqs: SQSClient, queueUrl: string, asks: readonly Ask[]): Promise<void> {
  const handles = asks
    .filter(({ action }) => action === 'ChangeMessageVisibilityBatch')
    .flatMap(({ entries }) => entries.map(({ ReceiptHandle }) => String(ReceiptHandle)));
  for (const ReceiptHandle of new Set(handles)) {
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
}
