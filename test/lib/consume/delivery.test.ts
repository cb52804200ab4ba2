import { describe, expect, it } from 'vitest';
import { BatchError, queueKey, recordsOf } from '../../../lib/consume/delivery.ts';
import { SECRETS } from '../../events/planted-secrets.ts';
import { deliveryIn } from '../../support/delivery-in.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { LANES, sqsRecord } from '../../support/record-factory.ts';
import { ROLE_IDS, UNBOUND } from '../../support/senders.ts';

const codeOf = (event: unknown): unknown => {
  try {
    return recordsOf(event);
  } catch (error) {
    return error instanceof BatchError ? error.code : error;
  }
};
const changed = (change: object) => ({ ...sqsRecord(0, 'x'), ...change });

describe('what Lambda hands over', () => {
  it('is a list of records, which may be empty', () => {
    const records = [sqsRecord(0, 'a'), sqsRecord(1, '')];
    expect(recordsOf({ Records: records })).toEqual(records);
    expect(recordsOf({ Records: [] })).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'Records'],
    ['an object without Records', {}],
    ['Records of null', { Records: null }],
    ['Records that are no list', { Records: { 0: sqsRecord(0, 'x'), length: 1 } }],
    ['an API Gateway event', { version: '2.0', body: '{}', requestContext: {} }],
    ['an SNS event', { Records: [{ EventSource: 'aws:sns', Sns: { Message: '{}' } }] }],
    ['a record of another service', { Records: [changed({ eventSource: 'aws:kinesis' })] }],
    ['a record without an id', { Records: [changed({ messageId: undefined })] }],
    ['a record with an empty id', { Records: [sqsRecord(1, 'good'), changed({ messageId: '' })] }],
    ['a record without a receipt handle', { Records: [changed({ receiptHandle: '' })] }],
    ['a record without a queue', { Records: [changed({ eventSourceARN: undefined })] }],
    ['a record without a body', { Records: [changed({ body: null })] }],
    ['a record without attributes', { Records: [changed({ attributes: null })] }],
    ['a record that is null', { Records: [null] }],
    ['a record that is text', { Records: ['x'] }],
    ['a record with a list for attributes', { Records: [changed({ attributes: [] })] }],
  ])('is refused before any record is touched when it is %s', (_name, event) => {
    expect(codeOf(event)).toBe('not-sqs');
  });

  it('fails the whole batch by a name and a code', () => {
    const error = { name: 'BatchError', code: 'not-sqs', message: 'not-sqs: expected an event with a list of Records' };
    expect(() => recordsOf({})).toThrow(expect.objectContaining(error));
  });

  it('names what it expected, and nothing of what came', () => {
    expect(() => recordsOf({ Records: [changed({ body: 7, messageId: 'private' })] })).toThrow(
      'not-sqs: expected each record to come from aws:sqs, with messageId, receiptHandle and body',
    );
  });
});

const OPERATOR = { name: 'on-call', senderId: 'AROAOPS', sources: [''], authority: 'operator' };
const BOUND = { ...UNBOUND, bindings: [OPERATOR] };
const FACTS = { lanes: LANES, senders: UNBOUND, sha256 };

