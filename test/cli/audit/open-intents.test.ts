/** What answers an intent. */
import { describe, expect, it } from 'vitest';
import { answerIntent, listOpenIntents, type OpenIntents, updateIntents } from '../../../cli/audit/open-intents.ts';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { type AuditLine, readAuditLine } from '../../../lib/audit/read-line.ts';
import { CONFIRMED, INTENT, startEnvironment } from '../../support/audit-chains.ts';
import { PRINCIPAL_TARGET } from '../../support/audit-facts.ts';
import { seededChance } from '../../support/seeded-chance.ts';

const readOf = (text: string): AuditLine => {
  const read = readAuditLine(text);
  if (read.kind !== 'record') throw new Error(read.kind);
  return read.line;
};

const ALL = { ...INTENT, target: PRINCIPAL_TARGET, call: { call: 'revoke-principal', attempt: 1 } } as const;
const REPLAY = {
  phase: 'replay',
  code: 'intent',
  reason: 'crashed',
  operationId: 'op-1',
  operator: { name: 'ann', claimed: true },
  origin: 'm-0',
} as const;

/** At a time of one's own choice, in one invocation for each `seed`. */
function lineOf(entry: AuditEntry, { time = 5, seed = 1, event = 'a' as string | null } = {}): AuditLine {
  const environment = startEnvironment(seededChance(seed), { clock: () => time });
  environment.write(entry, event);
  return readOf(environment.lines[0] ?? '');
}

/** Of one chain and one invocation, each at its time. */
function linesOf<Entries extends readonly (readonly [AuditEntry, number])[]>(
  ...entries: Entries
): { readonly [Index in keyof Entries]: AuditLine } {
  let now = 0;
  const environment = startEnvironment(seededChance(1), { clock: () => now });
  for (const [entry, time] of entries) {
    now = time;
    environment.write(entry, 'a');
  }
  return environment.lines.map(readOf) as never;
}

/** Which of the lines are open in the end, from 1. */
function opens(...lines: readonly AuditLine[]): readonly number[] {
  const open: OpenIntents = new Map();
  for (const [index, line] of lines.entries()) updateIntents(open, line, { file: 'log', line: index + 1 });
  return listOpenIntents(open).map(({ place }) => place.line);
}

