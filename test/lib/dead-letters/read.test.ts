import { describe, expect, it } from 'vitest';
import { rawText, serializeDeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import type { StoredDeadLetter } from '../../../lib/dead-letters/read.ts';
import { readDeadLetter } from '../../../lib/dead-letters/read.ts';
import { SECRETS } from '../../events/planted-secrets.ts';
import { check, EVENT_MS, keyLeak, offboarded, principalLeak } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { deadLetterOf } from '../../support/replay-stage.ts';

const SENT_MS = EVENT_MS + 60_000;
const open = (body: string, attributes: Readonly<Record<string, string>> = {}): StoredDeadLetter =>
  readDeadLetter({ messageId: 'dead-1', body, attributes, sentAt: SENT_MS }, SENT_MS + 1, sha256);
const raw = (text: string) => rawText(text, sha256);
/** A dead letter with some of its fields replaced by anything. */
const forged = (fields: Readonly<Record<string, unknown>>): StoredDeadLetter =>
  open(JSON.stringify({ ...JSON.parse(deadLetterOf().body), ...fields }));

describe('a dead letter of ours, opened', () => {
  it('is all that its body says', () => {
    const { body } = deadLetterOf(offboarded(), { lane: 'bulk', replays: 2, lastSeen: '2026-11-23T10:00:00Z' });
    expect(open(body)).toStrictEqual({
      messageId: 'dead-1',
      reason: 'api-rejected',
      detail: 'a sentence',
      event: offboarded(),
      about: { type: 'user.offboarded.v1', id: offboarded().id, source: '//scanner.example/acme/app' },
      lane: 'bulk',
      sentAt: SENT_MS,
      firstSeen: EVENT_MS,
      lastSeen: EVENT_MS + 1_800_000,
      attempts: 3,
      replays: 2,
      lastStatus: 400,
      resend: { kind: 'event', body: JSON.stringify(offboarded()) },
      sender: '',
      origin: 'm-1',
    });
  });

  it('about a follow-up check of 0.1 is our own, unless it says who sent the check, or that this is unknown', () => {
    const { sender: _, ...of01 } = JSON.parse(deadLetterOf(check(), { reason: 'retries-exhausted' }).body);
    const senderOf = (more: object) => open(JSON.stringify({ ...of01, ...more })).sender;
    expect(senderOf({})).toBe('own:revoke');
    expect(senderOf({ sender: 'AROAPARTNER' })).toBe('AROAPARTNER');
    expect([{ sender: '' }, { sender: 7 }, { reason: 'held-unknown-sender' }].map(senderOf)).toEqual(['', '', '']);
  });

  it('shows what its text calls itself, and sends the text as it was received', () => {
    const text = '{"type":"user.offboarded.v2", "id":"7","source":"//hr","é":"\u{1f511}"}';
    const deadLetter = open(deadLetterOf(null, { reason: 'unknown-version', raw: raw(text) }).body);
    expect(deadLetter).toMatchObject({
      event: null,
      about: { type: 'user.offboarded.v2', id: '7', source: '//hr' },
      raw: raw(text),
    });
    expect(deadLetter.resend).toEqual({ kind: 'text', body: text });
  });

  it.each([
    ['urgent', keyLeak(), undefined],
    ['bulk', keyLeak(), 'bulk'],
    ['urgent', offboarded(), 'urgent'],
    ['bulk', offboarded(), 'express'],
    ['urgent', null, 'urgent'],
    ['bulk', null, 'express'],
  ])('goes to the lane that it names, else to that of its event: %s', (lane, event, named) => {
    expect(forged({ event, lane: named }).lane).toBe(lane);
  });

  it('without the text that was received has nothing to send', () => {
    const told = { sha256: 'a', size: 3 };
    const kept = { ...told, redacted: false, truncated: false };
    const none = { kind: 'none', code: 'not-kept' };
    expect(forged({ event: null, raw: told })).toMatchObject({ raw: kept, resend: none });
    expect(forged({ event: null, raw: { ...kept, text: '' } })).toMatchObject({ resend: none });
  });

  it('with an event that only another version reads offers it to that', () => {
    const event: Record<string, unknown> = { ...keyLeak(), type: 'credential.compromised.v2' };
    expect(forged({ event })).toMatchObject({
      event: null,
      about: { type: event.type, id: event.id },
      resend: { kind: 'text', body: JSON.stringify(event) },
    });
  });

  it.each([
    ['redacted', raw(`{"secret":"${SECRETS['key secret']}"}`)],
    ['redacted', raw(Buffer.from(`{"secret":"${SECRETS['key secret']}"}`).toString('base64'))],
    ['truncated', raw('x'.repeat(70_000))],
  ] as const)('whose text is %s can not be sent again', (code, kept) => {
    expect(open(deadLetterOf(null, { raw: kept }).body).resend).toEqual({ kind: 'none', code });
  });

  it('takes nothing from its attributes', () => {
    const { body, attributes } = deadLetterOf();
    const lies = {
      ...attributes,
      reason: 'crashed',
      lane: 'bulk',
      replays: '4',
      firstSeen: '2020-01-01T00:00:00Z',
      eventId: 'x',
    };
    expect(open(body, lies)).toEqual(open(body));
  });
});

describe('a dead letter of a foreign writer', () => {
  const [secret = ''] = Object.values(SECRETS);

  it('may say anything: what is no number, time, lane or printable text is left out', () => {
    const nonsense = {
      lane: 'express',
      attempts: -1,
      firstSeen: 'soon',
      lastSeen: ['2026-11-23T09:30:00Z'],
      lastStatus: '400',
      replays: 1e308,
    };
    expect(forged({ ...nonsense, detail: '\u001b[2J', messageId: secret, raw: 'x' })).toMatchObject({
      lane: 'urgent',
      attempts: 0,
      firstSeen: SENT_MS,
      lastSeen: SENT_MS,
      lastStatus: null,
      replays: 0,
      detail: '',
      origin: '',
    });
  });

  it('is not shown in part: a sentence that moves the cursor is left out', () => {
    expect(forged({ detail: 'x\u001b[2J' }).detail).toBe('');
  });

  it('can not raise its count beyond what is read back', () => {
    expect(forged({ replays: Number.MAX_SAFE_INTEGER }).replays).toBe(999);
  });

  it('shows no secret, and does not send one on', () => {
    const text = `{"type":"t","id":"${secret}","source":"s"}`;
    const told = { sha256: secret, size: 1, text, redacted: false, truncated: false };
    const deadLetter = forged({ event: null, raw: told });
    expect(deadLetter.resend).toEqual({ kind: 'none', code: 'redacted' });
    expect(JSON.stringify(deadLetter)).not.toContain(secret);
  });

  it.each(['', 'null', '[]', '{', '"v"', '{"v":1,"reason":"held-stale"}', '{"v":2,"reason":"invalid","event":null}'])(
    'with %j in place of an envelope is a message that SQS moved',
    (body) => {
      expect(open(body)).toMatchObject({ reason: 'crashed', resend: { kind: 'text', body } });
    },
  );
});

describe('a message that SQS moved', () => {
  const body = JSON.stringify(principalLeak(), undefined, 2);

  it('returns event, original text, and only count and time of the attributes', () => {
    const firstSeen = '2026-11-20T00:00:00Z';
    expect(open(body, { replays: '3', firstSeen, reason: 'held-stale', replayId: 'x' })).toEqual({
      messageId: 'dead-1',
      reason: 'crashed',
      detail: 'moved by SQS after its last receipt',
      event: principalLeak(),
      about: { type: 'credential.compromised.v1', id: principalLeak().id, source: '//scanner.example/acme/app' },
      lane: 'bulk',
      sentAt: SENT_MS,
      firstSeen: Date.parse(firstSeen),
      lastSeen: SENT_MS,
      attempts: 0,
      replays: 3,
      lastStatus: null,
      raw: { sha256: sha256(body), size: body.length, text: body, redacted: false, truncated: false },
      resend: { kind: 'text', body },
      origin: 'dead-1',
    });
  });

  it.each([
    ['keys alone', [keyLeak({ id: 'a' }), keyLeak({ id: 'b' })], 'urgent'],
    ['a key and an offboarding', [keyLeak(), offboarded()], 'bulk'],
    ['a key beside something else', [keyLeak(), { no: 'event' }], 'urgent'],
  ])('that holds several events goes by all of them: %s', (_name, events, lane) => {
    expect(open(JSON.stringify(events))).toMatchObject({ event: null, about: { type: '', id: '', source: '' }, lane });
  });

  it.each([
    ['12', 12],
    ['x3', 0],
    ['3x', 0],
    ['', 0],
  ])('takes %j for a count of replays, or for none', (replays, count) => {
    expect(open(body, { replays }).replays).toBe(count);
  });

  it('tells what an event of another version calls itself; without an event its lane is bulk', () => {
    const about = { type: 'credential.compromised.v9', id: '7', source: '//hr' };
    expect(open(JSON.stringify(about))).toMatchObject({ about, event: null, lane: 'bulk' });
  });

  it('shows no secret, though its text is sent again whole', () => {
    const [secret = ''] = Object.values(SECRETS);
    const text = `{"accessKeyId":"x","secret":"${secret}"}`;
    const deadLetter = open(text);
    expect(deadLetter.resend).toEqual({ kind: 'text', body: text });
    expect(JSON.stringify({ ...deadLetter, resend: null })).not.toContain(secret);
    expect(deadLetter.raw).toMatchObject({ redacted: true });
  });

  it('may be our own dead letter, redriven in the console: its envelope is used', () => {
    const { body: deadLetter } = serializeDeadLetter({ ...JSON.parse(deadLetterOf().body), reason: 'unconfirmed' });
    expect(open(deadLetter, { replays: '9' })).toMatchObject({ reason: 'unconfirmed', replays: 0 });
  });
});
