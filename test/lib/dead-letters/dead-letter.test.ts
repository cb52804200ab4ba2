import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import { type DeadLetter, rawText, serializeDeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import { openEnvelope } from '../../../lib/dead-letters/read.ts';
import { SECRETS } from '../../events/planted-secrets.ts';
import { EVENT_MS, keyLeak } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';

const parsed = (overrides: Record<string, unknown> = {}) => {
  const result = parseEvent(keyLeak(overrides), EVENT_MS);
  if (result.kind !== 'event') throw new Error(result.detail);
  return result.event;
};
const deadLetter = (overrides: Partial<DeadLetter> = {}): DeadLetter => ({
  reason: 'api-rejected',
  detail: 'a sentence',
  event: parsed({ id: 'alert 42%' }),
  lane: 'urgent',
  attempts: 3,
  firstSeen: '2026-11-23T09:30:00.000Z',
  lastSeen: '2026-11-23T09:31:00.000Z',
  lastStatus: 400,
  replays: 2,
  messageId: 'm-1',
  ...overrides,
});

describe('a sealed dead letter', () => {
  it('has the form of the contract', () => {
    const { body, attributes } = serializeDeadLetter(deadLetter());
    expect(JSON.parse(body)).toEqual({
      v: 1,
      reason: 'api-rejected',
      detail: 'a sentence',
      event: parsed({ id: 'alert 42%' }),
      lane: 'urgent',
      attempts: 3,
      firstSeen: '2026-11-23T09:30:00.000Z',
      lastSeen: '2026-11-23T09:31:00.000Z',
      lastStatus: 400,
      replays: 2,
      messageId: 'm-1',
      sender: '',
    });
    expect(attributes).toEqual({
      reason: 'api-rejected',
      lane: 'urgent',
      eventType: 'credential.compromised.v1',
      eventId: 'alert%2042%25',
      source: '//scanner.example/acme/app',
    });
  });

  it('has attributes that SQS takes, whatever its event is called', () => {
    expect(
      serializeDeadLetter(deadLetter({ event: { ...parsed(), id: 'a\nb/c', source: '' } })).attributes,
    ).toMatchObject({
      eventId: 'a%0Ab/c',
    });
  });

  it('leaves out the attributes of an event that there is not', () => {
    expect(serializeDeadLetter(deadLetter({ event: null })).attributes).toEqual({
      reason: 'api-rejected',
      lane: 'urgent',
    });
  });

  it('cuts a long attribute at 256 characters, never inside an escape', () => {
    const { attributes } = serializeDeadLetter(deadLetter({ event: parsed({ id: ' '.repeat(500) }) }));
    expect(attributes.eventId).toBe('%20'.repeat(85));
    const [two, whole] = ['aa', 'a'].map((start) => {
      const event = parsed({ id: `${start}${' '.repeat(400)}` });
      return serializeDeadLetter(deadLetter({ event })).attributes.eventId;
    });
    expect([two, whole]).toEqual([`aa${'%20'.repeat(84)}`, `a${'%20'.repeat(85)}`]);
    const plain = serializeDeadLetter(deadLetter({ event: parsed({ id: 'a'.repeat(300) }) })).attributes;
    expect(plain.eventId).toBe('a'.repeat(256));
  });

  it.each([
    ['control characters', '\u0001'.repeat(262_144)],
    ['astral characters', '😀'.repeat(65_536)],
    ['characters that SQS refuses', '\uffff'.repeat(65_536)],
    ['lone surrogates', '\ud800'.repeat(65_536)],
    ['quotes', '"'.repeat(262_144)],
  ])('can be sent whatever was received: %s', (_name, text) => {
    const raw = rawText(text, sha256);
    const { body } = serializeDeadLetter(deadLetter({ event: null, raw }));
    expect(/^[\x20-\x7e]*$/.test(body)).toBe(true);
    expect(body.length).toBeLessThan(70_000);
    expect(raw.truncated).toBe(true);
  });

  it('opens to what was sealed', () => {
    const raw = rawText('{"type":"of.tomorrow.v9"}', sha256);
    expect(openEnvelope(JSON.parse(serializeDeadLetter(deadLetter()).body))).toEqual({
      reason: 'api-rejected',
      event: deadLetter().event,
      firstSeen: '2026-11-23T09:30:00.000Z',
      replays: 2,
    });
    expect(openEnvelope(JSON.parse(serializeDeadLetter(deadLetter({ event: null, raw })).body))).toMatchObject({
      event: null,
      text: '{"type":"of.tomorrow.v9"}',
    });
  });
});

describe('what a dead letter keeps of a text', () => {
  it('is all of it up to 64 KiB, as JSON', () => {
    expect(rawText('x'.repeat(65_534), sha256)).toMatchObject({ text: 'x'.repeat(65_534), truncated: false });
    expect(rawText('x'.repeat(65_535), sha256)).toMatchObject({ text: 'x'.repeat(65_534), truncated: true });
  });

  it.each(Object.entries(SECRETS))('is without a %s', (_name, secret) => {
    const raw = rawText(`before ${secret} after`, sha256);
    expect(JSON.stringify(raw)).not.toContain(secret);
    const expected = raw.text ?? '';
    expect(raw).toMatchObject({ sha256: sha256(expected), size: expected.length, redacted: true, truncated: false });
    const sealed = JSON.parse(serializeDeadLetter(deadLetter({ event: null, raw })).body);
    expect(openEnvelope(sealed)).not.toHaveProperty('text');
  });

  it('tells nothing of what was cut out, not even by its hash or size', () => {
    const url = (password: string) => `before https://user:${password}@git.example after`;
    expect(rawText(url('hunter2'), sha256)).toStrictEqual(rawText(url('correct horse'.replace(' ', '-')), sha256));
  });

  it('is nothing when a secret is hidden in it', () => {
    const hidden = Buffer.from(`key=${SECRETS['key secret']}`).toString('base64');
    expect(rawText(hidden, sha256)).toEqual({
      sha256: sha256('[redacted]'),
      size: 10,
      redacted: true,
      truncated: false,
    });
  });
});

describe('opening', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['another version', { v: 2, reason: 'invalid', event: null }],
    ['an unknown reason', { v: 1, reason: 'because', event: null }],
    ['no event', { v: 1, reason: 'invalid' }],
    ['a canonical event', keyLeak()],
  ])('%s gives no dead letter', (_name, value) => expect(openEnvelope(value)).toBeUndefined());

  it('trusts neither times nor counts', () => {
    const hostile = {
      v: 1,
      reason: 'invalid',
      event: null,
      firstSeen: 'x'.repeat(99),
      replays: -1,
      raw: { text: 'x' },
    };
    expect(openEnvelope(hostile)).toEqual({ reason: 'invalid', event: null, firstSeen: '', replays: 0 });
  });

  it.each([
    { redacted: true, truncated: false },
    { redacted: false, truncated: true },
    { redacted: false },
    { truncated: false },
  ])('takes no text that is not known to be whole: %j', (marks) => {
    expect(openEnvelope({ v: 1, reason: 'invalid', event: null, raw: { text: 'x', ...marks } })).not.toHaveProperty(
      'text',
    );
  });

  it('takes a time and a text only from text', () => {
    const raw = { text: 7, redacted: false, truncated: false };
    expect(
      openEnvelope({ v: 1, reason: 'invalid', event: null, firstSeen: ['2026-11-23T09:30:00Z'], raw }),
    ).toStrictEqual({
      reason: 'invalid',
      event: null,
      firstSeen: '',
      replays: 0,
    });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => void openEnvelope(value)));
  });
});