describe('a delivery', () => {
  it('tells nothing of a secret in its body, not even by hash or size', () => {
    const [short, long] = ['hunter2', 'correct-horse'].map((password) =>
      deliveryIn(sqsRecord(0, `{"url":"https://user:${password}@git.example"}`), FACTS),
    );
    expect([short?.sha256, short?.size]).toEqual([long?.sha256, long?.size]);
    const withheld = deliveryIn(sqsRecord(0, Buffer.from(SECRETS['key secret'] ?? '').toString('base64')), FACTS);
    expect([withheld?.sha256, withheld?.size]).toEqual([sha256('[redacted]'), 10]);
  });

  it('is what SQS says of a message, with hash and size of its body in bytes', () => {
    const record = sqsRecord(3, '{"é":"😀"}', {
      lane: 'bulk',
      receiveCount: 7,
      senderId: `${ROLE_IDS.replay}:replay`,
      attributes: {
        replays: '2',
        firstSeen: '2026-11-01T00:00:00Z',
        sender: 'AROAHR',
        approvals: 'approval#a approval#b',
      },
    });
    expect(deliveryIn(record, { lanes: LANES, senders: UNBOUND, sha256 })).toEqual({
      messageId: 'm3',
      receiptHandle: 'handle-3',
      body: '{"é":"😀"}',
      sha256: sha256('{"é":"😀"}'),
      size: 13,
      lane: 'bulk',
      receiveCount: 7,
      sentAt: EVENT_MS - 900_000,
      firstReceived: EVENT_MS,
      senderId: `${ROLE_IDS.replay}:replay`,
      role: 'replay',
      sentFor: 'AROAHR',
      replays: 2,
      firstSeen: '2026-11-01T00:00:00Z',
      approvalKeys: ['approval#a', 'approval#b'],
    });
  });

  it.each([
    ['a stranger', 'AROASTRANGER:s', UNBOUND],
    ['an operator', 'AROAOPS:ann', BOUND],
    ['an operator who imitates the session of a replay', 'AROAOPS:replay', BOUND],
  ])('with the attributes of a replay is not believed if it is from %s', (_who, senderId, senders) => {
    const attributes = {
      replayId: 'r',
      replays: '2',
      firstSeen: '2026-11-01T00:00:00Z',
      sender: 'https:okta',
      approvals: 'approval#a',
    };
    expect(deliveryIn(sqsRecord(0, 'x', { senderId, attributes }), { lanes: LANES, senders, sha256 })).toMatchObject({
      role: undefined,
      sentFor: '',
      replays: 0,
      firstSeen: '',
      approvalKeys: [],
    });
  });

  it.each([
    ['another queue', 'arn:aws:sqs:us-east-1:123456789012:other'],
    ['a queue of another account', 'arn:aws:sqs:us-east-1:999999999999:urgent'],
    ['something that is no ARN', 'urgent'],
    ['the name of a property of every object', 'arn:aws:sqs:us-east-1:123456789012:constructor'],
  ])('of %s is none', (_name, eventSourceARN) => {
    expect(deliveryIn(changed({ eventSourceARN }), { lanes: LANES, senders: UNBOUND, sha256 })).toBeUndefined();
  });

  it.each([undefined, '', '-1', '1.5', '0x10', '1e3', ' 3', 'many', '9'.repeat(16)])(
    'with a receive count of %s counts as the first',
    (ApproximateReceiveCount) => {
      const record = changed({ attributes: { ApproximateReceiveCount } });
      expect(deliveryIn(record, { lanes: LANES, senders: UNBOUND, sha256 })).toMatchObject({
        receiveCount: 1,
        firstReceived: Number.POSITIVE_INFINITY,
        senderId: '',
      });
    },
  );

  it.each([
    ['0', 0],
    ['-3', 0],
    ['1.5', 0],
    ['', 0],
    ['NaN', 0],
    ['0x10', 0],
    ['1e3', 0],
    [' 4', 0],
    ['99999999999999999999', 0],
    ['4', 4],
  ])('with replays of %j counts %i replays', (replays, expected) => {
    const record = sqsRecord(0, 'x', { attributes: { replays, firstSeen: 'yesterday' } });
    expect(deliveryIn(record, { lanes: LANES, senders: UNBOUND, sha256 })).toMatchObject({
      replays: expected,
      firstSeen: '',
    });
  });

  it.each([
    ['no message attributes', { messageAttributes: undefined }],
    ['null for message attributes', { messageAttributes: null }],
    [
      'attributes without text',
      { messageAttributes: { replays: { dataType: 'Binary' }, firstSeen: { stringValue: null } } },
    ],
    ['attributes of null', { messageAttributes: { replays: null, firstSeen: null } }],
  ])('with %s is one all the same', (_name, change) => {
    expect(deliveryIn(changed(change), { lanes: LANES, senders: UNBOUND, sha256 })).toMatchObject({
      replays: 0,
      firstSeen: '',
    });
  });

  it('is told by the end of its queue, as a URL names it', () => {
    expect(queueKey('https://sqs.us-east-1.amazonaws.com/123456789012/urgent')).toBe('123456789012:urgent');
    expect(queueKey('http://127.0.0.1:4566/123456789012/urgent')).toBe('123456789012:urgent');
  });
});
