/** What CloudWatch Logs hands over, and what it never would. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readLogDelivery } from '../../../../lib/io/lambda/log-delivery.ts';
import { logDelivery } from '../../../support/log-delivery.ts';

const packed = (bytes: string | Uint8Array) => ({ awslogs: { data: Buffer.from(bytes).toString('base64') } });
const zipped = (value: unknown) => packed(gzipSync(JSON.stringify(value)));
const SECRET = ['cwo', 'x'.repeat(40)].join('');

test('lines come out as they were written, in their order', () => {
  const lines = ['{"a":"\\u00e9"}', 'START RequestId: r-1', ''];
  expect(readLogDelivery(logDelivery(lines))).toEqual(lines);
});

test('a try whether the subscription gets through has no lines', () => {
  const message = 'CWL CONTROL MESSAGE: Checking health of destination Firehose.';
  expect(readLogDelivery(logDelivery([message], 'CONTROL_MESSAGE'))).toEqual([]);
});

test.for<readonly [string, unknown]>([
  ['nothing', undefined],
  ['an SQS event', { Records: [] }],
  ['data that is no text', { awslogs: { data: 1 } }],
  ['no gzip', packed(SECRET)],
  ['gzip that was cut', packed(gzipSync(SECRET.repeat(9)).subarray(0, 30))],
  ['no JSON', packed(gzipSync(SECRET))],
  ['another kind of message', zipped({ messageType: 'OTHER', logEvents: [] })],
  ['no events', zipped({ messageType: 'DATA_MESSAGE' })],
  ['an event without its text', zipped({ messageType: 'DATA_MESSAGE', logEvents: [{ id: '1' }] })],
  ['more than 64 MiB', packed(gzipSync(Buffer.alloc(64 * 1024 * 1024 + 1, ' ')))],
])('anything else is refused, and no word of it repeated: %s', ([, event]) => {
  const error = { name: 'LogDeliveryError', code: 'not-a-delivery' };
  expect(() => readLogDelivery(event)).toThrow(expect.objectContaining(error));
  expect(() => readLogDelivery(event)).toThrow(
    /^not-a-delivery: expected awslogs\.data, gzip in base64, as CloudWatch Logs sends it$/,
  );
});
