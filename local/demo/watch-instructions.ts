/** What `npm start -- --watch` prints at the end: queue URLs, commands that send an event, and operator commands. */
import { quoteForShell } from '../../lib/notify/replay-command.ts';
import type { Line } from '../../terminal/lines.ts';
import { formatTable } from '../../terminal/table.ts';
import { DRY_RUN_PRINCIPAL, keyId } from './organization.ts';
import type { DemoQueues } from './queue-client.ts';
import { ALERT_KEY, signedDelivery, type WebhookServers } from './webhooks.ts';

/** The embedded queue checks no credentials, but the `aws` command does not start without them. */
const ANY_CREDENTIALS = 'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local';

export interface WatchOptions {
  readonly queues: DemoQueues;
  readonly sqsEndpoint: string;
  readonly webhooks: Pick<WebhookServers, 'url' | 'secret'>;
  /** Path of a file with the variables of the CLI. */
  readonly envFile: string;
  /** Path of the file with the audit records so far, to which more are added. */
  readonly auditLog: string;
  /** Time of the event, epoch ms. */
  readonly now: number;
}

const QUEUE_NAMES = [
  ['urgent', 'urgent'],
  ['bulk', 'bulk'],
  ['dryRun', 'dry run'],
  ['deadLetters', 'dead letters'],
] as const;

/** Returns lines that hold commands for a POSIX shell. */
export function watchInstructions({ queues, sqsEndpoint, webhooks, ...rest }: WatchOptions): readonly Line[] {
  const { envFile, auditLog, now } = rest;
  const event = JSON.stringify({
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id: 'my-leak',
    source: '//my.example',
    time: new Date(now).toISOString(),
    data: { accessKeyId: keyId('BYSTANDER') },
  });
  const { url } = queues.urgent;
  const rows = QUEUE_NAMES.map(([queue, name]) => [name, queues[queue].url]);
  return [
    // A truncated URL cannot be used.
    ...formatTable({ header: ['queue', 'URL'], rows, rule: true, width: Number.POSITIVE_INFINITY }),
    [],
    [`Send an event of your own; this one reports the live key of ${DRY_RUN_PRINCIPAL} as leaked:`],
    [],
    [`curl -s ${sqsEndpoint} \\`],
    [`  -H 'content-type: application/x-amz-json-1.0' -H 'x-amz-target: AmazonSQS.SendMessage' \\`],
    [`  -d ${quoteForShell(JSON.stringify({ QueueUrl: url, MessageBody: event }))}`],
    [],
    [`${ANY_CREDENTIALS} \\`],
    [`  aws sqs send-message --region us-east-1 --endpoint-url ${sqsEndpoint} \\`],
    [`  --queue-url ${url} \\`],
    [`  --message-body ${quoteForShell(event)}`],
    [],
    [`Send a webhook as GitHub does; its alert is about ${ALERT_KEY}, and is closed once the key is revoked:`],
    [],
    ...signedDelivery(webhooks, now).map((line) => [line]),
    [],
    ['Operate the stack: paste the first line into another terminal, in this folder (docs/getting-started.md):'],
    [],
    ...operatorCommands({ envFile, auditLog }),
    [],
    ['The results are printed here. Press Ctrl-C to stop.'],
  ];
}

const operatorCommands = ({ envFile, auditLog }: Pick<WatchOptions, 'envFile' | 'auditLog'>): readonly Line[] => [
  [`revoker() { npm run -s revoker -- "$@" --env-file ${envFile}; }`],
  ['revoker dlq list --detail'],
  [`revoker revoke --principal ${DRY_RUN_PRINCIPAL} --wait`],
  [`revoker status ${keyId('BYSTANDER')}`],
  ['revoker drill held-limit'],
  [`revoker audit verify ${auditLog}`],
  [`revoker audit report ${auditLog} --out report.html`],
];
