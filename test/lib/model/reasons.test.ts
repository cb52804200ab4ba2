/** The reasons are contract: alarms, the runbook and replays go by these words. */
import { describe, expect, it } from 'vitest';
import { CONFLICT, FAILURES, HOLDS, isHold, isReason, type Reason } from '../../../lib/model/reasons.ts';

describe('the reasons of a dead letter', () => {
  it('are these failures', () => {
    expect(FAILURES).toEqual([
      'unreadable',
      'unknown-type',
      'unknown-version',
      'invalid',
      'oversize',
      'secret-like-target',
      'unmappable',
      'unresolved',
      'console-only',
      'api-rejected',
      'retries-exhausted',
      'unconfirmed',
      'replay-limit',
      'crashed',
    ]);
  });

  it('are these holds', () => {
    expect(HOLDS).toEqual([
      'held-protected',
      'held-limit',
      'held-stale',
      'held-superseded',
      'held-low-confidence',
      'held-dry-run',
    ]);
  });

  it('are each there once', () => {
    const all = [...FAILURES, ...HOLDS, CONFLICT];
    expect(all.filter((reason, index) => all.indexOf(reason) !== index)).toEqual([]);
  });

  it.each<Reason>([...FAILURES, ...HOLDS, CONFLICT])('know %s', (reason) => {
    expect(isReason(reason)).toBe(true);
  });

  it.each([
    ['another case', 'Invalid'],
    ['a space', 'invalid '],
    ['nothing', ''],
    ['half of one', 'held'],
    ['a name that every object has', 'constructor'],
    ['a list', ['invalid']],
    ['an object that reads like one', { toString: () => 'invalid' }],
    ['a number', 0],
    ['null', null],
    ['undefined', undefined],
  ])('do not know %s', (_, value) => {
    expect(isReason(value)).toBe(false);
  });

  it('can be released by an approval when they are holds, and only then: a conflict never', () => {
    const all: Reason[] = [...FAILURES, ...HOLDS, CONFLICT];
    expect(all.filter(isHold)).toEqual([...HOLDS]);
    expect(CONFLICT).toBe('held-conflict');
  });
});
