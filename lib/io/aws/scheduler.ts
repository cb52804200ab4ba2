/**
 * One-time schedules in EventBridge Scheduler that put a message on the bulk queue. The SDK is loaded with the first
 * call.
 */
import type { CreateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import type { Schedules } from '../../ports.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { once } from '../deferred.ts';
import { createSdkClient, type SdkOverrides, sdkErrorName } from './sdk.ts';

export interface SchedulesOptions {
  /** The schedule group; it must exist. */
  readonly group: string;
  /** The role that EventBridge Scheduler takes to send to the two queues. */
  readonly roleArn: string;
  readonly queueArn: string;
  readonly deadLetterArn: string;
  readonly overrides?: SdkOverrides;
}

type OneTimeSchedule = Parameters<Schedules['create']>[0];

/** Scheduler API reference, CreateSchedule: Name. */
const NAME = /^[0-9a-zA-Z_.-]{1,64}$/;
/** "The maximum size of the Input field is 256 KB" (API reference, Target). */
const MAX_INPUT_BYTES = 262_144;
const MINUTE_MS = 60_000;
/** The last minute that `yyyy` can write. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59);
/** The defaults and maxima of the service: 24 h, after which the message goes to the dead-letter queue. */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

const connect = async (overrides: SdkOverrides) => {
  const { CreateScheduleCommand, DeleteScheduleCommand, SchedulerClient } = await import('@aws-sdk/client-scheduler');
  return {
    client: await createSdkClient((settings) => new SchedulerClient(settings), overrides),
    CreateScheduleCommand,
    DeleteScheduleCommand,
  };
};

const refused = (why: string) => new AdapterError('schedules-refused', why);

/** A schedule may fire at any second of its minute (user guide, "Schedule types"): rounding up, it is never early. */
const expressionOf = (at: number): string => {
  const due = Math.ceil(at / MINUTE_MS) * MINUTE_MS;
  if (!(due >= 0 && due <= LAST_MS)) throw refused('time out of range');
  return `at(${new Date(due).toISOString().slice(0, 19)})`;
};

/**
 * In the input the service replaces keywords like `<aws.scheduler.execution-id>` (user guide, "Adding context
 * attributes"): a sender's text could become another at each delivery. JSON has `<` in strings only, where it may be
 * escaped.
 */
const inputOf = (body: string): string => {
  const input = body.replaceAll('<', '\\u003c');
  if (input === '' || Buffer.byteLength(input) > MAX_INPUT_BYTES) throw refused('size of body');
  return input;
};

const checkName = (name: string): void => {
  if (!NAME.test(name)) throw refused('the name is not 1 to 64 of 0-9 a-z A-Z - _ .');
};

/** A request for a schedule that deletes itself. Throws AdapterError `schedules-refused` for what the API refuses. */
const createInput = (options: SchedulesOptions, { name, at, body }: OneTimeSchedule): CreateScheduleCommandInput => {
  checkName(name);
  return {
    Name: name,
    GroupName: options.group,
    ScheduleExpression: expressionOf(at),
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: options.queueArn,
      RoleArn: options.roleArn,
      Input: inputOf(body),
      DeadLetterConfig: { Arn: options.deadLetterArn },
      RetryPolicy: RETRY_POLICY,
    },
  };
};

/** The name of the error that a call rejects with, undefined when it resolves. */
const failureOf = async (call: Promise<unknown>): Promise<string | undefined> => {
  try {
    await call;
    return undefined;
  } catch (error) {
    return sdkErrorName(error);
  }
};

/**
 * `create`: `at` in epoch ms, rounded up to the minute; `body` is JSON text, delivered as equal JSON, at least once.
 * `exists` when the name is taken, whatever is stored under it; a request repeated by the SDK carries the same client
 * token and so does not meet itself. `remove`: `absent` when there is none of that name (nor of that group), also when
 * it has fired.
 *
 * Rejects with AdapterError `schedules-refused`, before any call, for a name outside the API's alphabet, an empty body
 * or one over 256 KB, a time outside 1970–9999; `schedules-unavailable` (naming the SDK's error) for all else.
 * (EventBridge Scheduler API reference, CreateSchedule, DeleteSchedule, Target)
 */
export const createSchedules = (options: SchedulesOptions): Schedules => {
  const connection = once(() => connect(options.overrides ?? {}));

  return {
    async create(schedule) {
      const input = createInput(options, schedule);
      const { client, CreateScheduleCommand } = await connection();
      const error = await failureOf(client.send(new CreateScheduleCommand(input)));
      if (error === undefined) return 'created';
      if (error === 'ConflictException') return 'exists';
      throw new AdapterError('schedules-unavailable', error);
    },
    async remove(name) {
      checkName(name);
      const { client, DeleteScheduleCommand } = await connection();
      const error = await failureOf(client.send(new DeleteScheduleCommand({ Name: name, GroupName: options.group })));
      if (error === undefined) return 'removed';
      if (error === 'ResourceNotFoundException') return 'absent';
      throw new AdapterError('schedules-unavailable', error);
    },
  };
};

/**
 * For a deployment whose configuration cannot schedule (its warnings say why): a future-dated offboarding comes back
 * until it can.
 */
export const noSchedules: Schedules = {
  create: () => Promise.reject(refused('scheduling is not configured')),
  remove: () => Promise.reject(refused('scheduling is not configured')),
};
