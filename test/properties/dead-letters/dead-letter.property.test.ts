/** Dead letters, for any event and any received text: they can be sent, and open to what was sealed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import { type DeadLetter, rawText, serializeDeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import { openEnvelope } from '../../../lib/dead-letters/read.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import { FAILURE_REASONS, HOLD_REASONS } from '../../../lib/model/reasons.ts';
import { EVENT_MS, keyLeak, offboarded, PRINCIPAL, principalLeak } from '../../support/event-factory.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>) =>
  fc.assert(property, { numRuns: 120, seed: 20261123 });

/** What SQS takes, by the older and smaller of its bounds. */
const MOST_BYTES = 262_144;
const ATTRIBUTE_TYPE = 'String';

const printable = fc
  .array(fc.constantFrom(' ', '%', '/', 'a', 'Z', '0', '~', '!', '"', '\\', '&'), {
    minLength: 1,
    maxLength: 512,
    size: 'max',
  })
  .map((units) => units.join(''));
const anyScript = fc.oneof(
  fc.constantFrom('é'.repeat(512), '😀'.repeat(512), 'a'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 }),
);

const claims = fc.oneof(
  fc.constantFrom('\uffff'.repeat(512), '"'.repeat(512)),
  fc.string({ maxLength: 200, unit: 'binary' }),
);

const evidence = fc.record({
  detector: claims,
  url: claims,
  receivedVia: claims,
  verifiedBy: claims,
  sourceEventId: claims,
  fingerprint: claims,
});

const proposals = fc
  .record({ id: printable, source: printable, evidence, name: anyScript, kind: fc.nat(3) })
  .map(({ id, source, name, kind, ...more }) => {
    const overrides = { id, source };
    if (kind === 0) return keyLeak({ ...overrides, data: { accessKeyId: 'CWABCDEFGHIJKLMN', ...more } });
    if (kind === 1)
      return principalLeak({ ...overrides, data: { principalName: PRINCIPAL, scope: 'principal', ...more } });
    return offboarded({ ...overrides, data: { identity: { login: name }, ...more } });
  });
const events = proposals
  .map((value) => parseEvent(value, EVENT_MS))
  .filter((parsed) => parsed.kind === 'event')
  .map(({ event }) => event);

const units = fc.constantFrom(
  'a',
  '"',
  '\\',
  '\u0001',
  '\u007f',
  '\u2028',
  '\uffff',
  '\ud800',
  '\udc00',
  '😀',
  '\n',
  ' ',
);

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .tuple(units, fc.integer({ min: 1, max: 70_000 }), fc.string({ maxLength: 20 }))
    .map(([unit, count, end]) => unit.repeat(count) + end),
);

const sha256 = () => 'a'.repeat(64);
const deadLetters: fc.Arbitrary<DeadLetter> = fc
  .record({
    reason: fc.constantFrom(...FAILURE_REASONS, ...HOLD_REASONS),
    detail: fc.string({ maxLength: 200 }),
    content: fc.oneof(
      events.map((event) => ({ event })),
      texts.map((text) => ({ event: null, raw: rawText(text, sha256) })),
    ),
    lane: fc.constantFrom('urgent' as const, 'bulk' as const),
    attempts: fc.nat(),
    lastStatus: fc.option(fc.integer({ min: 100, max: 599 }), { nil: null }),
    replays: fc.nat(),
  })
  .map(({ content, ...deadLetter }) => ({
    ...deadLetter,
    ...content,
    firstSeen: '2026-11-23T09:30:00.000Z',
    lastSeen: '2026-11-23T09:31:00.000Z',
    messageId: 'm-1',
  }));

describe('a sealed dead letter', () => {
  it('is of a size and of characters that SQS takes', () =>
    run(
      fc.property(deadLetters, (deadLetter) => {
        const { body, attributes } = serializeDeadLetter(deadLetter);
        expect(/^[\x20-\x7e]+$/.test(body)).toBe(true);
        const entries = Object.entries(attributes);
        const extra = entries.reduce(
          (sum, [name, value]) => sum + name.length + value.length + ATTRIBUTE_TYPE.length,
          0,
        );
        expect(body.length + extra).toBeLessThanOrEqual(MOST_BYTES);
        expect(entries.filter(([, value]) => !/^[\x21-\x7e]{1,256}$/.test(value))).toEqual([]);
      }),
    ));

  it('opens to what was sealed: the event to the same event, a text to the same bytes or to none', () =>
    run(
      fc.property(deadLetters, (deadLetter) => {
        const { reason, event, raw, firstSeen, replays } = deadLetter;
        const whole = raw !== undefined && !raw.redacted && !raw.truncated;
        const opened = openEnvelope(JSON.parse(serializeDeadLetter(deadLetter).body));
        expect(opened).toMatchObject({ reason, event, firstSeen, replays, ...(whole ? { text: raw.text } : {}) });
        if (event !== null) expect(parseEvent(opened?.event, EVENT_MS)).toEqual({ kind: 'event', event });
      }),
    ));

  it('has attributes that decode to the beginning of what they name, all of it where there is room', () =>
    run(
      fc.property(events, (event) => {
        const { attributes } = serializeDeadLetter({ ...BASE, event });
        const named = {
          eventType: event.type,
          eventId: event.id,
          source: event.source,
          reason: 'invalid',
          lane: 'bulk',
        };
        expect(Object.keys(attributes).toSorted()).toEqual(Object.keys(named).toSorted());
        for (const [name, value] of Object.entries(named)) {
          const decoded = decodeURIComponent(attributes[name] ?? '');
          expect(value.startsWith(decoded)).toBe(true);
          const encoded = value.replaceAll('%', '%25').replaceAll(' ', '%20');
          if (encoded.length <= 256) expect(decoded).toBe(value);
          else expect((attributes[name] ?? '').length).toBeGreaterThan(253);
        }
      }),
    ));
});

const BASE: DeadLetter = {
  reason: 'invalid',
  detail: 'a sentence',
  event: null,
  lane: 'bulk',
  attempts: 1,
  firstSeen: '2026-11-23T09:30:00.000Z',
  lastSeen: '2026-11-23T09:31:00.000Z',
  lastStatus: null,
  replays: 0,
  messageId: 'm-1',
};

describe('what a dead letter keeps of a text', () => {
  it('is all of it, or the longest head that takes 64 KiB', () =>
    run(
      fc.property(texts, (text) => {
        const { text: kept = '', truncated, redacted } = rawText(text, sha256);
        if (redacted) return;
        const size = (length: number) => asciiJson(text.slice(0, length)).length;
        expect(text.startsWith(kept)).toBe(true);
        expect(truncated).toBe(kept.length < text.length);
        expect(size(kept.length)).toBeLessThanOrEqual(65_536);
        if (truncated) expect(size(kept.length + 1)).toBeGreaterThan(65_536);
      }),
    ));
});
