/** The canary of the packaged template: what is sent, how often, and when its silence is an alarm. */
import { beforeAll, expect, it } from 'vitest';
import { parseEvent } from '../../events/canonical.ts';
import { unwrap } from '../../events/envelope.ts';
import { isCanary } from '../../lib/metrics/canary.ts';
import { CANARY_SOURCE } from '../../lib/model/sender.ts';
import { EVENT_MS, KEY_ID } from '../support/event-factory.ts';
import { canarySchedule, sentBy } from './canary-text.ts';
import { type PackagedService, packageOnce } from './packaged.ts';
import { resolveTemplate } from './resolve.ts';

const SQS = 'arn:aws:sqs:eu-west-1:123456789012:coreweave-revocation-dev';

let service: PackagedService;
beforeAll(async () => {
  service = await packageOnce();
}, 120_000);

const inputOf = (): string => canarySchedule(service.template, KEY_ID)?.Target.Input ?? '';

it('is not there without a test key', () => {
  const made = Object.keys(resolveTemplate(service.template).resources);
  expect(made.filter((id) => id.startsWith('Canary'))).toEqual([]);
});

it('is sent to the urgent queue hourly or daily by a role of its own, and to the DLQ if that fails', () => {
  expect(canarySchedule(service.template, KEY_ID)).toEqual({
    Name: 'coreweave-revocation-dev-canary',
    GroupName: 'the-ScheduleGroup',
    ScheduleExpression: 'rate(1 hour)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: `${SQS}-urgent`,
      RoleArn: 'arn:CanaryRole',
      Input: expect.any(String),
      DeadLetterConfig: { Arn: `${SQS}-dead-letters` },
      RetryPolicy: { MaximumEventAgeInSeconds: 900, MaximumRetryAttempts: 185 },
    },
  });
  expect(canarySchedule(service.template, KEY_ID, { CanaryEvery: '1 day' })?.ScheduleExpression).toBe('rate(1 day)');
  expect(service.template.Parameters.CanaryEvery).toMatchObject({ AllowedValues: ['1 hour', '1 day'] });
});

it('is a leak of the test key to our own parser, in the words that Scheduler puts in', () => {
  const read = unwrap(sentBy(inputOf(), EVENT_MS, 'd32c5kddcf5bb8c3'));
  const value = read.kind === 'parts' && read.parts[0]?.kind === 'value' ? read.parts[0].value : undefined;
  const parsed = parseEvent(value, EVENT_MS);
  expect(parsed).toEqual({
    kind: 'event',
    event: {
      specversion: '1.0',
      type: 'credential.compromised.v1',
      id: 'd32c5kddcf5bb8c3',
      source: CANARY_SOURCE,
      time: '2026-11-23T09:30:00Z',
      data: { accessKeyId: KEY_ID },
    },
  });
  expect(parsed.kind === 'event' && isCanary(parsed.event)).toBe(true);
});

it('has nothing else that Scheduler would replace', () => {
  expect(inputOf().match(/<[^>]*>/g)).toEqual(['<aws.scheduler.execution-id>', '<aws.scheduler.scheduled-time>']);
});

it.each([
  ['1 hour', 3],
  ['1 day', 26],
])('that is due each %s is missed after %i hours without one that came through', (CanaryEvery, hours) => {
  const { resources } = resolveTemplate(service.template, { CanaryKeyId: KEY_ID, CanaryEvery });
  expect(resources.CanarySilentAlarm?.Properties).toMatchObject({
    MetricName: 'CanaryProven',
    Statistic: 'Sum',
    Period: 3_600,
    EvaluationPeriods: hours,
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
    TreatMissingData: 'breaching',
  });
});

it.each(['cwabcdefghijklmn', 'CW', 'CWABCDEFGHIJKLMN"}'])('takes no %s for a key', (wrong) => {
  const pattern = (service.template.Parameters.CanaryKeyId as { AllowedPattern?: string }).AllowedPattern ?? '';
  expect([wrong, KEY_ID, ''].map((text) => new RegExp(`^(?:${pattern})$`).test(text))).toEqual([false, true, true]);
});
