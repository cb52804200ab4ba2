/** Queues as an operator asks about them: what they hold, how they are set, and one message sent with its id. */
import { AdapterError, SDK_SETTINGS, type SdkOverrides, sdkErrorName } from '../../lib/io/aws/sdk.ts';

/** Counts are SQS' own approximations; times are in seconds. */
export interface QueueState {
  readonly arn: string;
  readonly visible: number;
  readonly hidden: number;
  readonly delayed: number;
  readonly visibilityS: number;
  readonly retentionS: number;
  /** Absent: messages that fail for ever are never moved aside. */
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
}

export interface QueueDesk {
  /** Rejects with AdapterError `queue-unavailable`, naming SQS' error (`QueueDoesNotExist`, `AccessDenied`). */
  state(queueUrl: string): Promise<QueueState>;
  /** Resolves with the message's id once SQS has accepted it; rejects as `state`. */
  send(queueUrl: string, body: string): Promise<string>;
}

/** Returns the desk; the SDK is loaded with the first call. */
export function createQueueDesk(overrides: SdkOverrides = {}): QueueDesk {
  let connected: ReturnType<typeof connect> | undefined;
  const asked = async <T>(call: (sqs: Awaited<ReturnType<typeof connect>>) => Promise<T>): Promise<T> => {
    connected ??= connect(overrides);
    try {
      return await call(await connected);
    } catch (error) {
      throw new AdapterError('queue-unavailable', sdkErrorName(error));
    }
  };
  return {
    state: (queueUrl) =>
      asked(async ({ client, GetQueueAttributesCommand }) => {
        const request = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
        return stateOf((await client.send(request)).Attributes ?? {});
      }),
    send: (queueUrl, body) =>
      asked(async ({ client, SendMessageCommand }) => {
        const sent = await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
        return sent.MessageId ?? '';
      }),
  };
}

const connect = async (overrides: SdkOverrides) => {
  const { GetQueueAttributesCommand, SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  // By default the host of a queue URL would win over AWS_ENDPOINT_URL_SQS.
  const client = new SQSClient({ ...SDK_SETTINGS, useQueueUrlAsEndpoint: false, ...overrides });
  return { client, GetQueueAttributesCommand, SendMessageCommand };
};

function stateOf(attributes: Readonly<Record<string, string>>): QueueState {
  const number = (name: string): number => Number(attributes[name] ?? 0);
  const redrive = redriveOf(attributes.RedrivePolicy);
  return {
    arn: attributes.QueueArn ?? '',
    visible: number('ApproximateNumberOfMessages'),
    hidden: number('ApproximateNumberOfMessagesNotVisible'),
    delayed: number('ApproximateNumberOfMessagesDelayed'),
    visibilityS: number('VisibilityTimeout'),
    retentionS: number('MessageRetentionPeriod'),
    ...(redrive === undefined ? {} : { redrive }),
  };
}

/** `{"deadLetterTargetArn","maxReceiveCount"}`, the count as a number or as text (SQS API reference, SetQueueAttributes). */
function redriveOf(policy: string | undefined): QueueState['redrive'] {
  if (policy === undefined || policy === '') return undefined;
  try {
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy);
    return { deadLetterArn: String(deadLetterTargetArn), maxReceiveCount: Number(maxReceiveCount) };
  } catch {
    return undefined;
  }
}
