/** Invoking the built function directly, as Lambda would, without a mapping. Needs `npm run build`. */
import type { Queues } from '../../local/queues.ts';
import { variablesFor, WITHOUT_KEY_LIMITS } from '../../local/variables.ts';
import { usualSenderId } from '../support/senders.ts';

export { BUNDLE as bundle } from '../../local/variables.ts';

const CLOSED_PORT = 'http://127.0.0.1:9';

/** Variables for a function whose API refuses connections, unless `env` overrides the URL. */
export const variables = (
  sqs: string,
  queues: Queues,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  ...variablesFor({ queues, api: { url: CLOSED_PORT, token: 'local-token' }, sqs, dynamodb: CLOSED_PORT }),
  LIMITS: WITHOUT_KEY_LIMITS,
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
    SenderId: usualSenderId(body, {}),
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN,
  awsRegion: 'us-east-1',
});
