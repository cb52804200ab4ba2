/** A stub of the two batch calls of SQS on localhost, and its queues. */
import { createHash } from 'node:crypto';
import type { SdkOverrides } from '../../lib/io/aws/sdk.ts';
import { createQueues } from '../../lib/io/sqs/queues.ts';
import { type Answer, json, loopback, type Seen } from './loopback.ts';

/** As they are in production: their host is not where the client of a test may go. */
export const URLS = {
  urgent: 'https://sqs.eu-central-1.amazonaws.com/000000000000/urgent',
  bulk: 'https://sqs.eu-central-1.amazonaws.com/000000000000/bulk',
  deadLetters: 'https://sqs.eu-central-1.amazonaws.com/000000000000/dead-letters',
};
export const PLANTED = `cwo${'x'.repeat(40)}`;
export const CREDENTIALS = { accessKeyId: 'AKIDTEST', secretAccessKey: 'x'.repeat(40) };

interface SqsEntry {
  readonly Id: string;
  readonly MessageBody?: string;
  readonly ReceiptHandle?: string;
}
interface SqsCall {
  readonly QueueUrl: string;
  readonly Entries: readonly SqsEntry[];
}
export const callOf = (seen: Seen): SqsCall => JSON.parse(seen.body);
export const operationOf = (seen: Seen): string => String(seen.headers['x-amz-target']).replace('AmazonSQS.', '');

/** Accepts what `refusal` has no code for. A code of `silent` leaves the entry out of the answer. */
export const sqs =
  (refusal: (entry: SqsEntry) => string | undefined = () => undefined): Answer =>
  (response, seen, request) => {
    const entries = callOf(seen).Entries.map((entry) => ({ entry, code: refusal(entry) }));
    const Successful = entries.flatMap(({ entry: { Id, MessageBody }, code }) => {
      if (code !== undefined) return [];
      if (MessageBody === undefined) return [{ Id }];
      return [{ Id, MessageId: `m-${Id}`, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') }];
    });
    const Failed = entries.flatMap(({ entry: { Id, MessageBody }, code }) =>
      code === undefined || code === 'silent' ? [] : [{ Id, Code: code, SenderFault: true, Message: MessageBody }],
    );
    json(200, { Successful, Failed })(response, seen, request);
  };

export const against = async (answer: Answer, overrides: SdkOverrides = {}) => {
  const server = await loopback(answer);
  const sdk = { endpoint: server.url.origin, region: 'eu-central-1', credentials: CREDENTIALS, ...overrides };
  return { server, ...createQueues({ urls: URLS, overrides: sdk }) };
};
