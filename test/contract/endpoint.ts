/** The SQS that the contract is checked against: the embedded one, or whatever CONTRACT_ENDPOINT names. */
import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SdkOverrides } from '../../lib/io/aws/sdk.ts';
import { startQueueServer } from '../../local/queue-server.ts';

export interface Endpoint {
  readonly sqs: SQSClient;
  /** For adapters of the product. */
  readonly overrides: SdkOverrides;
  /** Makes a queue that `close` deletes. */
  queue(attributes?: Readonly<Record<string, string>>): Promise<ContractQueue>;
  close(): Promise<void>;
}

export interface ContractQueue {
  readonly url: string;
  readonly arn: string;
  /** Resolves with the message's id. */
  send(body: string, more?: Partial<SendMessageCommandInput>): Promise<string>;
  /** One long poll; all that it shows. */
  receive(more?: Partial<ReceiveMessageCommandInput>): Promise<readonly Message[]>;
  /** Polls until a message is there; rejects after about 20 s. */
  next(more?: Partial<ReceiveMessageCommandInput>): Promise<Received>;
}

/** A message with the fields that every message has. */
export type Received = Message & { readonly MessageId: string; readonly ReceiptHandle: string; readonly Body: string };

const MOST_POLLS = 10;
const POLL_S = 2;
const LOCAL = { accessKeyId: 'local', secretAccessKey: 'local' };
const REGION = process.env.AWS_REGION ?? 'us-east-1';

/** Credentials of the environment are for AWS; an emulator takes any. */
const credentials = (endpoint: string) =>
  new URL(endpoint).hostname.endsWith('.amazonaws.com') ? {} : { credentials: LOCAL };

const isReceived = (message: Message | undefined): message is Received =>
  message?.MessageId !== undefined && message.ReceiptHandle !== undefined && message.Body !== undefined;

const openQueue = (sqs: SQSClient, url: string, arn: string): ContractQueue => {
  const receive: ContractQueue['receive'] = async (more = {}) => {
    const request = { QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: POLL_S, ...more };
    return (await sqs.send(new ReceiveMessageCommand(request))).Messages ?? [];
  };
  return {
    url,
    arn,
    receive,
    send: async (body, more = {}) =>
      (await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...more }))).MessageId ?? '',
    async next(more) {
      for (let poll = 0; poll < MOST_POLLS; poll += 1) {
        const [message] = await receive({ ...more, MaxNumberOfMessages: 1 });
        if (isReceived(message)) return message;
      }
      throw new Error('no message became visible in time');
    },
  };
};

/** Connects, and starts the embedded server if no endpoint is named. */
export const openEndpoint = async (): Promise<Endpoint> => {
  const named = process.env.CONTRACT_ENDPOINT;
  const server = named === undefined ? await startQueueServer() : undefined;
  const endpoint = server?.endpoint ?? String(named);
  const overrides = { endpoint, region: REGION, ...credentials(endpoint) };
  const sqs = new SQSClient({ ...overrides, useQueueUrlAsEndpoint: false });
  const urls: string[] = [];
  return {
    sqs,
    overrides,
    async queue(attributes = {}) {
      const name = `contract-${randomUUID()}`;
      const { QueueUrl: url = '' } = await sqs.send(
        new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
      );
      urls.push(url);
      const asked = { QueueUrl: url, AttributeNames: ['QueueArn' as const] };
      const { Attributes: { QueueArn: arn = '' } = {} } = await sqs.send(new GetQueueAttributesCommand(asked));
      return openQueue(sqs, url, arn);
    },
    async close() {
      await Promise.all(urls.map((url) => sqs.send(new DeleteQueueCommand({ QueueUrl: url }))));
      sqs.destroy();
      await server?.close();
    },
  };
};

/** The name of the SDK's error, or `accepted`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: Error) => error.name,
  );
