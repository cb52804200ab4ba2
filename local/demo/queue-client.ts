/** The demo's own access to the queues: send messages, count them, read the dead letters. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { countMessages, type Queue, type Queues, readBodies } from '../queues.ts';
import type { DemoLane } from './scenario.ts';

export type DemoQueues = Queues & { readonly dryRun: Queue };

export interface QueueClient {
  /** Rejects where the queue refuses one of the bodies. */
  send(lane: DemoLane, bodies: readonly string[]): Promise<void>;
  /** Visible, hidden and delayed messages together. */
  depth(queue: keyof DemoQueues): Promise<number>;
  /** The bodies of all dead letters, which stay on the queue. */
  deadLetters(): Promise<readonly string[]>;
}

/** Messages per SendMessageBatch at most (SQS API reference). */
const MAX_MESSAGES = 10;
/** Seconds for which a dead letter that was read stays hidden. */
const HIDDEN_S = 5;

export const createDryRunQueue = async (sqs: SQSClient): Promise<Queue> => {
  const { QueueUrl: url = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'revocation-dry-run', Attributes: { VisibilityTimeout: '180' } }),
  );
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: Attributes?.QueueArn ?? '' };
};

/** Every call rejects with the error of the SDK. */
export const createQueueClient = (sqs: SQSClient, queues: DemoQueues): QueueClient => ({
  async send(lane, bodies) {
    for (let at = 0; at < bodies.length; at += MAX_MESSAGES) {
      const Entries = bodies.slice(at, at + MAX_MESSAGES).map((MessageBody, id) => ({ Id: String(id), MessageBody }));
      const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queues[lane].url, Entries }));
      const refused = answer.Failed?.length ?? 0;
      if (refused > 0) throw new Error(`queue ${lane} refused ${refused} messages`);
    }
  },
  depth: (queue) => countMessages(sqs, queues[queue]),
  deadLetters: () => readBodies(sqs, queues.deadLetters, HIDDEN_S),
});
