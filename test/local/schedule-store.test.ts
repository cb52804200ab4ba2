import { expect, it } from 'vitest';
import { create, DEAD_LETTERS, DUE, QUEUE, target, useStacks } from './scheduler-stack.ts';

const DAY_MS = 86_400_000;
const start = useStacks();

it('may fire at any second of its minute, as AWS may', async () => {
  const stack = await start();
  await create(stack, { ScheduleExpression: 'at(2026-11-30T17:00:59)' });
  expect([await stack.server.fireDue(DUE - 1), await stack.server.fireDue(DUE)]).toEqual([0, 1]);
});

it('keeps a fired schedule that does not ask to be deleted, and does not fire it again', async () => {
  const stack = await start();
  await create(stack, { ActionAfterCompletion: 'NONE' });
  expect([await stack.server.fireDue(DUE), await stack.server.fireDue(DUE)]).toEqual([1, 0]);
  expect([stack.server.names(), stack.sent.length]).toEqual([['offboarding-7'], 1]);
});

it('fires all that is due, each once, though two firings overlap', async () => {
  const stack = await start();
  await create(stack, { Name: 'first' });
  await create(stack, { Name: 'second' });
  await create(stack, { Name: 'later', ScheduleExpression: 'at(2026-11-30T17:01:00)' });
  const fired = await Promise.all([stack.server.fireDue(DUE), stack.server.fireDue(DUE)]);
  expect([fired, stack.sent.length, stack.server.names()]).toEqual([[2, 0], 2, ['later']]);
});

it('replaces the keywords of the service in an input, differently at each try', async () => {
  const sent: string[] = [];
  const stack = await start({
    deliver: async (_, body) => {
      sent.push(body);
      if (sent.length === 1) throw new Error('queue is full');
    },
  });
  await create(stack, { Target: target({ Input: '<aws.scheduler.attempt-number> <aws.scheduler.scheduled-time>' }) });
  expect([await stack.server.fireDue(DUE), await stack.server.fireDue(DUE)]).toEqual([0, 1]);
  expect(sent).toEqual(['1 2026-11-30T17:00:00Z', '2 2026-11-30T17:00:00Z']);
});

it.each([
  { policy: 'age', retry: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 }, last: DUE + DAY_MS },
  { policy: 'number of tries', retry: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 1 }, last: DUE + 1 },
])('gives up by $policy and hands the input to the dead-letter queue', async ({ retry, last }) => {
  const sent: string[] = [];
  const stack = await start({
    deliver: async (arn) => {
      sent.push(arn);
      if (arn === QUEUE) throw new Error('queue is gone');
    },
  });
  await create(stack, { Target: target({ RetryPolicy: retry }) });
  expect([await stack.server.fireDue(DUE), stack.server.names()]).toEqual([0, ['offboarding-7']]);
  expect([await stack.server.fireDue(last), stack.server.names()]).toEqual([0, []]);
  expect(sent).toEqual([QUEUE, QUEUE, DEAD_LETTERS]);
});
