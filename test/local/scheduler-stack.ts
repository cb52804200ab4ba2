/** The stand-in for EventBridge Scheduler with the real SDK client before it. */
import { CreateScheduleCommand, type CreateScheduleCommandInput, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterEach, expect } from 'vitest';
import {
  type SchedulerServer,
  type SchedulerServerOptions,
  startSchedulerServer,
} from '../../local/scheduler-server.ts';

const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
export const DUE = Date.UTC(2026, 10, 30, 17, 0);
export const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:bulk';
export const DEAD_LETTERS = 'arn:aws:sqs:us-east-1:000000000000:dead-letters';

type Target = NonNullable<CreateScheduleCommandInput['Target']>;
export const target = (overrides: Partial<Target> = {}): Target => ({
  Arn: QUEUE,
  RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
  Input: '{"id":"offboarding-7"}',
  DeadLetterConfig: { Arn: DEAD_LETTERS },
  RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
  ...overrides,
});
const schedule = (overrides: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
  Name: 'offboarding-7',
  ScheduleExpression: 'at(2026-11-30T17:00:00)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  ActionAfterCompletion: 'DELETE',
  Target: target(),
  ...overrides,
});

export interface Stack {
  readonly server: SchedulerServer;
  readonly client: SchedulerClient;
  readonly sent: (readonly [string, string])[];
}
/** Lets the tests of a file start schedulers with a client each, closed after each test. */
export const useStacks = () => {
  const closers: (() => Promise<void> | void)[] = [];
  afterEach(() => Promise.all(closers.splice(0).map((close) => close())));

  return async (options: Partial<SchedulerServerOptions> = {}): Promise<Stack> => {
    const sent: (readonly [string, string])[] = [];
    const deliver = async (arn: string, body: string): Promise<void> => {
      sent.push([arn, body]);
    };
    const server = await startSchedulerServer({ deliver, ...options });
    const client = new SchedulerClient({ ...LOCAL, endpoint: server.endpoint, maxAttempts: 1 });
    closers.push(server.close, () => client.destroy());
    return { server, client, sent };
  };
};
export const create = ({ client }: Stack, overrides: Partial<CreateScheduleCommandInput> = {}): Promise<unknown> =>
  client.send(new CreateScheduleCommand(schedule(overrides)));
/** What a test compares of a rejection: the error's name and the metadata of its response. */
export const shape = async (call: Promise<unknown>): Promise<unknown> => {
  const error: unknown = await call.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  );
  return error instanceof Error && '$metadata' in error
    ? { name: error.name, ...(error.$metadata as { httpStatusCode: number }) }
    : error;
};
export const refusedAs = (name: string, httpStatusCode: number): unknown =>
  expect.objectContaining({ name, httpStatusCode });
