import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSchedules } from '../../../../lib/io/aws/scheduler.ts';
import { AdapterError } from '../../../../lib/runtime/adapter-error.ts';
import { startSchedulerServer } from '../../../../local/scheduler-server.ts';
import { ARNS, adapterOf, BODY, DUE, LOCAL, outcome, useSchedulers } from './schedule-backends.ts';

const { start } = useSchedulers();
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the EventBridge Scheduler adapter', () => {
  const noDelivery = async (): Promise<void> => {};

  it('asks for a one-time schedule that deletes itself, with its own dead-letter queue and retries', async () => {
    const server = await start(noDelivery);
    await adapterOf(server).create({ name: 'offboarding-7', at: DUE + 1, body: BODY });
    const { GetScheduleCommand, SchedulerClient } = await import('@aws-sdk/client-scheduler');
    const client = new SchedulerClient({ ...LOCAL, endpoint: server.endpoint });
    const { $metadata: _, ...stored } = await client.send(new GetScheduleCommand({ Name: 'offboarding-7' }));
    client.destroy();
    expect(stored).toEqual({
      Name: 'offboarding-7',
      Arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/offboarding-7',
      GroupName: 'default',
      State: 'ENABLED',
      ScheduleExpression: 'at(2026-11-30T17:01:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: ARNS.queueArn,
        RoleArn: ARNS.roleArn,
        Input: BODY,
        DeadLetterConfig: { Arn: ARNS.deadLetterArn },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
  });

  it('sends to the bulk queue', async () => {
    const deliver = vi.fn((_queueArn: string, _body: string) => noDelivery());
    const server = await start(deliver);
    await adapterOf(server).create({ name: 'offboarding-7', at: DUE, body: BODY });
    await server.fireDue(DUE);
    expect(deliver.mock.calls).toEqual([[ARNS.queueArn, BODY]]);
  });

  it('takes endpoint, region and credentials from the environment of the SDK', async () => {
    const server = await start(noDelivery);
    vi.stubEnv('AWS_ENDPOINT_URL_SCHEDULER', server.endpoint);
    vi.stubEnv('AWS_REGION', LOCAL.region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', LOCAL.credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', LOCAL.credentials.secretAccessKey);
    const schedules = createSchedules({ group: 'default', ...ARNS });
    expect(await schedules.create({ name: 'offboarding-7', at: DUE, body: BODY })).toBe('created');
    expect(server.names()).toEqual(['offboarding-7']);
  });

  it('does not meet its own schedule when the first answer was lost', async () => {
    const server = await start(noDelivery);
    server.fail('lost-answer');
    expect(await adapterOf(server).create({ name: 'offboarding-7', at: DUE, body: BODY })).toBe('created');
    expect(server.names()).toEqual(['offboarding-7']);
  });

  it('gets over one failure of the service', async () => {
    const server = await start(noDelivery);
    server.fail('server-error');
    expect(await adapterOf(server).create({ name: 'offboarding-7', at: DUE, body: BODY })).toBe('created');
  });

  it.each([
    { fault: 'throttle', name: 'ThrottlingException' },
    { fault: 'server-error', name: 'InternalServerException' },
  ] as const)('rejects with the name alone when the tries are used up by $fault', async ({ fault, name }) => {
    const server = await start(noDelivery);
    server.fail(fault, 2);
    const schedules = adapterOf(server, { overrides: { ...LOCAL, endpoint: server.endpoint, maxAttempts: 1 } });
    const calls = [schedules.create({ name: 'offboarding-7', at: DUE, body: BODY }), schedules.remove('offboarding-7')];
    expect(await Promise.all(calls.map(outcome))).toEqual([
      new AdapterError('schedules-unavailable', name),
      new AdapterError('schedules-unavailable', name),
    ]);
    expect(server.names()).toEqual([]);
  });

  it('keeps to its own group', async () => {
    const server = await startSchedulerServer({ deliver: noDelivery, groups: ['offboardings', 'others'] });
    onTestFinished(server.close);
    const [offboardings, others] = [
      adapterOf(server, { group: 'offboardings' }),
      adapterOf(server, { group: 'others' }),
    ];
    expect(await offboardings.create({ name: 'offboarding-7', at: DUE, body: BODY })).toBe('created');
    expect(await others.create({ name: 'offboarding-7', at: DUE, body: BODY })).toBe('created');
    expect([await others.remove('offboarding-7'), await others.remove('offboarding-7')]).toEqual(['removed', 'absent']);
    expect(await offboardings.remove('offboarding-7')).toBe('removed');
  });

  it('rejects a creation in a group that does not exist', async () => {
    const schedules = adapterOf(await start(noDelivery), { group: 'missing' });
    const failed = await outcome(schedules.create({ name: 'offboarding-7', at: DUE, body: BODY }));
    expect(failed).toEqual(new AdapterError('schedules-unavailable', 'ResourceNotFoundException'));
    expect(await schedules.remove('offboarding-7')).toBe('absent');
  });

  it('rejects within 3 seconds, and only with names, when nothing listens', async () => {
    const server = await startSchedulerServer({ deliver: noDelivery });
    await server.close();
    const started = performance.now();
    const failed = await outcome(adapterOf(server).create({ name: 'offboarding-7', at: DUE, body: BODY }));
    expect(failed).toEqual(new AdapterError('schedules-unavailable', 'ECONNREFUSED'));
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
