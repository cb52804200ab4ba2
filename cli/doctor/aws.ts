/** The checks of `revoker doctor` against AWS: queues and ledger. */
import { ConfigError } from '../../lib/io/config/environment.ts';
import { QUEUE_SETTINGS } from '../../lib/model/queue-settings.ts';
import type { Lane } from '../../lib/model/settings.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';
import { pluralize } from '../../terminal/format.ts';
import { explainAwsError } from '../aws-failure.ts';
import type { Context } from '../context.ts';
import { createQueueAdmin, type QueueState } from '../io/queue-admin.ts';
import { openLedger, readConfigFor } from '../services.ts';
import { type Check, failed, ok, warning } from './check.ts';

const RETENTION_S = 14 * 86_400;

/** One or more checks per queue. An error of AWS is a failed check. */
export async function checkQueues(env: Context['env']): Promise<readonly Check[]> {
  const urls = ignoreConfigError(() => readConfigFor(env, 'lanes', 'deadLetters'));
  if (urls === undefined) return [failed('queues', 'their URLs are missing or wrong', 'fix the configuration first')];
  const queues = createQueueAdmin();
  const state = (url: string): Promise<QueueState | AdapterError> =>
    queues.state(url).catch((error: unknown) => {
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
    ...checkLane('urgent', urgent, { deadLetterArn, env }),
    ...checkLane('bulk', bulk, { deadLetterArn, env }),
    ...(dead instanceof AdapterError
      ? [toUnreachedCheck({ name: 'dead-letter queue', variable: 'DEAD_LETTER_QUEUE_URL', error: dead }, env)]
      : checkDeadLetterQueue(dead)),
  ];
}

interface UnreachedQueue {
  readonly name: string;
  readonly variable: string;
  readonly error: AdapterError;
}

function toUnreachedCheck({ name, variable, error }: UnreachedQueue, env: Context['env']): Check {
  const otherwise = `check ${variable} and AWS_REGION, and allow yourself sqs:GetQueueAttributes on it`;
  const { message, next } = explainAwsError(error.detail, { service: 'SQS', env, next: otherwise });
  return failed(name, message, next);
}

const formatCounts = ({ visible, hidden, delayed }: QueueState): string =>
  `${visible} visible, ${hidden} hidden, ${delayed} delayed`;

interface LaneFacts {
  readonly deadLetterArn: string | undefined;
  readonly env: Context['env'];
}

function checkLane(lane: Lane, state: QueueState | AdapterError, { deadLetterArn, env }: LaneFacts): readonly Check[] {
  const name = `${lane} queue`;
  if (state instanceof AdapterError)
    return [toUnreachedCheck({ name, variable: `${lane.toUpperCase()}_QUEUE_URL`, error: state }, env)];
  const { visibilityS, maxReceiveCount } = QUEUE_SETTINGS[lane];
  const { redrive } = state;
  const wrong: readonly (Check | undefined)[] = [
    state.visibilityS < visibilityS
      ? warning(
          name,
          `visibility timeout is ${state.visibilityS} s`,
          `set it to ${visibilityS} s, six times the timeout of the function`,
        )
      : undefined,
    redrive === undefined
      ? failed(
          name,
          'no redrive policy: a message that crashes the function is retried forever',
          'set the dead-letter queue, as in serverless.yml',
        )
      : undefined,
    redrive !== undefined && deadLetterArn !== undefined && redrive.deadLetterArn !== deadLetterArn
      ? failed(name, 'the redrive policy names another queue than DEAD_LETTER_QUEUE_URL', 'set both to the same queue')
      : undefined,
    redrive !== undefined && redrive.maxReceiveCount < maxReceiveCount / 2
      ? warning(
          name,
          `maxReceiveCount is ${redrive.maxReceiveCount}`,
          `set it to ${maxReceiveCount}: a lower value moves rate-limited messages to the dead-letter queue`,
        )
      : undefined,
  ];
  const found = wrong.filter((check) => check !== undefined);
  return found.length > 0 ? found : [ok(name, formatCounts(state))];
}

function checkDeadLetterQueue(state: QueueState): readonly Check[] {
  const name = 'dead-letter queue';
  const days = state.retentionS / 86_400;
  return [
    state.retentionS < RETENTION_S
      ? warning(
          name,
          `keeps messages for ${pluralize(Math.floor(days), 'day')}`,
          'set its retention to 14 days, the most that SQS has',
        )
      : ok(name, `${formatCounts(state)}; kept for ${pluralize(Math.floor(days), 'day')}`),
    ...checkDeadLetters(state),
  ];
}

/** Hidden ones too: another consumer has received them, and they reappear within minutes. */
function checkDeadLetters({ visible, hidden }: QueueState): readonly Check[] {
  const count = visible + hidden;
  if (count === 0) return [];
  const some = hidden > 0 ? `, ${hidden} of them hidden for some minutes` : '';
  return [warning('dead letters', `${pluralize(count, 'dead letter')} to decide about${some}`, '`revoker dlq list`')];
}

/** Reads a row that never exists. */
export async function checkLedger(env: Context['env']): Promise<readonly Check[]> {
  const ledger = ignoreConfigError(() => openLedger(env));
  const name = 'ledger';
  if (ledger === undefined)
    return [failed(name, 'MODE or LEDGER_TABLE is missing or wrong', 'fix the configuration first')];
  try {
    await ledger.table.get('doctor#never-there');
    return [ok(name, `reachable${ledger.dryRun ? '; rows of the dry run' : ''}`)];
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const next = 'check LEDGER_TABLE and AWS_REGION, and allow yourself dynamodb:GetItem on it';
    const explained = explainAwsError(error.detail, { service: 'DynamoDB', env, next });
    return [failed(name, explained.message, explained.next)];
  }
}

/** Undefined where the configuration is wrong: that has a check of its own. */
function ignoreConfigError<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
