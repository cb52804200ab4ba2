/** What `revoker doctor` asks of AWS: the queues and the ledger. */
import { AdapterError } from '../../lib/io/aws/sdk.ts';
import { ConfigError } from '../../lib/io/config/environment.ts';
import { counted } from '../../terminal/lines.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../failure.ts';
import { createQueueDesk, type QueueState } from '../io/queue-admin.ts';
import { configFor, ledgerOf } from '../services.ts';
import { type Check, failed, ok, warning } from './check.ts';

/** What the template deploys (serverless.yml): six times the function's time-out, and a net behind the retry horizon. */
const LANES = {
  urgent: { visibilityS: 180, maxReceiveCount: 400 },
  bulk: { visibilityS: 725, maxReceiveCount: 60 },
} as const;
const RETENTION_S = 14 * 86_400;

/** Takes the environment; resolves with a check of each queue. Never rejects for what AWS says. */
export async function queueChecks(env: Context['env']): Promise<readonly Check[]> {
  const urls = configured(() => configFor(env, 'lanes', 'deadLetters'));
  if (urls === undefined) return [failed('queues', 'their URLs are missing or wrong', 'mend the configuration first')];
  const desk = createQueueDesk();
  const state = (url: string): Promise<QueueState | AdapterError> =>
    desk.state(url).catch((error: unknown) => {
      if (error instanceof AdapterError) return error;
      throw error;
    });
  const [urgent, bulk, dead] = await Promise.all([
    state(urls.urgentQueueUrl),
    state(urls.bulkQueueUrl),
    state(urls.deadLetterQueueUrl),
  ]);
  const deadLetterArn = dead instanceof AdapterError ? undefined : dead.arn;
  return [
    ...laneChecks('urgent', urgent, deadLetterArn),
    ...laneChecks('bulk', bulk, deadLetterArn),
    ...(dead instanceof AdapterError
      ? [unreached('dead-letter queue', 'DEAD_LETTER_QUEUE_URL', dead)]
      : deadLetterChecks(dead)),
  ];
}

const unreached = (name: string, variable: string, { detail }: AdapterError): Check =>
  failed(
    name,
    `SQS says ${detail}`,
    `check ${variable} and AWS_REGION, and allow yourself sqs:GetQueueAttributes on it`,
  );

const contents = ({ visible, hidden, delayed }: QueueState): string =>
  `${visible} visible, ${hidden} hidden, ${delayed} delayed`;

function laneChecks(
  lane: keyof typeof LANES,
  state: QueueState | AdapterError,
  deadLetterArn: string | undefined,
): readonly Check[] {
  const name = `${lane} queue`;
  if (state instanceof AdapterError) return [unreached(name, `${lane.toUpperCase()}_QUEUE_URL`, state)];
  const { visibilityS, maxReceiveCount } = LANES[lane];
  const { redrive } = state;
  const wrong: readonly (Check | undefined)[] = [
    state.visibilityS < visibilityS
      ? warning(
          name,
          `visibility time-out is ${state.visibilityS} s`,
          `set it to ${visibilityS} s, six times the function's time-out`,
        )
      : undefined,
    redrive === undefined
      ? failed(
          name,
          'no redrive policy: a message that crashes the function comes back for ever',
          'set its dead-letter queue, as the template does',
        )
      : undefined,
    redrive !== undefined && deadLetterArn !== undefined && redrive.deadLetterArn !== deadLetterArn
      ? failed(name, 'its redrive goes to another queue than DEAD_LETTER_QUEUE_URL', 'let both name the same queue')
      : undefined,
    redrive !== undefined && redrive.maxReceiveCount < maxReceiveCount / 2
      ? warning(
          name,
          `maxReceiveCount is ${redrive.maxReceiveCount}`,
          `set it to ${maxReceiveCount}: SQS would move messages that still wait for their turn`,
        )
      : undefined,
  ];
  const found = wrong.filter((check) => check !== undefined);
  return found.length > 0 ? found : [ok(name, contents(state))];
}

function deadLetterChecks(state: QueueState): readonly Check[] {
  const name = 'dead-letter queue';
  const days = state.retentionS / 86_400;
  return [
    state.retentionS < RETENTION_S
      ? warning(
          name,
          `keeps messages for ${counted(Math.floor(days), 'day')}`,
          'set its retention to 14 days, the most that SQS has',
        )
      : ok(name, `${contents(state)}; kept for ${counted(Math.floor(days), 'day')}`),
    ...(state.visible > 0
      ? [warning('dead letters', `${counted(state.visible, 'letter')} waiting for a person`, '`revoker dlq list`')]
      : []),
  ];
}

/** Takes the environment; resolves with a check of the table: a row that is never there is read. */
export async function ledgerChecks(env: Context['env']): Promise<readonly Check[]> {
  const ledger = configured(() => ledgerOf(env));
  const name = 'ledger';
  if (ledger === undefined)
    return [failed(name, 'MODE or LEDGER_TABLE is missing or wrong', 'mend the configuration first')];
  try {
    await ledger.table.get('doctor#never-there');
    return [ok(name, `reachable${ledger.dryRun ? '; rows of the dry run' : ''}`)];
  } catch (error) {
    return [
      failed(
        name,
        failureOf(error).message,
        'check LEDGER_TABLE and AWS_REGION, and allow yourself dynamodb:GetItem on it',
      ),
    ];
  }
}

/** What the configuration gives, or undefined where it is wrong: that has a check of its own. */
function configured<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
