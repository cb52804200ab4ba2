/** From how a target's revocation ended to what becomes of the event. */
import { describe, expect, it } from 'vitest';
import { accessKeyId } from '../../../events/ids.ts';
import { dispositionOf } from '../../../lib/model/disposition.ts';
import type { TargetOutcome } from '../../../lib/model/outcome.ts';
import { KEY_ID } from '../../support/event-factory.ts';

const target = { kind: 'key', accessKeyId: accessKeyId.parse(KEY_ID) } as const;
const call = { call: 'revoke-key', attempt: 1, status: 429, latencyMs: 3 } as const;
const lost = { call: 'revoke-key', attempt: 1, fault: 'reset', latencyMs: 3 } as const;
const REFUSED = { kind: 'dead', reason: 'api-rejected', detail: 'the API refused the request as malformed' };
const KEPT = { kind: 'dead', reason: 'held-dry-run', detail: 'rule: dry run with DRY_RUN_KEEP' };
type Case = readonly [string, TargetOutcome, { readonly dryRunKeep: boolean }, object];

describe('dispositionOf', () => {
  it.each<Case>([
    ['confirmed is done', { outcome: 'confirmed', next: 'done', call }, { dryRunKeep: true }, { kind: 'done' }],
    ['accepted is done', { outcome: 'accepted', next: 'done' }, { dryRunKeep: false }, { kind: 'done' }],
    [
      'throttled is a retry with Retry-After',
      { outcome: 'throttled', next: 'retry', call, retryAfterS: 7 },
      { dryRunKeep: false },
      { kind: 'retry', code: 'throttled', retryAfterS: 7 },
    ],
    [
      'a lost response is a retry without Retry-After',
      { outcome: 'unknown', next: 'retry', call: lost },
      { dryRunKeep: false },
      { kind: 'retry', code: 'unknown' },
    ],
    [
      'not started is a retry',
      { outcome: 'not-started', next: 'retry' },
      { dryRunKeep: true },
      { kind: 'retry', code: 'not-started' },
    ],
    [
      'rejected is dead and names the target',
      { outcome: 'rejected', next: 'dead', call: { ...call, status: 400 } },
      { dryRunKeep: false },
      { ...REFUSED, target, status: 400 },
    ],
    ['a dry run is done', { outcome: 'would-revoke', next: 'done' }, { dryRunKeep: false }, { kind: 'done' }],
    [
      'a dry run is held with dryRunKeep',
      { outcome: 'would-revoke', next: 'done' },
      { dryRunKeep: true },
      { ...KEPT, target },
    ],
  ])('%s', (_, result, settings, expected) => {
    expect(dispositionOf(result, settings, target)).toStrictEqual(expected);
  });

  it('does not say that the API refused what was not called', () => {
    expect(dispositionOf({ outcome: 'rejected', next: 'dead' }, { dryRunKeep: false })).toStrictEqual({
      ...REFUSED,
      detail: 'the API lists a key whose id has an unknown form: revoke it in the console',
    });
  });

  it('names no target for an event with several', () => {
    const rejected = { outcome: 'rejected', next: 'dead', call: lost } as const;
    expect(dispositionOf(rejected, { dryRunKeep: false })).toStrictEqual(REFUSED);
    expect(dispositionOf({ outcome: 'would-revoke', next: 'done' }, { dryRunKeep: true })).toStrictEqual(KEPT);
  });
});
