import { describe, expect, it } from 'vitest';
import { createJournal, parseEntry, toHistory } from '../../../local/demo/journal.ts';
import { EVENT_MS, KEY_ID, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { entry, HASH, KEY, line, OFFBOARDED } from './entries.ts';

const call = { call: 'revoke-key', attempt: 2, status: 200, latencyMs: 4 } as const;
const intent = { phase: 'intent', target: KEY, call: { call: 'revoke-key', attempt: 1 } } as const;
const outcome = (code: 'confirmed' | 'throttled') => ({ phase: 'outcome', target: KEY, outcome: code }) as const;

describe('an entry', () => {
  it('has what a record of the product says of an outcome', () => {
    const before = { count: 3, sha256: 'a'.repeat(64), ids: [] };
    const told = {
      phase: 'outcome',
      target: OFFBOARDED,
      outcome: 'confirmed',
      call,
      before,
      verifiedBy: 'listing',
    } as const;
    expect(entry({ ...told, late: true }, { receiveCount: 4 })).toEqual({
      eventId: 'leak',
      bodyHash: HASH,
      at: EVENT_MS,
      phase: 'outcome',
      code: 'confirmed',
      detail: '',
      target: SAML_PRINCIPAL,
      attempt: 2,
      delivery: 4,
      answer: 'HTTP 200',
      late: true,
      verifiedBy: 'listing',
      keysBefore: 3,
    });
  });

  it('has what a record says of a message without an event, of a call without an answer, of a note', () => {
    const refused = entry({ phase: 'dead-letter', reason: 'unreadable', detail: 'expected JSON' }, { id: null });
    expect([refused.eventId, refused.code, refused.detail, refused.target]).toEqual([
      '',
      'unreadable',
      'expected JSON',
      '',
    ]);
    const fault = { call: 'revoke-key', attempt: 1, fault: 'reset', latencyMs: 1 } as const;
    const lost = entry({ phase: 'outcome', target: KEY, outcome: 'unknown', call: fault });
    expect([lost.answer, lost.target]).toEqual(['reset', KEY_ID]);
    const note = entry({ phase: 'note', name: 'Reinstatement', detail: 'reinstated' });
    expect([note.phase, note.code]).toEqual(['note', 'reinstated']);
  });

  it('has a fixed code for a schedule, regardless of its date', () => {
    const { code, detail } = entry({ phase: 'note', name: 'Scheduled', detail: 'due: 2026-12-24T10:00:00.000Z' });
    expect([code, detail]).toEqual(['scheduled', 'due: 2026-12-24T10:00:00.000Z']);
  });

  it('is not made of a line that is no record', () => {
    expect(() => parseEntry('Listening on port 8080')).toThrow();
    expect(() => parseEntry('{"time":1}')).toThrow();
  });
});

describe('a story', () => {
  it('counts intents, keeps the other codes in order and the time of the first proof', () => {
    const entries = [
      entry(intent),
      entry(outcome('throttled')),
      entry(intent, { receiveCount: 2 }),
      entry(outcome('confirmed'), { at: EVENT_MS + 70 }),
      entry({ phase: 'note', name: 'Follow-up Check', detail: 'late-keys: 1' }, { at: EVENT_MS + 90 }),
    ];
    expect(toHistory(entries)).toEqual({
      trail: ['throttled', 'confirmed', 'late-keys: 1'],
      attempts: 2,
      revokedAt: EVENT_MS + 70,
    });
    expect(toHistory([])).toEqual({ trail: [], attempts: 0 });
  });
});

describe('the journal', () => {
  const refused = { phase: 'dead-letter', reason: 'unreadable', detail: 'expected JSON' } as const;

  it('identifies events by id, other messages by the hash of their body, and both by a given name', () => {
    const journal = createJournal();
    expect(journal.add(line(refused, { id: null }))?.name).toBe(`message ${HASH.slice(0, 8)}`);
    journal.setName(HASH, 'garbage');
    expect(journal.add(line(refused, { id: null }))?.name).toBe('garbage');
    // An id is nearer than the message: a reinstatement's message tells of the offboarding that it cancels, too.
    expect(journal.add(line(intent))?.name).toBe('leak');
    journal.setName('leak', 'check 1');
    expect(journal.add(line(intent))?.name).toBe('check 1');
  });

  it('names a record about no event and no message by what was done', () => {
    const figures = { standingKeys: 0, findings: 0, more: {} };
    const attested = { phase: 'reconcile', name: 'Attestation', code: 'unproven', detail: 'no run', figures } as const;
    const added = createJournal().add(line(attested, { id: null }));
    expect([added?.name, added?.entry.code, added?.belongsToEvent]).toEqual(['reconciliation', 'unproven', true]);
  });

  it('tells of a replay what it sent, by whom and why it had died, and nothing of what it left', () => {
    const journal = createJournal();
    const replay = (code: 'intent' | 'sent' | 'not-matched') =>
      line({
        phase: 'replay',
        code,
        reason: 'api-rejected',
        operationId: 'op-1',
        operator: { name: 'ann', claimed: true },
        origin: 'm1',
      });
    const heard = (['intent', 'sent', 'not-matched'] as const).map((code) => journal.add(replay(code)));
    expect(heard.map((each) => [each?.belongsToEvent, each?.entry.code, each?.entry.detail])).toEqual([
      [false, 'intent', 'by ann, was api-rejected'],
      [true, 'replayed', 'by ann, was api-rejected'],
      [false, 'not-matched', 'by ann, was api-rejected'],
    ]);
    expect(journal.histories()).toEqual(new Map([['leak', { trail: ['replayed'], attempts: 0 }]]));
  });

  it('keeps the stories apart and leaves out lines that are no records', () => {
    const journal = createJournal();
    expect(journal.add('not a record')).toBeUndefined();
    for (const id of ['a', 'b', 'a']) journal.add(line(intent, { id }));
    journal.add(line(outcome('confirmed'), { id: 'b' }));
    expect(journal.histories()).toEqual(
      new Map([
        ['a', { trail: [], attempts: 2 }],
        ['b', { trail: ['confirmed'], attempts: 1, revokedAt: EVENT_MS }],
      ]),
    );
  });
});
