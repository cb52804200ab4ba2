/** The lanes and the dead-letter queue on Amazon SQS. The SDK is loaded with the first call, not with the module. */

import type { DeadLetters } from '../../dead-letters/dead-letter.ts';
import type { Lane } from '../../model/settings.ts';
import type { LaneQueues } from '../../ports.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { createBatcher } from '../aws/batcher.ts';
import { createSdkClient, plainName, type SdkOverrides, sdkErrorName } from '../aws/sdk.ts';
import { once } from '../deferred.ts';

export interface QueueUrls extends Readonly<Record<Lane, string>> {
  readonly deadLetters: string;
}

interface Message {
  readonly queueUrl: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly delaySeconds: number | undefined;
}

interface Return {
  readonly queueUrl: string;
  readonly receiptHandle: string;
  readonly seconds: number;
}

/**
 * What all batch calls answer (SQS API reference: SendMessageBatch, ChangeMessageVisibilityBatch, DeleteMessageBatch).
 */
export interface BatchAnswer {
  readonly Successful?: readonly { readonly Id: string | undefined }[] | undefined;
  readonly Failed?: readonly { readonly Id: string | undefined; readonly Code: string | undefined }[] | undefined;
}

/**
 * SQS allows 10 entries and 1 MiB a batch; less leaves room for what it counts and we do not. 4 of each kind make 8.
 */
export const BATCH_RULES = {
  maxEntries: 10,
  maxBytes: 262_144,
  maxInFlight: 4,
  defer: setImmediate,
};

/**
 * Calls made in one turn of the event loop share batch calls.
 * A promise rejects for its own message only, with AdapterError `queue-refused` (SQS refused this entry, or did not
 * account for it) or `queue-unavailable` (no answer for its batch), naming SQS's code and never the message.
 */
export const createQueues = ({
  urls,
  overrides = {},
}: {
  readonly urls: QueueUrls;
  readonly overrides?: SdkOverrides;
}): { readonly deadLetters: DeadLetters; readonly lanes: LaneQueues } => {
  const sqs = once(() => connect(overrides));

  const rules = { ...BATCH_RULES, group: ({ queueUrl }: { readonly queueUrl: string }) => queueUrl };
  const enqueue = createBatcher({ ...rules, size: sizeOf }, async (queueUrl, entries: readonly Message[]) =>
    outcomes(entries, async () => (await sqs()).send(queueUrl, entries)),
  );
  const giveBack = createBatcher({ ...rules, size: () => 0 }, async (queueUrl, entries: readonly Return[]) =>
    outcomes(entries, async () => (await sqs()).giveBack(queueUrl, entries)),
  );

  return {
    deadLetters: {
      send: ({ body, attributes }) =>
        enqueue({ queueUrl: urls.deadLetters, body, attributes, delaySeconds: undefined }),
    },
    lanes: {
      returnAfter: (lane, receiptHandle, seconds) => giveBack({ queueUrl: urls[lane], receiptHandle, seconds }),
      send: (lane, body, { attributes = {}, delaySeconds }) =>
        enqueue({ queueUrl: urls[lane], body, attributes, delaySeconds }),
    },
  };
};

/** Loads the SDK and returns the two batch calls. The Id of an entry is its index. */
const connect = async (overrides: SdkOverrides) => {
  const { sdk, client } = await loadSqs(overrides);

  const send = (queueUrl: string, entries: readonly Message[]): Promise<BatchAnswer> =>
    client.send(new sdk.SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries.map(messageEntry) }));

  const giveBack = (queueUrl: string, entries: readonly Return[]): Promise<BatchAnswer> =>
    client.send(new sdk.ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries.map(returnEntry) }));

  return { send, giveBack };
};

const messageEntry = ({ body, attributes, delaySeconds }: Message, index: number) => ({
  Id: String(index),
  MessageBody: body,
  DelaySeconds: delaySeconds,
  MessageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
  ),
});

const returnEntry = ({ receiptHandle, seconds }: Return, index: number) => ({
  Id: String(index),
  ReceiptHandle: receiptHandle,
  VisibilityTimeout: seconds,
});

/** SQS counts the body, and the name, type and value of each attribute, in UTF-8. */
const sizeOf = ({ body, attributes }: Message): number =>
  Object.entries(attributes).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text) + 'String'.length,
    Buffer.byteLength(body),
  );

/** Loads the SDK and creates a client of SQS. */
export const loadSqs = async (overrides: SdkOverrides) => {
  const sdk = await import('@aws-sdk/client-sqs');
  // By default the host of a queue URL would win over AWS_ENDPOINT_URL_SQS.
  const create = (settings: ConstructorParameters<typeof sdk.SQSClient>[0]) =>
    new sdk.SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
  return { sdk, client: await createSdkClient(create, overrides) };
};

/** Runs a batch call and returns the error of each entry: a 200 may have refused some, and silence is no success. */
export const outcomes = async (
  entries: readonly unknown[],
  run: () => Promise<BatchAnswer>,
): Promise<readonly (AdapterError | undefined)[]> => {
  let answer: BatchAnswer;
  try {
    answer = await run();
  } catch (error) {
    throw new AdapterError('queue-unavailable', sdkErrorName(error));
  }
  const accepted = new Set(answer.Successful?.map(({ Id }) => Id));
  const codes = new Map(answer.Failed?.map(({ Id, Code }) => [Id, Code]));
  return entries.map((_, index) => {
    const id = String(index);
    if (accepted.has(id) && !codes.has(id)) return undefined;
    return new AdapterError('queue-refused', plainName(codes.get(id) ?? 'unaccounted'));
  });
};
