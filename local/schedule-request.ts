/** What the stand-in for EventBridge Scheduler accepts as a CreateSchedule body: no more than the handler may send. */
import * as z from 'zod/mini';

const MAX_INPUT_BYTES = 262_144;
const AT = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/;
const MINUTE_MS = 60_000;

/** Names of schedules and groups (API reference, CreateSchedule). */
export const scheduleName = z.string().check(z.regex(/^[0-9a-zA-Z_.-]{1,64}$/));

const queueArn = z.string().check(z.regex(/^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}$/));
const roleArn = z.string().check(z.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/));

/**
 * The earliest time (epoch ms) at which AWS may fire an `at(…)` expression in UTC: the start of its minute (user guide:
 * 60 seconds of precision). Undefined: not a valid date.
 */
export const dueAt = (expression: string): number | undefined => {
  const time = Date.parse(`${AT.exec(expression)?.[1]}Z`);
  if (Number.isNaN(time) || !expression.includes(new Date(time).toISOString().slice(0, 19))) return undefined;
  return Math.floor(time / MINUTE_MS) * MINUTE_MS;
};

/**
 * Limits as in the API reference; fields that only other targets or recurring schedules have are refused as unknown.
 */
export const createRequest = z.strictObject({
  ScheduleExpression: z.string().check(z.refine((expression) => dueAt(expression) !== undefined)),
  ScheduleExpressionTimezone: z.optional(z.literal('UTC')),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
  GroupName: z._default(scheduleName, 'default'),
  ClientToken: z.string().check(z.regex(/^[a-zA-Z0-9-]{1,64}$/)),
  ActionAfterCompletion: z._default(z.enum(['NONE', 'DELETE']), 'NONE'),
  Target: z.strictObject({
    Arn: queueArn,
    RoleArn: roleArn,
    Input: z.string().check(z.refine((input) => input !== '' && Buffer.byteLength(input) <= MAX_INPUT_BYTES)),
    DeadLetterConfig: z.strictObject({ Arn: queueArn }),
    RetryPolicy: z.strictObject({
      MaximumEventAgeInSeconds: z.int().check(z.minimum(60), z.maximum(86_400)),
      MaximumRetryAttempts: z.int().check(z.minimum(0), z.maximum(185)),
    }),
  }),
});
export type CreateRequest = z.infer<typeof createRequest>;
