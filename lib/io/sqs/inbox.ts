/** The dead-letter queue on Amazon SQS, as a person works through it. The SDK is loaded with the first call. */
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { DeadLetterQueue, QueuedMessage } from '../../ports.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { createBatcher } from '../aws/batcher.ts';
import { type SdkOverrides, sdkErrorName } from '../aws/sdk.ts';
import { once } from '../deferred.ts';
import { BATCH_RULES, type BatchAnswer, loadSqs, outcomes } from './queues.ts';

/**
 * The most that one call can receive, and how long it waits for a first message. (SQS API reference, ReceiveMessage)
 */
const BATCH = 10;
const WAIT_S = 1;

interface Release {
  readonly receiptHandle: string;
  readonly seconds: number;
}

/**
 * Removals and releases made in one turn of the event loop share batch calls. Everything rejects with AdapterError
 * `queue-unavailable` (no answer) or `queue-refused` (SQS refused the entry, or did not account for it), naming SQS's
 * code and never the message.
 */
export const createDeadLetterQueue = ({
  url,
  overrides = {},
}: {
  readonly url: string;
  readonly overrides?: SdkOverrides;
}): DeadLetterQueue => {
  const sqs = once(() => connect(url, overrides));
  const rules = { ...BATCH_RULES, group: () => url, size: () => 0 };
  const remove = createBatcher(rules, (_url, handles: readonly string[]) =>
    outcomes(handles, async () => (await sqs()).remove(handles)),
  );
  const release = createBatcher(rules, (_url, releases: readonly Release[]) =>
    outcomes(releases, async () => (await sqs()).release(releases)),
  );
  return {
    receive: (seconds) => answered(async () => (await sqs()).receive(seconds)),
    remove,
    release: (receiptHandle, seconds) => release({ receiptHandle, seconds }),
    depth: () => answered(async () => (await sqs()).depth()),
  };
};

/** Loads the SDK and returns the calls. The Id of an entry is its index. */
const connect = async (url: string, overrides: SdkOverrides) => {
  const { sdk, client } = await loadSqs(overrides);
  const queue = { QueueUrl: url };
  return {
    async receive(seconds: number): Promise<readonly QueuedMessage[]> {
      const { Messages = [] } = await client.send(
        new sdk.ReceiveMessageCommand({
          ...queue,
          MaxNumberOfMessages: BATCH,
          WaitTimeSeconds: WAIT_S,
          VisibilityTimeout: seconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount', 'SenderId'],
        }),
      );
      return Messages.flatMap(receivedOf);
    },
    remove: (handles: readonly string[]): Promise<BatchAnswer> =>
      client.send(new sdk.DeleteMessageBatchCommand({ ...queue, Entries: handles.map(removalEntry) })),
    release: (releases: readonly Release[]): Promise<BatchAnswer> =>
      client.send(new sdk.ChangeMessageVisibilityBatchCommand({ ...queue, Entries: releases.map(releaseEntry) })),
    async depth() {
      const { Attributes = {} } = await client.send(
        new sdk.GetQueueAttributesCommand({
          ...queue,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        hidden: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
      };
    },
  };
};

const removalEntry = (handle: string, index: number) => ({ Id: String(index), ReceiptHandle: handle });

const releaseEntry = ({ receiptHandle, seconds }: Release, index: number) => ({
  Id: String(index),
  ReceiptHandle: receiptHandle,
  VisibilityTimeout: seconds,
});

/** The message; none without an id and a handle, which could be neither told apart nor given back. */
const receivedOf = ({ MessageId, ReceiptHandle, Body, Attributes = {}, MessageAttributes = {} }: Message) =>
  MessageId === undefined || ReceiptHandle === undefined
    ? []
    : [
        {
          messageId: MessageId,
          receiptHandle: ReceiptHandle,
          body: Body ?? '',
          attributes: textsOf(MessageAttributes),
          senderId: Attributes.SenderId ?? '',
          sentAt: Number(Attributes.SentTimestamp ?? 0),
          receiveCount: Number(Attributes.ApproximateReceiveCount ?? 1),
        },
      ];

const textsOf = (attributes: Readonly<Record<string, MessageAttributeValue>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { StringValue: text }]) => (text === undefined ? [] : [[name, text]])),
  );

const answered = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw new AdapterError('queue-unavailable', sdkErrorName(error));
  }
};
