/** Whatever is on a queue: it is read without a throw, and no sentence about it repeats any of it. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../events/canonical.ts';
import { unwrap } from '../../../events/envelope.ts';
import { MAX_PARTS } from '../../../events/shapes.ts';
import { parseMessage } from '../../../lib/consume/parse-message.ts';
import { readDeadLetter } from '../../../lib/dead-letters/read.ts';
import { isReason } from '../../../lib/model/reasons.ts';
import { EVENT_MS, keyLeak } from '../../support/event-factory.ts';
import { anyText, MARK, markedValue, SAMPLES, SEED } from './texts.ts';

const NUM = { ...SEED, numRuns: 1_500 };
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A dead letter with valid field names and random values. */
const deadLetter = fc
  .dictionary(
    fc.constantFrom('v', 'reason', 'detail', 'event', 'raw', 'lane', 'attempts', 'firstSeen', 'lastSeen', 'replays'),
    fc.oneof(markedValue, fc.constantFrom<unknown>('urgent', 'invalid', 1, keyLeak(), { text: MARK, sha256: 'x' })),
  )
  .map((fields) => JSON.stringify({ v: 1, reason: 'invalid', event: null, ...fields }));

const whole = fc.constantFrom(...SAMPLES).map((sample) => sample.toString('utf8'));
const body = fc.oneof(
  { weight: 6, arbitrary: anyText },
  { weight: 2, arbitrary: deadLetter },
  { weight: 1, arbitrary: whole },
);

describe('a message', () => {
  it('has between one part and the maximum; each is an event or a refusal with a fixed text', () => {
    let events = 0;
    fc.assert(
      fc.property(body, (text) => {
        const parts = parseMessage(text, { now: EVENT_MS, opensDeadLetters: true });
        expect(parts.length > 0 && parts.length <= MAX_PARTS).toBe(true);
        for (const part of parts) {
          if (part.kind === 'event') events += 1;
          else expect([isReason(part.reason), part.detail.includes(MARK)]).toEqual([true, false]);
        }
      }),
      NUM,
    );
    expect(events).toBeGreaterThan(20);
  });

  it('is unwrapped into values or refusals, and never into none', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const read = unwrap(text);
        if (read.kind === 'refusal') expect(read.detail).not.toContain(MARK);
        else expect(read.parts.length).toBeGreaterThan(0);
      }),
      NUM,
    );
  });

  it('is no event by any value that the mark is in, and the refusal does not repeat it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('specversion', 'type', 'id', 'source', 'time', 'data', MARK), markedValue),
        (changes) => {
          const parsed = parseEvent({ ...keyLeak(), ...changes }, EVENT_MS);
          if (parsed.kind === 'refusal') expect(JSON.stringify(parsed)).not.toContain(MARK);
          else expect(JSON.stringify(parsed.event.data)).not.toContain(MARK);
        },
      ),
      NUM,
    );
  });
});

describe('a message of the dead-letter queue', () => {
  const attribute = fc.oneof(fc.constant(MARK), fc.string({ unit: 'binary' }), fc.constantFrom('1', '99999999999'));
  const received = fc.record({
    messageId: fc.uuid(),
    body,
    attributes: fc.dictionary(fc.constantFrom('reason', 'lane', 'replays', 'firstSeen', 'eventId'), attribute),
    sentAt: fc.constant(EVENT_MS),
  });

  it('is opened whatever it holds, and shows no secret; only what is sent again is whole', () => {
    fc.assert(
      fc.property(received, (message) => {
        const { resend, ...shown } = readDeadLetter(message, EVENT_MS, hash);
        expect(JSON.stringify(shown)).not.toContain(MARK);
        expect([isReason(shown.reason), Number.isSafeInteger(shown.replays), shown.replays <= 999]).toEqual([
          true,
          true,
          true,
        ]);
        expect(['event', 'text', 'none']).toContain(resend.kind);
      }),
      { ...SEED, numRuns: 500 },
    );
  });
});
