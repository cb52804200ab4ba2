/** The windows of a moment: their keys in the ledger, their bounds, when they may be forgotten. */
import { describe, expect, it } from 'vitest';
import { limitWindows } from '../../../lib/ledger/window.ts';
import { EVENT_MS } from '../../support/event-factory.ts';

const LIMITS = { sourcePer10Minutes: 1, sourcePerDay: 2, totalPer10Minutes: 3, totalPerDay: 4 };
const DAY_MS = 86_400_000;
const midnight = Date.UTC(2026, 10, 23);
const pks = (now: number) => limitWindows({ sourceHash: '5ource', hasKeys: true }, LIMITS, now).map(({ pk }) => pk);

describe('the windows', () => {
  it('of a source come before those of all, the short ones before the long', () => {
    const expiry = (endMs: number) => endMs / 1_000;
    expect(limitWindows({ sourceHash: '5ource', hasKeys: true }, LIMITS, EVENT_MS + 59_999)).toEqual([
      {
        pk: `window#5ource#10m#${EVENT_MS}`,
        limit: 1,
        expiresAt: expiry(EVENT_MS + 1_200_000),
        rule: 'sourcePer10Minutes',
      },
      { pk: `window#5ource#day#${midnight}`, limit: 2, expiresAt: expiry(midnight + 2 * DAY_MS), rule: 'sourcePerDay' },
      {
        pk: `window#total#10m#${EVENT_MS}`,
        limit: 3,
        expiresAt: expiry(EVENT_MS + 1_200_000),
        rule: 'totalPer10Minutes',
      },
      { pk: `window#total#day#${midnight}`, limit: 4, expiresAt: expiry(midnight + 2 * DAY_MS), rule: 'totalPerDay' },
    ]);
  });

  it('are the same from their start to the moment before their end', () => {
    expect(pks(EVENT_MS + 599_999)).toEqual(pks(EVENT_MS));
    expect(pks(EVENT_MS + 600_000)).not.toEqual(pks(EVENT_MS));
    expect(pks(EVENT_MS - 1)).not.toEqual(pks(EVENT_MS));
  });

  it('of a day change at midnight UTC', () => {
    const days = (now: number) => pks(now).filter((pk) => pk.includes('#day#'));
    expect(days(midnight)).toEqual(days(midnight + DAY_MS - 1));
    expect(days(midnight - 1)).not.toEqual(days(midnight));
  });

  it('of a source that calls itself total are not those of all: a source is only there as its hash', () => {
    const hash = 'a'.repeat(64);
    expect(
      new Set(limitWindows({ sourceHash: hash, hasKeys: true }, LIMITS, EVENT_MS).map(({ pk }) => pk.split('#')[1])),
    ).toEqual(new Set([hash, 'total']));
  });
});
