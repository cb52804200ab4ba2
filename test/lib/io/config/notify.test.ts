import { expect, test } from 'vitest';
import { readNotifyConfig } from '../../../../lib/io/config/read-others.ts';
import { problems, read } from './environment.ts';

const BUS = 'arn:aws:events:eu-central-1:000000000000:event-bus/acme/notices';
const EXPECTED = 'expected the ARN of an EventBridge bus';

const TOPIC = 'arn:aws:sns:eu-central-1:000000000000:notices';
const NOTHING_ELSE = { stack: undefined, runbook: 'RUNBOOK.md' };

test('notify needs its bus or its topic, and nothing else', () => {
  expect(readNotifyConfig({ NOTICE_BUS_ARN: BUS })).toEqual({ ...NOTHING_ELSE, busArn: BUS, topicArn: undefined });
  expect(readNotifyConfig({ NOTICE_TOPIC_ARN: TOPIC })).toEqual({
    ...NOTHING_ELSE,
    busArn: undefined,
    topicArn: TOPIC,
  });
  expect(() => readNotifyConfig({})).toThrow(`config-invalid: NOTICE_BUS_ARN: missing, ${EXPECTED}`);
  expect(() => readNotifyConfig({ NOTICE_TOPIC_ARN: `${TOPIC}.fifo` })).toThrow(/NOTICE_TOPIC_ARN: expected/);
});

test('commands and links need the stack, its region and the runbook', () => {
  const runbook = 'https://wiki.example/runbook';
  const env = { NOTICE_BUS_ARN: BUS, STACK_NAME: 'prod', AWS_REGION: 'eu-central-1', RUNBOOK_URL: runbook };
  expect(readNotifyConfig(env)).toMatchObject({ stack: { name: 'prod', region: 'eu-central-1' }, runbook });
});

test.for([
  'default',
  'arn:aws:sqs:eu-central-1:000000000000:notices',
  'arn:aws:events:eu-central-1:000000000000:rule/notices',
  `${BUS}\n`,
  `${BUS} `,
  `x${BUS}`,
  `arn:aws:events:eu-central-1:000000000000:event-bus/${'x'.repeat(257)}`,
])('a bus is told by its ARN: %s', (value) => {
  expect(() => readNotifyConfig({ NOTICE_BUS_ARN: value })).toThrow(`config-invalid: NOTICE_BUS_ARN: ${EXPECTED}`);
});

test('a wrong bus stops no revocation', () => {
  expect(problems({ NOTICE_BUS_ARN: 'default' })).toEqual([]);
  expect(read({ NOTICE_BUS_ARN: 'default' }).warnings).toContain(`NOTICE_BUS_ARN: ${EXPECTED}; notices cannot be sent`);
  expect(read({ NOTICE_BUS_ARN: BUS }).warnings).toEqual(read().warnings);
});
