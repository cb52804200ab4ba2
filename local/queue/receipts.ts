/** The receipt handles that the embedded queue issued, and what SQS refuses to do with them. */
import { type Fields, isFields, listOf, queueNameOf } from './fields.ts';
import type { QueueError } from './refusals.ts';

export interface Receipts {
  /**
   * What SQS answers to this request or batch entry because of its receipt handle; undefined if it accepts the handle.
   */
  refusal(action: string, queueName: string, entry: unknown): QueueError | undefined;
  /** Records a request and the answer of fauxqs. */
  note(action: string, request: unknown, answer: unknown): void;
}

interface Receipt {
  readonly queueName: string;
  /** Epoch ms; undefined after the message was deleted. */
  hiddenUntil: number | undefined;
}

/** SQS' own default, in seconds. */
const DEFAULT_VISIBILITY = 30;

/** SQS API reference, ChangeMessageVisibility and DeleteMessage. */
const INVALID: QueueError = { code: 'ReceiptHandleIsInvalid', message: 'The input receipt handle is invalid.' };
/** The reference names `MessageNotInflight`, but SQS answers this (aws-sdk-net#1927). */
const NOT_IN_FLIGHT: QueueError = {
  code: 'InvalidParameterValue',
  message: 'Message does not exist or is not available for visibility timeout change.',
};

const CHANGES: ReadonlySet<string> = new Set(['ChangeMessageVisibility', 'ChangeMessageVisibilityBatch']);
const DELETIONS: ReadonlySet<string> = new Set(['DeleteMessage', 'DeleteMessageBatch']);

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** The single request, or the entries of a batch that the answer accepts. */
const acceptedIn = (request: unknown, answer: unknown): readonly Fields[] => {
  const entries = listOf(request, 'Entries').filter(isFields);
  if (entries.length === 0) return [fieldsOf(request)];
  const ids = new Set(listOf(answer, 'Successful').map((each) => fieldsOf(each).Id));
  return entries.filter(({ Id }) => ids.has(Id));
};

/** `now` is in epoch ms. */
export const createReceipts = (now: () => number): Receipts => {
  const receipts = new Map<unknown, Receipt>();
  const visibility = new Map<string, number>();

  const noteVisibility = (name: string, request: Fields): void => {
    const seconds = fieldsOf(request.Attributes).VisibilityTimeout;
    if (seconds !== undefined) visibility.set(name, Number(seconds));
  };
  const noteReceived = (queueName: string, request: Fields, answer: unknown): void => {
    const seconds = Number(request.VisibilityTimeout ?? visibility.get(queueName) ?? DEFAULT_VISIBILITY);
    for (const message of listOf(answer, 'Messages').filter(isFields))
      receipts.set(message.ReceiptHandle, { queueName, hiddenUntil: now() + seconds * 1_000 });
  };
  const hide = (entry: Fields, until: number | undefined): void => {
    const receipt = receipts.get(entry.ReceiptHandle);
    if (receipt !== undefined) receipt.hiddenUntil = until;
  };

  return {
    refusal(action, queueName, entry) {
      if (!CHANGES.has(action) && !DELETIONS.has(action)) return undefined;
      const receipt = receipts.get(fieldsOf(entry).ReceiptHandle);
      if (receipt?.queueName !== queueName) return INVALID;
      if (!CHANGES.has(action)) return undefined;
      return receipt.hiddenUntil !== undefined && receipt.hiddenUntil > now() ? undefined : NOT_IN_FLIGHT;
    },
    note(action, body, answer) {
      const request = fieldsOf(body);
      if (action === 'CreateQueue') noteVisibility(String(request.QueueName), request);
      if (action === 'SetQueueAttributes') noteVisibility(queueNameOf(body), request);
      if (action === 'ReceiveMessage') noteReceived(queueNameOf(body), request, answer);
      if (CHANGES.has(action))
        for (const entry of acceptedIn(body, answer)) hide(entry, now() + Number(entry.VisibilityTimeout) * 1_000);
      if (DELETIONS.has(action)) for (const entry of acceptedIn(body, answer)) hide(entry, undefined);
    },
  };
};
