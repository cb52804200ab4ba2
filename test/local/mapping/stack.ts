/** A queue server with the queues of the deployment, and mappings on the urgent one. */
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { type Mapping, type MappingOptions, startMapping } from '../../../local/mapping.ts';
import { startQueueServer } from '../../../local/queue-server.ts';
import { createQueues, localSqs, type Queue, type QueueNumbers } from '../../../local/queues.ts';

export const numbered = (count: number) => Array.from({ length: count }, (_, at) => `m${at}`);
export const bodiesOf = (event: SQSEvent) => event.Records.map(({ body }) => body);
export const receiveCounts = (event: SQSEvent) =>
  event.Records.map(({ attributes }) => attributes.ApproximateReceiveCount);
/** The answer that reports the messages with these bodies as failed. */
export const failing = (event: SQSEvent, ...bodies: readonly string[]) => ({
  batchItemFailures: event.Records.filter(({ body }) => bodies.includes(body)).map(({ messageId }) => ({
    itemIdentifier: messageId,
  })),
});

export const startStack = async (urgent: QueueNumbers = {}) => {
  const server = await startQueueServer();
  const queues = await createQueues(server.endpoint, { urgent: { visibilitySeconds: 30, ...urgent } });
  // One try: a poll that the closing server cuts off ends at once.
  const sqs = localSqs(server.endpoint, 1);
  const { url: QueueUrl } = queues.urgent;
  const mappings: Mapping[] = [];
  return {
    server,
    queues,
    sqs,
    async start(invoke: MappingOptions['invoke'], more: Partial<MappingOptions> = {}) {
      const numbers = { batchSize: 10, windowMs: 0, maximumConcurrency: 2, functionTimeoutMs: 5_000 };
      const mapping = await startMapping({
        sqs,
        queue: queues.urgent,
        ...numbers,
        beyondLimits: true,
        invoke,
        ...more,
      });
      mappings.push(mapping);
      return mapping;
    },
    async send(...bodies: readonly string[]) {
      for (let at = 0; at < bodies.length; at += 10) {
        const Entries = bodies.slice(at, at + 10).map((MessageBody, id) => ({ Id: String(id), MessageBody }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      }
    },
    /** Makes these messages visible at once, as the handler does by its backoff: no test waits for a visibility. */
    async showAgain(event: SQSEvent, ...bodies: readonly string[]) {
      for (const { receiptHandle: ReceiptHandle } of event.Records.filter(({ body }) => bodies.includes(body)))
        await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    },
    async received({ url }: Queue) {
      const ask = { QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
      return (await sqs.send(new ReceiveMessageCommand(ask))).Messages ?? [];
    },
    /** How many messages of the urgent queue wait for their visibility. */
    async hidden() {
      const ask = new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
      });
      return Number((await sqs.send(ask)).Attributes?.ApproximateNumberOfMessagesNotVisible);
    },
    async close() {
      await Promise.all([...mappings.map((mapping) => mapping.stop()), server.close()]);
      sqs.destroy();
    },
  };
};
export type Stack = Awaited<ReturnType<typeof startStack>>;
