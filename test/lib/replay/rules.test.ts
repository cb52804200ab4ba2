import { describe, expect, it } from 'vitest';
import { readDeadLetter } from '../../../lib/dead-letters/read.ts';
import { laneOf } from '../../../lib/model/lane.ts';
import { REPLAY_CODES } from '../../../lib/model/replay-codes.ts';
import type { ReplayFilter } from '../../../lib/model/replay-filter.ts';
import { counted, emptyReport, matches, refusalOf } from '../../../lib/replay/rules.ts';
import { check, EVENT_MS, keyLeak, offboarded, principalLeak, reinstated } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { deadLetterOf } from '../../support/replay-stage.ts';

const opened = (...given: Parameters<typeof deadLetterOf>) =>
  readDeadLetter({ messageId: 'dead-1', sentAt: 0, ...deadLetterOf(...given) }, EVENT_MS, sha256);
const HOUR_MS = 3_600_000;

describe('a filter', () => {
  const deadLetter = opened(keyLeak({ id: 'alert-42' }));
  const all: Required<ReplayFilter> = {
    reason: 'api-rejected',
    source: '//scanner.example/acme/app',
    lane: 'urgent',
    eventType: 'credential.compromised.v1',
    eventId: 'alert-42',
    messageIds: ['another', 'dead-'],
    olderThan: HOUR_MS - 1,
    newerThan: HOUR_MS + 1,
  };
  const now = deadLetter.lastSeen + HOUR_MS;

  it('that asks nothing means every dead letter, and one that asks all means the dead letter that has it all', () => {
    expect([matches({}, deadLetter, now), matches(all, deadLetter, now)]).toEqual([true, true]);
  });

  it.each<ReplayFilter>([
    { reason: 'unconfirmed' },
    { source: '//scanner.example/acme' },
    { lane: 'bulk' },
    { eventType: 'user.offboarded.v1' },
    { eventId: 'alert-4' },
    { messageIds: ['dead-2'] },
    { messageIds: [] },
    { olderThan: HOUR_MS },
    { newerThan: HOUR_MS },
  ])('does not mean a dead letter that differs in one thing: %j', (wrong) => {
    expect(matches({ ...all, ...wrong }, deadLetter, now)).toBe(false);
    expect(matches(wrong, deadLetter, now)).toBe(false);
  });

  it('counts age from when the dead letter was last seen', () => {
    const old = opened(keyLeak(), { firstSeen: '2026-01-01T00:00:00Z', lastSeen: '2026-11-23T09:30:00Z' });
    expect(matches({ olderThan: 1 }, old, EVENT_MS + 1)).toBe(false);
    expect(matches({ olderThan: 1 }, old, EVENT_MS + 2)).toBe(true);
  });
});

const PLAIN = { approve: false, filter: {} };

describe('what may be replayed', () => {
  it('is a hold without approval if the request names it: its checks run again', () => {
    const event = keyLeak({ id: 'leak-7' });
    const hold = opened(event, { reason: 'held-limit' });
    const refusal = (filter: ReplayFilter) => refusalOf(hold, { approve: false, filter });
    expect(refusal({ reason: 'held-limit' })).toBeUndefined();
    expect(refusal({ eventId: 'leak-7' })).toBeUndefined();
    expect(refusal({ eventId: 'leak-8' })).toBe('needs-approval');
    expect(refusal({ reason: 'held-stale' })).toBe('needs-approval');
    expect(refusal({ source: '//scanner.example/acme/app' })).toBe('needs-approval');
    const often = opened(event, { reason: 'held-limit', replays: 5 });
    expect(refusalOf(often, { approve: false, filter: { reason: 'held-limit' } })).toBe('replay-limit');
    const conflict = opened(event, { reason: 'held-conflict' });
    expect(refusalOf(conflict, { approve: false, filter: {} })).toBe('needs-approval');
  });

  it('includes every failure, up to five replays', () => {
    expect([0, 4, 5, 6].map((replays) => refusalOf(opened(keyLeak(), { replays }), PLAIN))).toEqual([
      undefined,
      undefined,
      'replay-limit',
      'replay-limit',
    ]);
  });

  it('is more with an approval, but never what is not kept', () => {
    const cases = [
      opened(keyLeak(), { reason: 'held-protected', replays: 9 }),
      opened(keyLeak(), { replays: 9 }),
      opened(keyLeak(), { reason: 'held-conflict' }),
      opened(null),
      opened(null, {
        reason: 'held-stale',
        raw: { sha256: 'a', size: 1, text: 'x', redacted: false, truncated: false },
      }),
    ];
    expect(cases.map((deadLetter) => refusalOf(deadLetter, PLAIN))).toEqual([
      'needs-approval',
      'replay-limit',
      'needs-approval',
      'not-kept',
      'needs-approval',
    ]);
    const approving = (more: object) =>
      cases.map((deadLetter) => refusalOf(deadLetter, { approve: true, filter: {}, ...more }));
    expect(approving({})).toEqual([undefined, undefined, 'needs-message-id', 'not-kept', 'no-event']);
    const all = [undefined, undefined, undefined, 'not-kept', 'no-event'];
    expect(approving({ filter: { messageIds: ['dead-1'] } })).toEqual(all);
    expect(approving({ dryRun: true })).toEqual(all);
  });
});

describe('a report', () => {
  it('of nothing yet is complete', () => {
    expect(emptyReport('op', true)).toEqual({
      operationId: 'op',
      dryRun: true,
      ended: 'complete',
      results: { replayed: 0, skipped: 0, refused: 0, failed: 0 },
      reasons: {},
    });
  });

  it('counts each code once by its result, and once by reason', () => {
    const codes = Object.keys(REPLAY_CODES) as (keyof typeof REPLAY_CODES)[];
    const report = [...codes, 'sent' as const].reduce(
      (sum, code) => counted(sum, { reason: code === 'sent' ? 'crashed' : 'invalid' }, code),
      emptyReport('op', false),
    );
    const { sent: _, ...others } = Object.fromEntries(codes.map((code) => [code, 1]));
    expect(report.reasons).toEqual({ crashed: { sent: 2 }, invalid: others });
    const { replayed, skipped, refused, failed } = report.results;
    expect([replayed, skipped, refused + failed]).toEqual([2, 1, codes.length - 2]);
  });
});

describe('the lane of an event', () => {
  it.each([
    ['urgent', keyLeak()],
    ['urgent', keyLeak({ data: { reference: { provider: 'github', ref: '42' } } })],
    ['bulk', principalLeak()],
    ['bulk', offboarded()],
    ['bulk', reinstated()],
    ['bulk', check()],
  ])('is %s for leaked keys and alerts, bulk for all that is about principals', (lane, event) => {
    const { event: parsed } = opened(event);
    expect(parsed && laneOf(parsed)).toBe(lane);
  });
});
