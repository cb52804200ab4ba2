import { describe, expect, it } from 'vitest';
import { type AuditFilter, ID_FIELDS, matchesFilter, toLogQueries } from '../../../cli/status/audit-filter.ts';
import { type AuditLine, readAuditLine } from '../../../lib/audit/read-line.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import {
  BEFORE,
  CHECK_EVENT,
  factsOf,
  KEY_EVENT,
  KEY_TARGET,
  PRINCIPAL_EVENT,
  PRINCIPAL_TARGET,
  writtenRecord,
} from '../../support/audit-facts.ts';
import { KEY_ID } from '../../support/event-factory.ts';

function lineOf(facts: Parameters<typeof writtenRecord>[0]): AuditLine {
  const read = readAuditLine(asciiJson(writtenRecord(facts)));
  if (read.kind !== 'record') throw new Error('no record');
  return read.line;
}
const NOTE = { phase: 'note', name: 'Duplicate' } as const;
const LEAK = lineOf(factsOf({ ...NOTE, target: KEY_TARGET }, KEY_EVENT));
const ALL_KEYS = lineOf(
  factsOf({ phase: 'outcome', target: PRINCIPAL_TARGET, outcome: 'confirmed', before: BEFORE }, PRINCIPAL_EVENT),
);
const OPERATION = {
  reason: 'unreadable',
  operationId: 'op-1',
  operator: { name: 'ann', claimed: true },
  origin: 'm-0',
} as const;
const REPLAY = lineOf(factsOf({ ...OPERATION, phase: 'replay', code: 'sent' }, null));
const DISCARD = lineOf(factsOf({ ...OPERATION, phase: 'discard', code: 'discarded', why: 'a test' }, null));
const FOLLOW_UP = lineOf(factsOf(NOTE, CHECK_EVENT));
const events = (...ids: readonly string[]): AuditFilter => ({ kind: 'events', ids });
const target = (name: string): AuditFilter => ({ kind: 'target', name });
const parentOf = () => ('parent' in CHECK_EVENT.data ? CHECK_EVENT.data.parent.id : '');

describe('matchesFilter', () => {
  it.each([
    ['the id of its event', LEAK, events('other', KEY_EVENT.id)],
    ['the id of its message', LEAK, events(factsOf(NOTE, null).delivery.messageId)],
    ['the message that was dead-lettered and replayed', REPLAY, events('m-0')],
    ['the message that was dead-lettered and discarded', DISCARD, events('m-0')],
    ['the event that it follows up', FOLLOW_UP, events(parentOf())],
    ['its key', LEAK, target(KEY_ID)],
    ['its principal', ALL_KEYS, target(PRINCIPAL_TARGET.principalName)],
    ['a key that the principal had', ALL_KEYS, target('CWB')],
  ])('is true for %s', (_, line, filter) => {
    expect(matchesFilter(line, filter)).toBe(true);
  });

  it.each([
    ['a part of an id', LEAK, events(KEY_EVENT.id.slice(0, -1))],
    ['an id in another field', LEAK, events(KEY_ID)],
    ['a part of a key', LEAK, target(KEY_ID.slice(0, -1))],
    ['the id of an event as a target', LEAK, target(KEY_EVENT.id)],
    ['a record without event', lineOf(factsOf(NOTE, null)), events('undefined', '')],
  ])('is false for %s', (_, line, filter) => {
    expect(matchesFilter(line, filter)).toBe(false);
  });
});

describe('toLogQueries', () => {
  it('asks for events by the fields of their ids', () => {
    const {
      insights: [insights = ''],
      patterns: [pattern],
    } = toLogQueries(events('a', 'b'));
    expect(insights).toContain('metadata.correlation_uid in ["a", "b"] or metadata.original_event_uid in ["a", "b"]');
    expect(insights).toMatch(
      /^fields @message \| filter class_uid = 3007 and \(.+\) \| sort @timestamp asc \| limit 10000$/,
    );
    expect(insights).toContain('unmapped.replay.origin in ["a", "b"]');
    expect(pattern).toContain('{ ($.metadata.correlation_uid = "a") || ($.metadata.correlation_uid = "b") || ');
  });

  it('asks for a target by the text of the record', () => {
    expect(toLogQueries(target('CWABCDEFGHIJKLMN'))).toEqual({
      insights: [expect.stringContaining('(@message like "CWABCDEFGHIJKLMN")')],
      patterns: ['"CWABCDEFGHIJKLMN"'],
    });
  });

  it('asks in parts where CloudWatch Logs does not take so long a text, for each id by each field', () => {
    const ids = Array.from({ length: 50 }, (_, n) => `"${n}`.padEnd(256, '"'));
    const { insights, patterns } = toLogQueries(events(...ids));
    const askedFor = (texts: readonly string[], field: RegExp): readonly string[] =>
      texts.flatMap((text) =>
        [...text.matchAll(field)].flatMap(([, list = '']) => {
          const found: readonly string[] = JSON.parse(`[${list}]`);
          return found;
        }),
      );
    for (const field of ID_FIELDS) {
      expect(askedFor(insights, new RegExp(`[( ]${field} in \\[(.*?)\\](?: or|\\))`, 'g'))).toEqual(ids);
      expect(askedFor(patterns, new RegExp(`\\(\\$\\.${field} = (.*?)\\)(?: \\|\\| | \\})`, 'g'))).toEqual(ids);
    }
    expect(toLogQueries(events('x'.repeat(20_000))).insights).toHaveLength(1);
    expect(insights.filter(({ length }) => length > 10_000)).toEqual([]);
    expect(patterns.filter(({ length }) => length > 1_024)).toEqual([]);
  });

  /** What a reader of a literal in double quotes would see, which is all of the id and nothing beside it. */
  it.each(['a" or 1 = 1 or "b', 'a\\" | limit 1', '\\', '"'])('keeps %s inside its literal', (id) => {
    const { insights, patterns } = toLogQueries(events(id));
    const asked = [...insights, ...patterns].join('');
    const literals = [...asked.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([text]) => JSON.parse(text));
    expect(literals).toEqual(Array(8).fill(id));
    expect(asked.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/["\\]/);
    const [named = ''] = (toLogQueries(target(id)).patterns[0] ?? '').match(/^"(?:[^"\\]|\\.)*"$/) ?? [];
    expect(JSON.parse(`"${JSON.parse(named)}"`)).toBe(id);
  });
});
