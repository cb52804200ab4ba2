/** SQS for operators: the counts and settings of a queue, and sending one message. */
import { SDK_SETTINGS, type SdkOverrides, sdkErrorName } from '../../lib/io/aws/sdk.ts';
import { once } from '../../lib/io/deferred.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';

/** Counts are approximations by SQS. Times are in seconds. */
export interface QueueState {
  readonly arn: string;
  readonly visible: number;
  readonly hidden: number;
  readonly delayed: number;
  readonly visibilityS: number;
  readonly retentionS: number;
  /** Absent: messages that always fail are never moved to a dead-letter queue. */
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
}

export interface QueueAdmin {
  /** Rejects with AdapterError `queue-unavailable`, whose detail is the name of the SQS error (`AccessDenied`). */
  state(queueUrl: string): Promise<QueueState>;
  /** Resolves with the message id; rejects as `state`. */
  send(queueUrl: string, body: string): Promise<string>;
}

/** The SDK is loaded at the first call. */
export function createQueueAdmin(overrides: SdkOverrides = {}): QueueAdmin {
  const connection = once(() => connect(overrides));
  const withClient = async <T>(call: (sqs: Awaited<ReturnType<typeof connect>>) => Promise<T>): Promise<T> => {
    try {
      return await call(await connection());
    } catch (error) {
      throw new AdapterError('queue-unavailable', sdkErrorName(error));
    }
  };
  return {
    state: (queueUrl) =>
      withClient(async ({ client, GetQueueAttributesCommand }) => {
        const request = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
        return toQueueState((await client.send(request)).Attributes ?? {});
      }),
    send: (queueUrl, body) =>
      withClient(async ({ client, SendMessageCommand }) => {
        const sent = await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
        return sent.MessageId ?? '';
      }),
  };
}

const connect = async (overrides: SdkOverrides) => {
  const { GetQueueAttributesCommand, SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  // By default the host of the queue URL takes precedence over AWS_ENDPOINT_URL_SQS.
  const client = new SQSClient({ ...SDK_SETTINGS, useQueueUrlAsEndpoint: false, ...overrides });
  return { client, GetQueueAttributesCommand, SendMessageCommand };
};

function toQueueState(attributes: Readonly<Record<string, string>>): QueueState {
  const number = (name: string): number => Number(attributes[name] ?? 0);
  const redrive = parseRedrivePolicy(attributes.RedrivePolicy);
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

/** The count may be a number or a text (SQS API reference, SetQueueAttributes). */
function parseRedrivePolicy(policy: string | undefined): QueueState['redrive'] {
  if (policy === undefined || policy === '') return undefined;
  try {
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy);
    return { deadLetterArn: String(deadLetterTargetArn), maxReceiveCount: Number(maxReceiveCount) };
  } catch {
    return undefined;
  }
}
