import { describe, expect, it } from 'vitest';
import { answer, REJECTED } from '../../support/api-answers.ts';
import { EVENT_MS, offboarded } from '../../support/event-factory.ts';
import type { Script } from '../../support/memory-api.ts';
import { startFunction } from '../../support/memory-function.ts';
import { openOutside, sha256 } from '../../support/memory-ports.ts';
import { auditLine, deadLettersOf, trailOf } from '../../support/memory-views.ts';
import { keyOf, leak, reject, runMessage } from '../../support/one-message.ts';
import { sqsRecord } from '../../support/record-factory.ts';

const HOUR = 3_600_000;
/** An event that is none. */
const bad = (n: number) => ({ ...leak(n), specversion: '0' });

describe('a message of one event', () => {
  it('that is dead becomes a dead letter, then a record, and is settled', async () => {
    const { failed, deadLetters, steps } = await runMessage(leak(1), { script: reject, lane: 'bulk', receiveCount: 3 });
    expect(failed).toEqual([]);
    expect(steps.slice(-2)).toEqual(['dead letter api-rejected', 'audit dead-letter api-rejected']);
    expect(deadLetters).toEqual([
      {
        v: 1,
        reason: 'api-rejected',
        detail: 'the API refused the request as malformed',
        event: leak(1),
        lane: 'bulk',
        attempts: 3,
        firstSeen: '2026-11-23T09:30:00.000Z',
        lastSeen: '2026-11-23T09:30:00.000Z',
        lastStatus: 400,
        replays: 0,
        messageId: 'm0',
        sender: 'AROAEXAMPLE',
      },
    ]);
  });

  it('that cannot be read is kept as it was received, with its hash and size', async () => {
    const { failed, deadLetters } = await runMessage('{"é":');
    expect(failed).toEqual([]);
    expect(deadLetters).toMatchObject([
      {
        reason: 'unreadable',
        event: null,
        raw: { sha256: sha256('{"é":'), size: 6, text: '{"é":', redacted: false, truncated: false },
        lastStatus: null,
      },
    ]);
  });

  it.each<[string, Partial<Record<'deadLetter' | 'audit', unknown>>, readonly string[]]>([
    ['its dead letter is not taken', { deadLetter: null }, ['return handle-0 4']],
    [
      'the record of its dead letter cannot be written',
      { audit: 'full' },
      ['dead letter unreadable', 'return handle-0 4'],
    ],
  ])('comes back when %s', async (_name, thrown, expected) => {
    const { failed, steps } = await runMessage('nonsense', {
      meddle: ({ port }) => {
        if (port === 'dead-letters' && 'deadLetter' in thrown) throw thrown.deadLetter;
        if (port === 'audit' && 'audit' in thrown) throw thrown.audit;
      },
    });
    expect(failed).toEqual(['m0']);
    expect(steps).toEqual(expected);
  });
});

describe('the retry horizon', () => {
  it.each<[string, number, number, readonly string[]]>([
    ['is past after six hours and five deliveries', 6 * HOUR + 1, 5, ['dead letter retries-exhausted']],
    ['is past after days and many deliveries', 72 * HOUR, 400, ['dead letter retries-exhausted']],
    ['is not past to the very millisecond', 6 * HOUR, 5, []],
    ['is not past after four deliveries, however old', 72 * HOUR, 4, []],
    ['is not past for a young message, however often it came', HOUR, 399, []],
  ])('%s', async (_name, ageMs, receiveCount, deadLetters) => {
    const arrival = { firstReceived: EVENT_MS - ageMs, receiveCount };
    const { failed, steps } = await runMessage(leak(1), { ...arrival, script: () => ({ answer: answer(503) }) });
    expect(failed).toEqual(deadLetters.length === 0 ? ['m0'] : []);
    expect(steps.filter((line) => line.startsWith('dead letter '))).toEqual(deadLetters);
  });

  it('is told of each event of the message, and says how long it lasted', async () => {
    const arrival = { firstReceived: EVENT_MS - 7 * HOUR, receiveCount: 80 };
    const events = [leak(1), bad(2), offboarded({ id: 'offboarding' })];
    const { deadLetters, outside } = await runMessage(events, { ...arrival, script: () => ({ answer: answer(500) }) });
    const told = deadLetters.map(({ reason, event, attempts, firstSeen }) => [reason, event?.id, attempts, firstSeen]);
    expect(told.toSorted()).toEqual([
      ['invalid', undefined, 80, '2026-11-23T02:30:00.000Z'],
      ['retries-exhausted', 'leak-1', 80, '2026-11-23T02:30:00.000Z'],
      ['retries-exhausted', 'offboarding', 80, '2026-11-23T02:30:00.000Z'],
    ]);
    expect(outside.audit.map(auditLine).toSorted()).toEqual([
      'dead-letter invalid',
      'dead-letter retries-exhausted',
      'dead-letter retries-exhausted',
      'intent',
      'outcome unavailable',
    ]);
  });
});

