import { describe, expect, test } from 'vitest';
import { unwrap } from '../../events/envelope.ts';
import { MAX_TEXT_BYTES } from '../../events/json-text.ts';
import { MAX_PARTS } from '../../events/shapes.ts';
import { keyLeak, offboarded } from '../support/event-factory.ts';

const leak = keyLeak();
const offboarding = offboarded();

const sns = (message: unknown) => ({ Type: 'Notification', Message: JSON.stringify(message) });
const eventBridge = (detail: unknown) => ({ 'detail-type': 'leak', detail });
const value = (of: unknown) => ({ kind: 'value', value: of });
const parts = (...of: unknown[]) => ({ kind: 'parts', parts: of });
const unreadable = (detail: string) => ({ kind: 'refusal', reason: 'unreadable', detail });
const TOO_MANY_ENVELOPES = unreadable('expected at most 3 envelopes');
const EMPTY_BATCH = unreadable('expected a batch of at least one event');
const NOT_JSON = unreadable('expected JSON');

const unwrapped = (body: unknown) => unwrap(JSON.stringify(body));

describe('unwrap', () => {
  test.each([
    ['a bare event', leak, [leak]],
    ['SNS', sns(leak), [leak]],
    ['EventBridge', eventBridge(leak), [leak]],
    ['EventBridge by SNS', sns(eventBridge(leak)), [leak]],
    ['SNS by EventBridge', eventBridge(sns(leak)), [leak]],
    ['a batch', [leak, offboarding], [leak, offboarding]],
    ['a batch of one', [leak], [leak]],
    ['a batch by SNS', sns([leak, offboarding]), [leak, offboarding]],
    ['a batch of envelopes', [sns(eventBridge(leak)), eventBridge(offboarding), leak], [leak, offboarding, leak]],
    ['three envelopes', sns(sns(sns(leak))), [leak]],
  ])('finds the events in %s', (_name, body, expected) => {
    expect(unwrapped(body)).toStrictEqual(parts(...expected.map(value)));
  });

  test.each([
    ['a number', 5],
    ['null', null],
    ['an empty object', {}],
    ['SNS whose Message is no text', { Type: 'Notification', Message: leak }],
    ['Message without Type', { Message: '{}' }],
    ['detail without detail-type', { detail: leak }],
    ['detail-type without detail', { 'detail-type': 'leak' }],
    ['a log stream of Okta without detail', { source: 'aws.partner/okta.com/acme/log', 'detail-type': 'x' }],
    ['a Lambda event of SNS', { Records: [{ Sns: sns(leak) }] }],
  ])('leaves %s as it is, for the parser to judge', (_name, body) => {
    expect(unwrapped(body)).toStrictEqual(parts(value(body)));
  });

  test('requires and checks no other field of an envelope', () => {
    expect(unwrapped({ ...sns(leak), Type: null, TopicArn: 5, Signature: 'wrong' })).toStrictEqual(parts(value(leak)));
    expect(unwrapped({ ...eventBridge(leak), 'detail-type': 0, source: [], time: 'x' })).toStrictEqual(
      parts(value(leak)),
    );
  });

  test('takes detail for a log event of Okta only when the source begins as those of Okta do', () => {
    const detail = { ...leak, eventType: 'user.session.start' };
    const byBridge = (source: string) => unwrapped({ ...eventBridge(detail), source });
    expect(byBridge('aws.partner/okta.com/acme/log')).toStrictEqual({
      kind: 'refusal',
      reason: 'unknown-type',
      detail: 'a log event that we do not act on',
      ignored: true,
    });
    for (const source of ['acme/aws.partner/okta.com/', 'aws.partner/okta.com', '']) {
      expect(byBridge(source)).toStrictEqual(parts(value(detail)));
    }
  });

  test('takes whatever stands in detail for the event', () => {
    expect(unwrapped(eventBridge(null))).toStrictEqual(parts(value(null)));
  });

  test.each([
    ['no JSON', 'revoke it', NOT_JSON],
    ['SNS with no JSON', JSON.stringify({ Type: 'Notification', Message: 'revoke it' }), NOT_JSON],
    [
      'SNS with a key that stands twice',
      JSON.stringify({ Type: '', Message: '{"a":1,"a":2}' }),
      unreadable('expected each key of an object once'),
    ],
    [
      'SNS with a deep message',
      JSON.stringify({ Type: '', Message: '['.repeat(33) }),
      unreadable('expected at most 32 levels of nesting'),
    ],
    ['an empty batch', '[]', EMPTY_BATCH],
    ['an empty batch by SNS', JSON.stringify(sns([])), EMPTY_BATCH],
    ['four envelopes', JSON.stringify(sns(eventBridge(sns(eventBridge(leak))))), TOO_MANY_ENVELOPES],
    ['a batch in three envelopes', JSON.stringify(sns(sns(sns([leak])))), TOO_MANY_ENVELOPES],
    [
      'a text over the cap',
      ' '.repeat(MAX_TEXT_BYTES + 1),
      { kind: 'refusal', reason: 'oversize', detail: 'expected at most 262144 bytes' },
    ],
  ])('refuses %s', (_name, text, expected) => {
    expect(unwrap(text)).toStrictEqual(expected);
  });

  test('a refused part of a batch does not spoil its siblings', () => {
    const body = [leak, { Type: '', Message: 'gone' }, [], eventBridge(eventBridge(eventBridge(leak))), offboarding];
    expect(unwrapped(body)).toStrictEqual(
      parts(value(leak), NOT_JSON, EMPTY_BATCH, TOO_MANY_ENVELOPES, value(offboarding)),
    );
  });

  test('a refused part may be the first', () => {
    expect(unwrapped([[], leak])).toStrictEqual(parts(EMPTY_BATCH, value(leak)));
  });

  test('takes up to 1,000 parts, however they are spread', () => {
    const numbers = Array.from({ length: MAX_PARTS }, (_, at) => at);
    const oversize = { kind: 'refusal', reason: 'oversize', detail: 'expected at most 1000 events in one message' };
    expect(unwrapped(numbers)).toStrictEqual(parts(...numbers.map(value)));
    expect(unwrapped([...numbers, 0])).toStrictEqual(oversize);
    expect(unwrapped([sns(numbers), 0])).toStrictEqual(oversize);
  });
});
