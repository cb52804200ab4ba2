/** The reasons are contract: alarms, the runbook and replays go by these words. */
import { describe, expect, it } from 'vitest';
import { FAILURE_REASONS, HOLD_REASONS, isHoldReason, isReason, type Reason } from '../../../lib/model/reasons.ts';

describe('reason codes', () => {
  it('include these failures', () => {
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

  it('include these holds', () => {
    expect(HOLD_REASONS).toEqual([
      'held-protected',
      'held-limit',
      'held-stale',
      'held-superseded',
      'held-low-confidence',
      'held-near-match',
      'held-dry-run',
      'held-unknown-sender',
      'held-authority',
      'held-conflict',
    ]);
  });

  it('are unique', () => {
    const all = [...FAILURE_REASONS, ...HOLD_REASONS];
    expect(all.filter((reason, index) => all.indexOf(reason) !== index)).toEqual([]);
  });

  it.each<Reason>([...FAILURE_REASONS, ...HOLD_REASONS])('isReason accepts %s', (reason) => {
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
  ])('isReason rejects %s', (_, value) => {
    expect(isReason(value)).toBe(false);
  });

  it('isHoldReason accepts only holds, and never a conflict', () => {
    const all: Reason[] = [...FAILURE_REASONS, ...HOLD_REASONS];
    expect(all.filter(isHoldReason)).toEqual([...HOLD_REASONS]);
  });
});