describe('an intent', () => {
  it('is open with its record, its time, its invocation and its chain, if it is in one', () => {
    const open: OpenIntents = new Map();
    const line = lineOf(INTENT);
    const place = { file: 'log', line: 1 };
    updateIntents(open, line, place);
    const told = {
      uid: line.uid,
      time: 5,
      request: JSON.parse(JSON.stringify(line.record)).unmapped.request_id,
      place,
    };
    expect(listOpenIntents(open)).toStrictEqual([{ ...told, chain: line.attestation?.chain, sequence: 1 }]);
    const { attestation: _, ...loose } = line;
    open.clear();
    updateIntents(open, loose, place);
    expect(listOpenIntents(open)).toStrictEqual([told]);
  });

  it('is answered by its outcome at its time or later, not before', () => {
    expect(opens(lineOf(INTENT), lineOf(CONFIRMED))).toEqual([]);
    expect(opens(lineOf(INTENT), lineOf(CONFIRMED, { time: 6 }))).toEqual([]);
    expect(opens(lineOf(INTENT), lineOf(CONFIRMED, { time: 4 }))).toEqual([1]);
    expect(opens(lineOf(CONFIRMED), lineOf(INTENT))).toEqual([2]);
  });

  it('is answered by what follows in its chain, also at an earlier time by the clock', () => {
    const [first, second, third] = linesOf([INTENT, 7], [CONFIRMED, 6], [INTENT, 5]);
    expect(opens(first, second)).toEqual([]);
    expect(opens(first, second, third)).toEqual([3]);
  });

  it('is not answered by what stands before it in its chain, also at the same time', () => {
    const [outcome, intent] = linesOf([CONFIRMED, 5], [INTENT, 5]);
    const open: OpenIntents = new Map();
    updateIntents(open, intent, { file: 'log', line: 2 });
    answerIntent(open, outcome);
    expect(listOpenIntents(open)).toHaveLength(1);
  });

  it('is answered by the same delivery about its own target only, by another about any', () => {
    const confirmed = lineOf({ ...CONFIRMED, target: PRINCIPAL_TARGET });
    expect(opens(lineOf(INTENT), confirmed)).toEqual([1]);
    expect(opens(lineOf(INTENT), lineOf(ALL), confirmed)).toEqual([1]);
    expect(opens(lineOf(INTENT), lineOf(ALL), lineOf(CONFIRMED, { seed: 2 }))).toEqual([]);
    expect(opens(lineOf(INTENT), lineOf({ phase: 'outcome', outcome: 'duplicate' }))).toEqual([1]);
  });

  it.each<[string, AuditEntry]>([
    ['a hold', { phase: 'hold', reason: 'held-stale', detail: 'x' }],
    ['a dead letter', { phase: 'dead-letter', reason: 'retries-exhausted', detail: 'x' }],
    ['the end of a replay', { ...REPLAY, code: 'sent' }],
  ])('is answered by %s of another delivery', (_, entry) => {
    expect(opens(lineOf(INTENT), lineOf(entry, { seed: 2 }))).toEqual([]);
  });

  it.each<[string, AuditLine]>([
    ['a note', lineOf({ phase: 'note', name: 'Scheduled', detail: 'x' }, { seed: 2 })],
    ['another intent', lineOf(ALL, { seed: 2 })],
    ['an outcome of another event', lineOf(CONFIRMED, { event: 'b' })],
    ['an outcome of a message without an event', lineOf(CONFIRMED, { event: null })],
    ['a record without metadata', { ...lineOf(CONFIRMED), record: { ...lineOf(CONFIRMED).record, metadata: 'x' } }],
    ['a record without facts', { ...lineOf(CONFIRMED), record: { ...lineOf(CONFIRMED).record, unmapped: [] } }],
    ['an outcome that names no source', sourceless()],
  ])('is not answered by %s', (_, line) => {
    expect(opens(lineOf(INTENT), line)).toContain(1);
  });

  it('of a replay is answered by the end of its operation', () => {
    expect(opens(lineOf(REPLAY), lineOf({ ...REPLAY, code: 'not-sent' }))).toEqual([]);
    expect(opens(lineOf(REPLAY), lineOf({ ...REPLAY, code: 'not-sent', operationId: 'op-2' }))).toEqual([1]);
    expect(opens(lineOf(REPLAY, { event: null }), lineOf({ ...REPLAY, code: 'sent' }, { event: null }))).toEqual([]);
  });

  it('of a replay without an event is not answered by what is said of another message', () => {
    const other = lineOf({ phase: 'dead-letter', reason: 'unreadable', detail: 'x' }, { event: null, seed: 2 });
    const metadata = { ...Object(other.record.metadata), original_event_uid: 'm-2' };
    expect(opens(lineOf(REPLAY, { event: null }), other)).toEqual([]);
    expect(opens(lineOf(REPLAY, { event: null }), { ...other, record: { ...other.record, metadata } })).toEqual([1]);
  });

  it('that comes again stands where the latest does', () => {
    expect(opens(lineOf(INTENT), lineOf(INTENT, { seed: 2 }))).toEqual([2]);
    expect(opens(lineOf(INTENT), lineOf(INTENT, { time: 6 }))).toEqual([2]);
    expect(opens(lineOf(INTENT), lineOf(INTENT, { time: 4 }))).toEqual([1]);
  });

  it('is forgotten once it is answered', () => {
    const open: OpenIntents = new Map();
    for (const entry of [INTENT, ALL, CONFIRMED]) updateIntents(open, lineOf(entry), { file: 'log', line: 1 });
    expect([...open.values()].map(({ size }) => size)).toEqual([1]);
    updateIntents(open, lineOf({ ...CONFIRMED, target: PRINCIPAL_TARGET }), { file: 'log', line: 1 });
    expect(open).toEqual(new Map());
  });

  it('is answered by a record that was read before, too, and then opened by none', () => {
    const open: OpenIntents = new Map();
    updateIntents(open, lineOf(INTENT), { file: 'log', line: 1 });
    answerIntent(open, lineOf({ phase: 'note', name: 'Scheduled' }, { seed: 2 }));
    answerIntent(open, lineOf(ALL, { seed: 2 }));
    expect(listOpenIntents(open)).toHaveLength(1);
    answerIntent(open, lineOf(CONFIRMED));
    expect(open).toEqual(new Map());
  });
});

describe('open intents', () => {
  it('are listed the oldest first, those of one moment as they were read', () => {
    const times = [6, 5, 8, 7, 5];
    const lines = times.map((time, n) => lineOf(INTENT, { seed: n + 1, event: `${n}`, time }));
    expect(opens(...lines)).toEqual([2, 5, 1, 4, 3]);
  });
});

/** An outcome as of a sender of the same id that does not say who it is. */
function sourceless(): AuditLine {
  const line = lineOf(CONFIRMED);
  return { ...line, record: { ...line.record, unmapped: { ...Object(line.record.unmapped), source: 'x' } } };
}
