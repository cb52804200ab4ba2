/**
 * A stub of the two SQS calls that the product makes: it passes on visibility changes and counts messages. (SQS API,
 * JSON 1.0)
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Listening, listenOnLoopback } from '../local/listen.ts';

export interface SqsStub extends Listening {
  /** Messages sent, by queue name. */
  readonly sent: ReadonlyMap<string, number>;
}

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle?: string;
  readonly VisibilityTimeout?: number;
  readonly MessageBody?: string;
}

const entriesIn = (body: unknown): readonly Entry[] =>
  typeof body === 'object' && body !== null && 'Entries' in body && Array.isArray(body.Entries) ? body.Entries : [];
const queueIn = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'QueueUrl' in body
    ? (String(body.QueueUrl).split('/').at(-1) ?? '')
    : '';

/** Listens on a free port. `hide` is called for each changed visibility. */
export async function startSqsStub(hide: (receiptHandle: string, seconds: number) => void): Promise<SqsStub> {
  const sent = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const body: unknown = await json(request).catch(() => undefined);
    const entries = entriesIn(body);
    if (String(request.headers['x-amz-target']).startsWith('AmazonSQS.SendMessage')) {
      sent.set(queueIn(body), (sent.get(queueIn(body)) ?? 0) + entries.length);
    } else {
      for (const { ReceiptHandle = '', VisibilityTimeout = 0 } of entries) hide(ReceiptHandle, VisibilityTimeout);
    }
    const Successful = entries.map(({ Id, MessageBody = '' }) => ({
      Id,
      MessageId: Id,
      // The SDK verifies it.
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }));
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ Successful, Failed: [] }));
  });
  return { ...(await listenOnLoopback(server)), sent };
}
