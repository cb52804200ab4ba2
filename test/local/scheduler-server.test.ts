import { type CreateScheduleCommandInput, DeleteScheduleCommand, GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { expect, it } from 'vitest';
import { create, DUE, refusedAs, shape, target, useStacks } from './scheduler-stack.ts';

const start = useStacks();

it.each<{ readonly fault: string; readonly overrides: Partial<CreateScheduleCommandInput> }>([
  { fault: 'a name outside the alphabet', overrides: { Name: 'offboarding 7' } },
  { fault: 'a name of 65 characters', overrides: { Name: 'x'.repeat(65) } },
  { fault: 'a date that does not exist', overrides: { ScheduleExpression: 'at(2026-02-30T17:00:00)' } },
  { fault: 'a time with a zone', overrides: { ScheduleExpression: 'at(2026-11-30T17:00:00Z)' } },
  { fault: 'a recurring schedule', overrides: { ScheduleExpression: 'rate(1 day)' } },
  { fault: 'another time zone', overrides: { ScheduleExpressionTimezone: 'Europe/Paris' } },
  { fault: 'a flexible window', overrides: { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } } },
  { fault: 'a start date', overrides: { StartDate: new Date(DUE) } },
  { fault: 'a role that is none', overrides: { Target: target({ RoleArn: 'arn:aws:iam::000000000000:user/a' }) } },
  {
    fault: 'a target that is no queue',
    overrides: { Target: target({ Arn: 'arn:aws:lambda:us-east-1:000000000000:f' }) },
  },
  {
    fault: 'a queue URL',
    overrides: { Target: target({ Arn: 'https://sqs.us-east-1.amazonaws.com/000000000000/bulk' }) },
  },
  { fault: 'no dead-letter queue', overrides: { Target: target({ DeadLetterConfig: undefined }) } },
  { fault: 'no retry policy', overrides: { Target: target({ RetryPolicy: undefined }) } },
  { fault: 'an empty input', overrides: { Target: target({ Input: '' }) } },
  { fault: 'an input over 256 KB', overrides: { Target: target({ Input: 'x'.repeat(262_145) }) } },
  { fault: 'parameters of another target', overrides: { Target: target({ SqsParameters: { MessageGroupId: 'a' } }) } },
])('refuses $fault', async ({ overrides }) => {
  const stack = await start();
  expect(await shape(create(stack, overrides))).toEqual(refusedAs('ValidationException', 400));
  expect(stack.server.names()).toEqual([]);
});

it('answers with typed errors for what is there, what is not, and groups that do not exist', async () => {
  const stack = await start({ groups: ['default', 'offboardings'] });
  await create(stack, { GroupName: 'offboardings' });
  expect(await shape(create(stack, { GroupName: 'offboardings' }))).toEqual(refusedAs('ConflictException', 409));
  expect(await shape(create(stack, { GroupName: 'others' }))).toEqual(refusedAs('ResourceNotFoundException', 404));
  const named = { Name: 'offboarding-7' };
  const get = stack.client.send(new GetScheduleCommand(named));
  expect(await shape(get)).toEqual(refusedAs('ResourceNotFoundException', 404));
  const remove = stack.client.send(new DeleteScheduleCommand(named));
  expect(await shape(remove)).toEqual(refusedAs('ResourceNotFoundException', 404));
  await stack.client.send(new DeleteScheduleCommand({ ...named, GroupName: 'offboardings' }));
  expect(stack.server.names()).toEqual([]);
});

it('refuses what is not signed for this service', async () => {
  const { server } = await start();
  const response = await fetch(`${server.endpoint}/schedules/offboarding-7`);
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([403, 'AccessDeniedException']);
});

it('knows three operations and no others', async () => {
  const { server } = await start();
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/scheduler/aws4_request' };
  const calls = [
    fetch(`${server.endpoint}/schedules/offboarding-7`, { method: 'PUT', headers }),
    fetch(`${server.endpoint}/schedules`, { headers }),
    fetch(`${server.endpoint}/schedules/%E0`, { headers }),
    fetch(`${server.endpoint}/schedules/offboarding-7`, { method: 'POST', headers, body: '{' }),
  ];
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([404, 404, 400, 400]);
});

it('takes the same client token as the same request', async () => {
  const stack = await start();
  await create(stack, { ClientToken: 'token-1' });
  expect(await shape(create(stack, { ClientToken: 'token-1' }))).toBe('no error');
  expect(await shape(create(stack, { ClientToken: 'token-2' }))).toEqual(refusedAs('ConflictException', 409));
});

it('meets planned faults in their order, then works', async () => {
  const stack = await start();
  stack.server.fail('throttle');
  stack.server.fail('server-error');
  expect(await shape(create(stack))).toEqual(refusedAs('ThrottlingException', 429));
  expect(await shape(create(stack))).toEqual(refusedAs('InternalServerException', 500));
  expect(stack.server.names()).toEqual([]);
  expect(await shape(create(stack))).toBe('no error');
});
