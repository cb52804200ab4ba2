import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../lib/consume/parse-message.ts';
import { rawText, serializeDeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import type { Reason } from '../../../lib/model/reasons.ts';
import { EVENT_MS, keyLeak, offboarded } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';

const leak = keyLeak({ id: 'leak' });
const offboarding = offboarded({ id: 'offboarding' });
/** An event of tomorrow's contract. */
const later = keyLeak({ id: 'later', type: 'credential.compromised.v9' });
const SEEN = { firstSeen: '2026-11-01T00:00:00Z', lastSeen: '2026-11-02T00:00:00Z' };

/** A dead letter about an event (as serialized in the dead letter) or about a received text. */
function deadLetterAbout(
  what: { readonly event: object } | { readonly text: string },
  reason: Reason = 'invalid',
): string {
  const base = {
    detail: 'x',
    lane: 'bulk',
    attempts: 2,
    ...SEEN,
    lastStatus: null,
    replays: 4,
    messageId: 'm',
  } as const;
  const { body } = serializeDeadLetter({
    ...base,
    reason,
    event: null,
    ...('text' in what ? { raw: rawText(what.text, sha256) } : {}),
  });
  return 'event' in what ? JSON.stringify({ ...JSON.parse(body), event: what.event }) : body;
}

/** What was read, in short: the id of each event or the reason of each refusal. */
const read = (body: string) =>
  parseMessage(body, { now: EVENT_MS, opensDeadLetters: true }).map((part) =>
    part.kind === 'event' ? part.event.id : part.reason,
  );

describe('a message', () => {
  it('holds an event', () => {
    expect(parseMessage(JSON.stringify(leak), { now: EVENT_MS, opensDeadLetters: true })).toStrictEqual([
      { kind: 'event', event: leak },
    ]);
  });

  it('holds what its envelopes hold, in order, the good beside the bad, and no more than three envelopes', () => {
    const sns = {
      Type: 'Notification',
      Message: JSON.stringify([leak, { detail: offboarding, 'detail-type': 'x' }, 7, later]),
    };
    expect(read(JSON.stringify(sns))).toStrictEqual(['leak', 'offboarding', 'invalid', 'unknown-version']);
    expect(read(JSON.stringify([later, sns, leak]))).toStrictEqual([
      'unknown-version',
      'leak',
      'unreadable',
      'invalid',
      'unknown-version',
      'leak',
    ]);
  });

  it.each([
    ['', 'unreadable'],
    ['{', 'unreadable'],
    ['[]', 'unreadable'],
    ['null', 'invalid'],
    [`"${'x'.repeat(262_144)}"`, 'oversize'],
    ['['.repeat(33) + ']'.repeat(33), 'unreadable'],
  ])('always holds something: %#', (body, reason) => {
    expect(read(body)).toStrictEqual([reason]);
  });
});

describe('a replayed dead letter', () => {
  const round = { firstSeen: SEEN.firstSeen, replays: 4 };

  it('contains its event, the number of replays, and the time when it was first seen', () => {
    expect(parseMessage(deadLetterAbout({ event: leak }), { now: EVENT_MS, opensDeadLetters: true })).toStrictEqual([
      { kind: 'event', event: leak, redriven: { ...round, text: JSON.stringify(leak) } },
    ]);
  });

  it('holds the events of the text that was received', () => {
    const text = JSON.stringify([leak, offboarding]);
    expect(parseMessage(deadLetterAbout({ text }), { now: EVENT_MS, opensDeadLetters: true })).toStrictEqual([
      { kind: 'event', event: leak, redriven: { ...round, text } },
      { kind: 'event', event: offboarding, redriven: { ...round, text } },
    ]);
  });

  it('keeps what it held, its age and its rounds when it still cannot be read', () => {
    const text = JSON.stringify(later);
    expect(
      parseMessage(deadLetterAbout({ text }, 'unknown-version'), { now: EVENT_MS, opensDeadLetters: true }),
    ).toStrictEqual([
      { kind: 'refusal', reason: 'unknown-version', detail: 'type: expected version v1', redriven: { ...round, text } },
    ]);
  });

  it('keeps an event that this version does not read any more', () => {
    expect(parseMessage(deadLetterAbout({ event: later }), { now: EVENT_MS, opensDeadLetters: true })).toMatchObject([
      { kind: 'refusal', reason: 'unknown-version', redriven: { ...round, text: JSON.stringify(later) } },
    ]);
  });

  it.each([
    ['redacted', JSON.stringify({ ...leak, id: `cwo${'x'.repeat(40)}` })],
    ['truncated', JSON.stringify([leak, 'x'.repeat(100_000)])],
  ])('is not acted on when its text was %s', (_name, text) => {
    expect(parseMessage(deadLetterAbout({ text }), { now: EVENT_MS, opensDeadLetters: true })).toStrictEqual([
      {
        kind: 'refusal',
        reason: 'unreadable',
        detail: 'expected a dead letter with an event or the whole text as received',
        redriven: round,
      },
    ]);
  });

  it('is opened once: a dead letter in a dead letter is no event', () => {
    const inner = deadLetterAbout({ event: leak });
    expect(read(deadLetterAbout({ event: JSON.parse(inner) }))).toStrictEqual(['invalid']);
    expect(read(deadLetterAbout({ text: inner }))).toStrictEqual(['invalid']);
  });

  it('counts each of its parts: more than a thousand in all are refused as a whole', () => {
    const deadLetter = (count: number) =>
      JSON.parse(deadLetterAbout({ text: JSON.stringify(Array(count).fill(leak.id)) }));
    expect(read(JSON.stringify([deadLetter(600), deadLetter(400)]))).toHaveLength(1_000);
    expect(read(JSON.stringify([deadLetter(600), deadLetter(401)]))).toStrictEqual(['oversize']);
    expect(read(JSON.stringify([leak, ...Array(50).fill(deadLetter(500))]))).toStrictEqual(['oversize']);
    expect(read(deadLetterAbout({ text: JSON.stringify(Array(1_001).fill(1)) }))).toStrictEqual(['oversize']);
  });

  it('may come in an envelope, beside events', () => {
    const message = [JSON.parse(deadLetterAbout({ event: leak })), offboarding];
    expect(read(JSON.stringify({ 'detail-type': 'x', detail: message }))).toStrictEqual(['leak', 'offboarding']);
  });

  it('is none without one of our reasons', () => {
    expect(read(deadLetterAbout({ event: leak }).replace('"invalid"', '"because"'))).toStrictEqual(['invalid']);
  });
});
