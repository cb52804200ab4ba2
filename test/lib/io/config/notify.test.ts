import { expect, test } from 'vitest';
import { readNotifyConfig } from '../../../../lib/io/config/read-others.ts';
import { problems, read } from './environment.ts';

const BUS = 'arn:aws:events:eu-central-1:000000000000:event-bus/acme/notices';
const EXPECTED = 'expected the ARN of an EventBridge bus';

test('notify needs its bus and nothing else', () => {
  expect(readNotifyConfig({ NOTICE_BUS_ARN: BUS })).toEqual({ busArn: BUS });
  expect(() => readNotifyConfig({})).toThrow(`config-invalid: NOTICE_BUS_ARN: missing, ${EXPECTED}`);
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
