import { describe, expect, it } from 'vitest';
import { EVENT_MS, EVENT_TIME } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { trailOf } from '../../support/memory-views.ts';
import { leak, reject, runMessage } from '../../support/one-message.ts';

const HOUR = 3_600_000;

describe('a redriven dead letter', () => {
  const attributes = { replays: '2', firstSeen: '2026-11-01T00:00:00Z' };

  it('by a replay, with its attributes, counts on from them', async () => {
    const { deadLetters } = await runMessage(leak(1), { script: reject, attributes });
    expect(deadLetters).toMatchObject([{ replays: 2, firstSeen: '2026-11-01T00:00:00Z', event: leak(1) }]);
  });

  it('sealed, by a redrive, counts one more and keeps its event and its age', async () => {
    const first = (await runMessage(leak(1), { script: reject, attributes })).outside.deadLetters[0]?.body;
    const { deadLetters, outside } = await runMessage(first, { script: reject });
    expect(deadLetters).toMatchObject([{ replays: 3, firstSeen: '2026-11-01T00:00:00Z', event: leak(1) }]);
    expect(trailOf(outside, 'leak-1')).toEqual(['intent', 'outcome rejected', 'dead-letter api-rejected']);
    expect((await runMessage(first)).failed).toEqual([]);
  });

  it('sealed and with attributes, counts the larger of the two', async () => {
    const first = (await runMessage(leak(1), { script: reject, attributes })).outside.deadLetters[0]?.body;
    const again = async (replays: string) =>
      (await runMessage(first, { script: reject, attributes: { ...attributes, replays } })).deadLetters[0]?.replays;
    expect([await again('1'), await again('9')]).toEqual([3, 9]);
  });

  it('before the upgrade that it waits for, still holds what was received after it, however often', async () => {
    const later = { ...leak(1), type: 'credential.compromised.v9' };
    let body: unknown = JSON.stringify(later);
    for (let round = 0; round < 4; round += 1) {
      const { deadLetters, outside } = await runMessage(body, { firstReceived: EVENT_MS - HOUR + round });
      expect(deadLetters).toMatchObject([
        {
          reason: 'unknown-version',
          raw: { text: JSON.stringify(later), sha256: sha256(JSON.stringify(later)), redacted: false },
          replays: round,
          firstSeen: '2026-11-23T08:30:00.000Z',
        },
      ]);
      body = outside.deadLetters[0]?.body;
    }
    const upgraded = JSON.parse(String(body).replaceAll('compromised.v9', 'compromised.v1'));
    const { failed, outside } = await runMessage(upgraded);
    expect([failed, trailOf(outside, 'leak-1')]).toEqual([[], ['intent', 'outcome confirmed']]);
  });

  it('passes on no time and no count that is none', async () => {
    const { deadLetters } = await runMessage(leak(1), {
      script: reject,
      attributes: { firstSeen: 'x'.repeat(999), replays: '1e9' },
    });
    expect(deadLetters).toMatchObject([{ firstSeen: new Date(EVENT_TIME).toISOString(), replays: 0 }]);
  });
});
