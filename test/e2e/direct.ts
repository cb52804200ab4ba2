/** Invoking the built function directly, as Lambda would, without a mapping. Needs `npm run build`. */
import { fileURLToPath } from 'node:url';
import type { Queues } from '../../local/queues.ts';

export const bundle = fileURLToPath(new URL('../../dist/handlers/revoke.mjs', import.meta.url));

/** Variables for a function whose API nobody answers at, unless `env` says otherwise. */
export const variables = (
  sqs: string,
  queues: Queues,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  MODE: 'enforce',
  URGENT_QUEUE_URL: queues.urgent.url,
  BULK_QUEUE_URL: queues.bulk.url,
  DEAD_LETTER_QUEUE_URL: queues.deadLetters.url,
  LEDGER_TABLE: 'ledger',
  COREWEAVE_API_URL: 'http://127.0.0.1:9',
  COREWEAVE_API_TOKEN: 'local-token',
  AWS_ENDPOINT_URL_SQS: sqs,
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  ...env,
});

/** One SQS record as Lambda hands it over. */
export const recordOf = (messageId: string, body: string, eventSourceARN: string) => ({
  messageId,
  receiptHandle: `handle-${messageId}`,
  body,
  attributes: {
    ApproximateReceiveCount: '1',
    ApproximateFirstReceiveTimestamp: String(Date.now()),
    SentTimestamp: String(Date.now()),
    SenderId: 'AIDAEXAMPLE',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN,
  awsRegion: 'us-east-1',
});
