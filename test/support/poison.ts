/**
 * Bodies that hold no event, each with the reason that its dead letter gives. Whatever looks like a secret is put
 * together here.
 */
import { rawText, serializeDeadLetter } from '../../lib/dead-letters/dead-letter.ts';
import { keyLeak, offboarded } from './event-factory.ts';

const leak = keyLeak({ id: 'poison' });
const text = JSON.stringify(leak);
/** The leak with other context attributes, or with other data. */
const attributes = (change: object): string => JSON.stringify({ ...leak, ...change });
const data = (value: unknown): string => attributes({ data: value });
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
/** What must show nowhere. */
export const SECRET = `cwo${'x'.repeat(40)}`;
const envelope = (inner: unknown) => ({ 'detail-type': 'x', detail: inner });

const redacted = serializeDeadLetter({
  ...{ reason: 'invalid', detail: 'x', event: null, lane: 'urgent', attempts: 1, lastStatus: null, replays: 0 },
  ...{ firstSeen: '2026-11-01T00:00:00Z', lastSeen: '2026-11-01T00:00:00Z', messageId: 'm' },
  raw: rawText(attributes({ id: SECRET }), () => '0'.repeat(64)),
}).body;

export const POISON: readonly (readonly [name: string, body: string, reason: string])[] = [
  ['nothing', '', 'unreadable'],
  ['a space', ' ', 'unreadable'],
  ['a null byte', '\u0000', 'unreadable'],
  ['null bytes', '\u0000'.repeat(10_000), 'unreadable'],
  ['an event and a null byte', `${text}\u0000`, 'unreadable'],
  ['an event behind two byte order marks', `\ufeff\ufeff${text}`, 'unreadable'],
  ['an event that is cut off', text.slice(0, -1), 'unreadable'],
  ['two events in a row', text + text, 'unreadable'],
  ['a trailing comma', `${text.slice(0, -1)},}`, 'unreadable'],
  ['a comment', `/* x */${text}`, 'unreadable'],
  ['single quotes', text.replaceAll('"', "'"), 'unreadable'],
  ['NaN', '{"a":NaN}', 'unreadable'],
  ['XML', '<?xml version="1.0"?><event/>', 'unreadable'],
  ['base64', Buffer.from(text).toString('base64'), 'unreadable'],
  ['backslashes', '\\'.repeat(50_001), 'unreadable'],
  ['a lone surrogate', '\ud800', 'unreadable'],
  ['U+FFFF', '\uffff', 'unreadable'],
  ['a duplicate key', `{"id":"x",${text.slice(1)}`, 'unreadable'],
  ['a duplicate key in escapes', `{"\\u0069d":"x",${text.slice(1)}`, 'unreadable'],
  ['33 levels', deep(33), 'unreadable'],
  ['100,000 levels', deep(100_000), 'unreadable'],
  ['100,000 open brackets', '['.repeat(100_000), 'unreadable'],
  ['50,000 open objects', '{"a":'.repeat(50_000), 'unreadable'],
  ['a batch of nothing', '[]', 'unreadable'],
  ['four envelopes', JSON.stringify(envelope(envelope(envelope(envelope(leak))))), 'unreadable'],
  ['a notification without an event', JSON.stringify({ Type: 'Notification', Message: 'ALARM' }), 'unreadable'],
  ['a dead letter that was redacted', redacted, 'unreadable'],
  ['a megabyte', 'x'.repeat(1_048_576), 'oversize'],
  ['256 KiB and a byte', `"${'x'.repeat(262_143)}"`, 'oversize'],
  ['256 KiB in two-byte characters', `"${'é'.repeat(131_072)}"`, 'oversize'],
  ['1,001 events', JSON.stringify(Array(1_001).fill(0)), 'oversize'],
  ['null', 'null', 'invalid'],
  ['a boolean', 'true', 'invalid'],
  ['a number', '-0.1e400', 'invalid'],
  ['text', '"x"', 'invalid'],
  ['a lone surrogate in escapes', '"\\ud800"', 'invalid'],
  ['32 levels', `{"a":${deep(31)}}`, 'invalid'],
  ['an empty object', '{}', 'invalid'],
  ['a batch of null', '[null]', 'invalid'],
  ['an event as a prototype', `{"__proto__":${text}}`, 'invalid'],
  ['a prototype beside the key', data(JSON.parse(`{"accessKeyId":"CWABCDEFGHIJKLMN","__proto__":{"x":1}}`)), 'invalid'],
  ['a constructor beside the key', data({ accessKeyId: 'CWABCDEFGHIJKLMN', constructor: 'x' }), 'invalid'],
  ['data that is a list', data([]), 'invalid'],
  ['data that is null', data(null), 'invalid'],
  ['a list of keys', data({ accessKeyId: ['CWABCDEFGHIJKLMN'] }), 'invalid'],
  ['a key in lower case', data({ accessKeyId: 'cwabcdefghijklmn' }), 'invalid'],
  ['a key with a full-width character', data({ accessKeyId: 'CWＡBCDEFGHIJKLM' }), 'invalid'],
  ['a key with a zero-width space', data({ accessKeyId: 'CWABCDEFGHIJKLMN\u200b' }), 'invalid'],
  ['everyone', JSON.stringify(offboarded({ data: { principalName: 'saml/*' } })), 'invalid'],
  ['an id that is a number', attributes({ id: 12_345 }), 'invalid'],
  ['an id with a null byte', attributes({ id: 'a\u0000b' }), 'invalid'],
  ['an id with U+FFFF', attributes({ id: 'a\uffff' }), 'invalid'],
  ['an id without end', attributes({ id: 'x'.repeat(100_000) }), 'invalid'],
  ['no time', attributes({ time: undefined }), 'invalid'],
  ['tomorrow', JSON.stringify(offboarded({ time: '2026-11-24T09:30:00Z' })), 'invalid'],
  ['a type that we do not know', attributes({ type: 'com.example.other' }), 'unknown-type'],
  ['a version that we do not know', attributes({ type: 'credential.compromised.v2' }), 'unknown-version'],
  ['a secret for a key', data({ accessKeyId: SECRET }), 'secret-like-target'],
];
