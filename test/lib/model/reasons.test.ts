/** The reasons are contract: alarms, the runbook and replays go by these words. */
import { describe, expect, it } from 'vitest';
import {
  FAILURE_REASONS,
  HELD_CONFLICT,
  HOLD_REASONS,
  isHoldReason,
  isReason,
  type Reason,
} from '../../../lib/model/reasons.ts';

describe('the reasons of a dead letter', () => {
  it('are these failures', () => {
    expect(FAILURE_REASONS).toEqual([
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
    expect(HOLD_REASONS).toEqual([
      'held-protected',
      'held-limit',
      'held-stale',
      'held-superseded',
      'held-low-confidence',
      'held-near-match',
      'held-dry-run',
    ]);
  });

  it('are each there once', () => {
    const all = [...FAILURE_REASONS, ...HOLD_REASONS, HELD_CONFLICT];
    expect(all.filter((reason, index) => all.indexOf(reason) !== index)).toEqual([]);
  });

  it.each<Reason>([...FAILURE_REASONS, ...HOLD_REASONS, HELD_CONFLICT])('know %s', (reason) => {
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
    const all: Reason[] = [...FAILURE_REASONS, ...HOLD_REASONS, HELD_CONFLICT];
    expect(all.filter(isHoldReason)).toEqual([...HOLD_REASONS]);
    expect(HELD_CONFLICT).toBe('held-conflict');
  });
});
