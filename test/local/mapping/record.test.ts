import { expect, test } from 'vitest';
import { sqsRecord } from '../../../local/mapping/record.ts';

const message = {
  MessageId: 'id-1',
  ReceiptHandle: 'handle-1',
  Body: 'hello',
  MD5OfBody: '5d41402abc4b2a76b9719d911017c592',
  Attributes: {
    SenderId: '000000000000',
    SentTimestamp: '1545082649183',
    ApproximateReceiveCount: '2',
    ApproximateFirstReceiveTimestamp: '1545082649185',
  },
};
const ARN = 'arn:aws:sqs:us-east-2:123456789012:my-queue';

test('a message without attributes becomes the record that Lambda sends', () => {
  expect(sqsRecord(message, ARN)).toEqual({
    messageId: 'id-1',
    receiptHandle: 'handle-1',
    body: 'hello',
    attributes: {
      ApproximateReceiveCount: '2',
      SentTimestamp: '1545082649183',
      SenderId: '000000000000',
      ApproximateFirstReceiveTimestamp: '1545082649185',
    },
    messageAttributes: {},
    md5OfBody: '5d41402abc4b2a76b9719d911017c592',
    eventSource: 'aws:sqs',
    eventSourceARN: ARN,
    awsRegion: 'us-east-2',
  });
});

test('message attributes have the format of Lambda, with binary values in base64', () => {
  const record = sqsRecord(
    {
      ...message,
      MD5OfMessageAttributes: 'd2b4de10feb536fb1a68298c662b78ce',
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: 'invalid' },
        count: { DataType: 'Number', StringValue: '3' },
        hash: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
      },
    },
    ARN,
  );
  const lists = { stringListValues: [], binaryListValues: [] };
  expect(record.md5OfMessageAttributes).toBe('d2b4de10feb536fb1a68298c662b78ce');
  expect(record.messageAttributes).toEqual({
    reason: { stringValue: 'invalid', ...lists, dataType: 'String' },
    count: { stringValue: '3', ...lists, dataType: 'Number' },
    hash: { binaryValue: 'AQI=', ...lists, dataType: 'Binary' },
  });
});
