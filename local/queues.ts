/** Creates the three queues of the deployment, with its numbers, at an SQS endpoint. */
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { QUEUE_SETTINGS, type QueueSettings } from '../lib/model/queue-settings.ts';

export interface Queue {
  readonly url: string;
  readonly arn: string;
}

export interface Queues {
  readonly urgent: Queue;
  readonly bulk: Queue;
  readonly deadLetters: Queue;
}

/** What a test may want shorter than production. Seconds and counts. */
export interface QueueNumbers {
  readonly visibilitySeconds?: number;
  readonly maxReceiveCount?: number;
}

const DAY_SECONDS = 86_400;
const SOURCE_RETENTION = String(4 * DAY_SECONDS);
const DEAD_LETTER_RETENTION = String(14 * DAY_SECONDS);
const numbersOf = ({ visibilityS, maxReceiveCount }: QueueSettings): Required<QueueNumbers> => ({
  visibilitySeconds: visibilityS,
  maxReceiveCount,
});
const URGENT = numbersOf(QUEUE_SETTINGS.urgent);
const BULK = numbersOf(QUEUE_SETTINGS.bulk);

/**
 * A client for the embedded queue: made-up credentials, so that none of the host's are read. The access key is what the
 * queue takes for the sender. `endpoint`: `http://127.0.0.1:<port>`.
 */
export const localSqs = (endpoint: string, maxAttempts = 3, accessKeyId = 'local'): SQSClient =>
  new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'local' },
    maxAttempts,
    retryMode: 'standard',
  });

const createQueue = async (sqs: SQSClient, name: string, attributes: Record<string, string>): Promise<Queue> => {
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: Attributes?.QueueArn ?? '' };
};

const laneAttributes = (deadLetters: Queue, numbers: Required<QueueNumbers>): Record<string, string> => ({
  VisibilityTimeout: String(numbers.visibilitySeconds),
  MessageRetentionPeriod: SOURCE_RETENTION,
  RedrivePolicy: JSON.stringify({
    deadLetterTargetArn: deadLetters.arn,
    maxReceiveCount: numbers.maxReceiveCount,
  }),
});

/** Creates `revocation-urgent`, `revocation-bulk` and `revocation-dead-letters`. Rejects with the error of the SDK. */
export const createQueues = async (
  endpoint: string,
  { urgent = {}, bulk = {} }: { readonly urgent?: QueueNumbers; readonly bulk?: QueueNumbers } = {},
): Promise<Queues> => {
  const sqs = localSqs(endpoint);
  try {
    const deadLetters = await createQueue(sqs, 'revocation-dead-letters', {
      MessageRetentionPeriod: DEAD_LETTER_RETENTION,
    });
    return {
      deadLetters,
      urgent: await createQueue(sqs, 'revocation-urgent', laneAttributes(deadLetters, { ...URGENT, ...urgent })),
      bulk: await createQueue(sqs, 'revocation-bulk', laneAttributes(deadLetters, { ...BULK, ...bulk })),
    };
  } finally {
    sqs.destroy();
  }
};

/** Visible, hidden and delayed messages together. */
export async function countMessages(sqs: SQSClient, { url }: Queue): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
  const counts: Readonly<Record<string, string | undefined>> = (await sqs.send(command)).Attributes ?? {};
  return ['', 'NotVisible', 'Delayed']
    .map((kind) => Number(counts[`ApproximateNumberOfMessages${kind}`]))
    .reduce((sum, count) => sum + count, 0);
}

/** The bodies of all visible messages, which stay on the queue, hidden for `seconds`. */
export async function readBodies(sqs: SQSClient, { url }: Queue, seconds: number): Promise<readonly string[]> {
  const bodies: string[] = [];
  const receive = { QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: seconds };
  for (;;) {
    const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand(receive));
    if (messages.length === 0) return bodies;
    bodies.push(...messages.map(({ Body = '' }) => Body));
  }
}