describe('a message of several events', () => {
  it('sends no dead letter while any event has to be tried again', async () => {
    const script: Script = (request) =>
      'accessKeyId' in request && request.accessKeyId === keyOf(3) ? { answer: answer(429) } : reject(request, 1);
    const { failed, deadLetters, steps } = await runMessage([bad(1), leak(2), leak(3), bad(4)], { script });
    expect(failed).toEqual(['m0']);
    expect(deadLetters).toEqual([]);
    expect(steps.at(-1)).toBe('return handle-0 4');
  });

  it('sends one for each dead event, and one for all refused parts of a reason, once none has to', async () => {
    const script: Script = (request) =>
      'accessKeyId' in request && request.accessKeyId === keyOf(2) ? { answer: REJECTED } : {};
    const body = [bad(1), leak(2), leak(3), 7];
    const { failed, deadLetters, outside } = await runMessage(body, { script });
    expect(failed).toEqual([]);
    expect(
      deadLetters.map(({ reason, event, raw, parts }) => [reason, event?.id, raw?.text, parts]).toSorted(),
    ).toEqual([
      ['api-rejected', 'leak-2', undefined, undefined],
      ['invalid', undefined, JSON.stringify(body), { count: 2, positions: [1, 4] }],
    ]);
    expect(outside.audit.map(auditLine).filter((line) => line === 'dead-letter invalid')).toHaveLength(1);
    expect(trailOf(outside, 'leak-3')).toEqual(['intent', 'outcome confirmed']);
  });

  it('comes back after the longest Retry-After that any of them met', async () => {
    const waits: Record<string, string> = { [keyOf(1)]: '40', [keyOf(2)]: '90', [keyOf(3)]: '10' };
    const { outside } = await runMessage([leak(1), leak(2), leak(3)], {
      script: (request) => ({
        answer: answer(429, {}, { retryAfter: 'accessKeyId' in request ? (waits[request.accessKeyId] ?? '') : '' }),
      }),
    });
    expect(outside.returned.map(({ seconds }) => seconds)).toEqual([90]);
  });

  it('does to the end what can be done, whatever befalls one of them', async () => {
    const { failed, outside } = await runMessage([leak(1), leak(2), leak(3)], {
      meddle: (step) => {
        if (step.port === 'audit' && JSON.stringify(step.record).includes('leak-1"')) throw undefined;
      },
    });
    expect(failed).toEqual(['m0']);
    expect([1, 2, 3].map((n) => outside.store.status(keyOf(n)))).toEqual(['ACTIVE', 'DELETED', 'DELETED']);
  });

  it('may hold a thousand unreadable ones, in a text that takes long to look through: one dead letter', async () => {
    const parts = Array.from({ length: 1_000 }, () => 'a'.repeat(250));
    const outside = openOutside(EVENT_MS);
    const { deliver } = startFunction(outside, {
      meddle: ({ port }, moment) => (port === 'dead-letters' && moment === 'before' ? outside.clock.sleep(40) : 0),
    });
    expect(await deliver([sqsRecord(0, parts)], 30_000)).toEqual([]);
    const positions = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(deadLettersOf(outside)).toMatchObject([{ reason: 'invalid', parts: { count: 1_000, positions } }]);
    expect(outside.audit.map(auditLine)).toEqual(['dead-letter invalid']);
  });

  it('may be redelivered after its dead letter: there are two then, and no more', async () => {
    const outside = openOutside(EVENT_MS);
    let failures = 1;
    const { deliver } = startFunction(outside, {
      meddle: ({ port }) => {
        if (port === 'audit' && failures-- > 0) throw new Error('down');
      },
    });
    const body = Array.from({ length: 50 }, (_, n) => bad(n));
    expect(await deliver([sqsRecord(0, body)])).toEqual(['m0']);
    expect(await deliver([sqsRecord(0, body)])).toEqual([]);
    expect(outside.deadLetters).toHaveLength(2);
  });

  it('with a thousand ignored parts writes one note', async () => {
    const ignored = { source: 'aws.partner/okta.com/acme/x', detail: { eventType: 'user.session.start' } };
    const { failed, outside } = await runMessage(Array(1_000).fill(ignored));
    expect([failed, outside.deadLetters, outside.audit]).toMatchObject([[], [], [{ activity_name: 'Event Ignored' }]]);
  });
});
