import { describe, expect, it } from 'vitest';
import { ACTIVITIES, type Phase } from '../../../lib/audit/ocsf-terms.ts';
import { colorOfCode, describeEntry, formatEntry } from '../../../local/demo/entry-line.ts';
import type { Entry } from '../../../local/demo/journal.ts';
import { renderLine } from '../../../terminal/lines.ts';
import { EVENT_MS, KEY_ID, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { entry, KEY, OFFBOARDED } from './entries.ts';

const call = (attempt: number, status?: number) =>
  ({ call: 'revoke-key', attempt, ...(status === undefined ? {} : { status, latencyMs: 1 }) }) as const;
const keys = (count: number) => ({ count, sha256: 'a'.repeat(64), ids: [] });
const confirmed = { phase: 'outcome', outcome: 'confirmed', call: call(1, 200) } as const;

describe('the text of a step', () => {
  it.each([
    [`revoke ${KEY_ID}`, entry({ phase: 'intent', target: KEY, call: call(1) })],
    [
      `revoke ${KEY_ID}, try 2, delivery 3`,
      entry({ phase: 'intent', target: KEY, call: call(2) }, { receiveCount: 3 }),
    ],
    [`revoke all keys of ${SAML_PRINCIPAL}`, entry({ phase: 'intent', target: OFFBOARDED, call: call(1) })],
    ['gone, verified by read-back', entry({ ...confirmed, target: KEY, verifiedBy: 'read-back' })],
    [
      '3 keys gone, verified by listing',
      entry({ ...confirmed, target: OFFBOARDED, before: keys(3), verifiedBy: 'listing' }),
    ],
    ['1 key gone, verified by listing', entry({ ...confirmed, target: OFFBOARDED, before: keys(1) })],
    [
      'newly created key, gone, verified by read-back',
      entry({ ...confirmed, target: KEY, verifiedBy: 'read-back', late: true }),
    ],
    ['HTTP 429, retried later', entry({ phase: 'outcome', target: KEY, outcome: 'throttled', call: call(1, 429) })],
    [
      'connection lost, reads the key back',
      entry({ phase: 'outcome', target: KEY, outcome: 'unknown', call: { ...call(1), fault: 'reset', latencyMs: 1 } }),
    ],
    ['no live key', entry({ phase: 'outcome', target: OFFBOARDED, outcome: 'no-keys', call: call(1, 200) })],
    ['dead letter, expected JSON', entry({ phase: 'dead-letter', reason: 'unreadable', detail: 'expected JSON' })],
    ['held, rule: protected key', entry({ phase: 'hold', reason: 'held-protected', detail: 'rule: protected key' })],
    ['due: 2026-12-24', entry({ phase: 'note', name: 'Scheduled', detail: 'due: 2026-12-24' })],
    ['cancels earlier offboardings', entry({ phase: 'note', name: 'Reinstatement', detail: 'reinstated' })],
    ['a genuine request: its event is queued', entry({ phase: 'note', name: 'Event Accepted', detail: 'accepted' })],
    ['', entry({ phase: 'note', name: 'Follow-up Check', detail: 'late-keys: 0' })],
    ['bad signature', entry({ phase: 'refusal', detail: 'bad signature' })],
    [
      '1 of 3 offboarded principals have live keys',
      entry({
        phase: 'reconcile',
        name: 'Reconciliation',
        code: 'standing',
        detail: '1 of 3 offboarded principals have live keys',
        figures: { standingKeys: 1, findings: 0, more: {} },
      }),
    ],
    [
      'by ann, was invalid',
      entry({
        phase: 'discard',
        code: 'discarded',
        reason: 'invalid',
        operationId: 'op-1',
        operator: { name: 'ann', claimed: true },
        why: 'a test',
        origin: 'm1',
      }),
    ],
  ])('%j', (text, step) => expect(describeEntry(step)).toBe(text));

  it.each(Object.keys(ACTIVITIES) as Phase[])('is a text for the phase %s', (phase) => {
    expect(describeEntry({ ...entry({ phase: 'note', name: 'A note' }), phase })).toEqual(expect.any(String));
  });
});

describe('the color of a code', () => {
  it('is green for a final code, yellow if an operator must act, none in progress', () => {
    const codes = ['confirmed', 'no-keys', 'would-revoke', 'held-limit', 'api-rejected', 'throttled', 'unknown'];
    expect(codes.map(colorOfCode)).toEqual(['green', 'green', 'green', 'yellow', 'yellow', undefined, undefined]);
  });
});

describe('a line', () => {
  const step = entry({ phase: 'dead-letter', reason: 'unknown-type', detail: 'x'.repeat(100) });
  const lineOf = (name: string, each: Entry) =>
    renderLine(formatEntry(name, each, { began: EVENT_MS - 1_230, width: 100 }), false);

  it('has time, event, code and text in columns, and ends with the terminal', () => {
    const text = lineOf('unknown-type', step);
    expect(text).toBe(`  1.23 s  unknown-type           unknown-type        dead letter, ${'x'.repeat(33)}…`);
    expect(text).toHaveLength(100);
  });

  it('cuts a long name and has no spaces at its end', () => {
    const note = entry({ phase: 'note', name: 'Follow-up Check', detail: 'late-keys: 0' });
    expect(lineOf('n'.repeat(30), note)).toBe(`  1.23 s  ${'n'.repeat(20)}…  late-keys: 0`);
  });
});
