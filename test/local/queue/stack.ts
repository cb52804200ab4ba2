/** A queue server with the queues of the deployment and a client. */
import { type MessageAttributeValue, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { startQueueServer } from '../../../local/queue-server.ts';
import { createQueues, localSqs } from '../../../local/queues.ts';

export const text = (StringValue: string): MessageAttributeValue => ({ DataType: 'String', StringValue });

/** The name of the SDK's error, or `accepted`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: Error) => error.name,
  );

export const startQueues = async () => {
  const seen: string[] = [];
  const server = await startQueueServer({ onRequest: ({ action, queueName }) => seen.push(`${action} ${queueName}`) });
  const queues = await createQueues(server.endpoint);
  const sqs = localSqs(server.endpoint);
  const { url: QueueUrl } = queues.urgent;
  return {
    server,
    queues,
    sqs,
    /** Each request as `action queue`. */
    seen,
    send: (MessageBody: string, more: object = {}) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more })),
    receive: async (more: object = {}) =>
      (await sqs.send(new ReceiveMessageCommand({ QueueUrl, ...more }))).Messages ?? [],
    async close() {
      sqs.destroy();
      await server.close();
    },
  };
};
export type StartedQueues = Awaited<ReturnType<typeof startQueues>>;
