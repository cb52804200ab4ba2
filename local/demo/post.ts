/** What the demo itself asks of the queues: send, count, read the dead letters. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Queue, Queues } from '../queues.ts';
import type { DemoLane } from './scenario.ts';

export type DemoQueues = Queues & { readonly dryRun: Queue };

export interface Post {
  /** Resolves when the queue has taken all bodies; rejects when it refuses one. */
  send(lane: DemoLane, bodies: readonly string[]): Promise<void>;
  /** Messages on a queue: visible, hidden and delayed. */
  depth(queue: keyof DemoQueues): Promise<number>;
  /** Bodies of all dead letters, which stay on the queue. */
  deadLetters(): Promise<readonly string[]>;
}

/** The most that one SendMessageBatch takes, or one ReceiveMessage brings (SQS API reference). */
const AT_MOST = 10;
/** How long a dead letter that was looked at stays hidden. */
const LOOK_S = 5;
const KINDS = ['', 'NotVisible', 'Delayed'].map((kind) => `ApproximateNumberOfMessages${kind}`);

/** Creates the queue of the dry run. Rejects with the SDK's error. */
export const createDryQueue = async (sqs: SQSClient): Promise<Queue> => {
  const { QueueUrl: url = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'revocation-dry-run', Attributes: { VisibilityTimeout: '180' } }),
  );
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: Attributes?.QueueArn ?? '' };
};

/** Takes a client and the queues; all calls reject with the SDK's error. */
export const openPost = (sqs: SQSClient, queues: DemoQueues): Post => ({
  async send(lane, bodies) {
    for (let at = 0; at < bodies.length; at += AT_MOST) {
      const Entries = bodies.slice(at, at + AT_MOST).map((MessageBody, id) => ({ Id: String(id), MessageBody }));
      const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queues[lane].url, Entries }));
      const refused = answer.Failed?.length ?? 0;
      if (refused > 0) throw new Error(`queue ${lane} refused ${refused} messages`);
    }
  },
  async depth(queue) {
    const command = new GetQueueAttributesCommand({ QueueUrl: queues[queue].url, AttributeNames: ['All'] });
    const counts: Readonly<Record<string, string | undefined>> = (await sqs.send(command)).Attributes ?? {};
    return KINDS.reduce((sum, kind) => sum + Number(counts[kind]), 0);
  },
  async deadLetters() {
    const bodies: string[] = [];
    const receive = { QueueUrl: queues.deadLetters.url, MaxNumberOfMessages: AT_MOST, VisibilityTimeout: LOOK_S };
    for (;;) {
      const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand(receive));
      if (messages.length === 0) return bodies;
      bodies.push(...messages.map(({ Body = '' }) => Body));
    }
  },
});
