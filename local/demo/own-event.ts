/** What `--watch` says in the end: where the queues are, how to send an event of one's own, how to work as an operator. */
import { BYSTANDER, keyId } from './organisation.ts';
import type { DemoQueues } from './post.ts';
import { type Paint, table } from './table.ts';

/** Any credentials will do: the embedded queue checks none, the command only wants some. */
const ANY_CREDENTIALS = 'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local';

export interface Place {
  readonly queues: DemoQueues;
  readonly sqsEndpoint: string;
  /** Path of a file with the variables of the command line. */
  readonly envFile: string;
  /** The event's time, epoch ms. */
  readonly now: number;
}

/** Takes where the queues are, and how to paint; returns lines, commands for a POSIX shell among them. */
export function invitation({ queues, sqsEndpoint, envFile, now }: Place, paint: Paint): readonly string[] {
  const event = JSON.stringify({
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id: 'my-event',
    source: '//my.example',
    time: new Date(now).toISOString(),
    data: { accessKeyId: keyId('BYSTANDER') },
  });
  const { url } = queues.urgent;
  const names = { urgent: 'urgent', bulk: 'bulk', dryRun: 'dry run', deadLetters: 'dead letters' } as const;
  const rows = (['urgent', 'bulk', 'dryRun', 'deadLetters'] as const).map((queue) => [names[queue], queues[queue].url]);
  return [
    // A URL that is cut is no use.
    ...table(['queue', 'URL'], rows, { paint, width: Infinity }),
    '',
    `Send an event of your own; this one reports the live key of ${BYSTANDER} as leaked:`,
    '',
    `curl -s ${sqsEndpoint} \\`,
    `  -H 'content-type: application/x-amz-json-1.0' -H 'x-amz-target: AmazonSQS.SendMessage' \\`,
    `  -d '${JSON.stringify({ QueueUrl: url, MessageBody: event })}'`,
    '',
    `${ANY_CREDENTIALS} \\`,
    `  aws sqs send-message --region us-east-1 --endpoint-url ${sqsEndpoint} \\`,
    `  --queue-url ${url} \\`,
    `  --message-body '${event}'`,
    '',
    'Work on it as an operator (npm run -s revoker -- --help):',
    '',
    `npm run -s revoker -- dlq list --detail --env-file ${envFile}`,
    `npm run -s revoker -- revoke --principal ${BYSTANDER} --wait --env-file ${envFile}`,
    '',
    'What comes of it is printed here. Ctrl-C ends it.',
  ];
}
