import { describe, expect, it } from 'vitest';
import { EVENT_MS, keyLeak } from '../../support/event-factory.ts';
import { startFunction } from '../../support/memory-function.ts';
import { type Meddle, type Outside, openOutside } from '../../support/memory-ports.ts';
import { auditLine, deadLettersOf } from '../../support/memory-views.ts';
import { sqsRecord } from '../../support/record-factory.ts';
import { seededChance } from '../../support/seeded-chance.ts';

const COUNT = 60;
const secretOf = (n: number): string => `cwo${'Q4rT8uW2'.repeat(4)}q${String(n).padStart(7, '0')}`;
const keyOf = (n: number): string => `CWUNFINISHED${String(n).padStart(4, '0')}`;
const KEYS = Array.from({ length: COUNT }, (_, n) => keyOf(n));
const ALERT = 'acme/app/42';

const leaks = KEYS.map((accessKeyId, n) => keyLeak({ id: `leak-${n}`, data: { accessKeyId } }));
const alert = keyLeak({ id: 'thin', data: { reference: { provider: 'github', ref: ALERT } } });

/** An organization in which a call takes a second. */
function openSlow(): Outside {
  const outside = openOutside(EVENT_MS);
  for (const accessKeyId of KEYS) outside.store.add({ accessKeyId, principalName: 'coreweave/owner' });
  outside.api.play(() => ({ takesMs: 1_000 }));
  return outside;
}

/**
 * Live keys, and the seconds until the next delivery, after each delivery of a message that takes several, each to
 * another environment.
 */
async function deliverUnfinished(body: unknown, deliveries: number, prepare = (_outside: Outside): void => {}) {
  const outside = openSlow();
  prepare(outside);
  const chance = seededChance(1);
  const seen: { readonly live: number; readonly seconds: number | undefined }[] = [];
  for (let receiveCount = 1; receiveCount <= deliveries; receiveCount += 1) {
    const { deliver } = startFunction(outside, { settings: { apiConcurrency: 2 }, chance });
    expect(await deliver([sqsRecord(0, body, { receiveCount })], 30_000)).toEqual(['m0']);
    const live = KEYS.filter((id) => outside.store.status(id) === 'ACTIVE').length;
    seen.push({ live, seconds: outside.returned.at(-1)?.seconds });
  }
  return seen;
}

describe('a message that does not fit into an invocation', () => {
  it('starts with other events in later deliveries, until every key is revoked', async () => {
    const seen = await deliverUnfinished(leaks, 8);
    expect(seen[0]?.live).toBeGreaterThan(COUNT / 4);
    expect(seen.at(-1)?.live).toBe(0);
  });

  it('is finished by the next delivery to the same environment, with one call and outcome for each key', async () => {
    const outside = openSlow();
    const { deliver } = startFunction(outside, { settings: { apiConcurrency: 2 }, chance: seededChance(1) });
    const failed: (readonly string[])[] = [];
    for (let receiveCount = 1; receiveCount <= 2; receiveCount += 1) {
      failed.push(await deliver([sqsRecord(0, leaks, { receiveCount })], 30_000));
    }
    expect(failed).toEqual([['m0'], []]);
    const calls = outside.api.calls.flatMap(({ request }) => ('accessKeyId' in request ? [request] : []));
    const revoked = calls.flatMap(({ call, accessKeyId }) => (call === 'revoke-key' ? [accessKeyId] : []));
    expect(revoked.toSorted()).toEqual(KEYS);
    expect(outside.audit.map(auditLine).filter((line) => line.startsWith('outcome'))).toHaveLength(COUNT);
  });

  it('sends its dead letters with the delivery that finishes it', async () => {
    const outside = openSlow();
    const held = keyLeak({ id: 'held', data: { accessKeyId: keyOf(0), confidence: 'key-id-only' } });
    const { deliver } = startFunction(outside, { settings: { apiConcurrency: 2 }, chance: seededChance(1) });
    const sent: number[] = [];
    for (let receiveCount = 1; receiveCount <= 2; receiveCount += 1) {
      await deliver([sqsRecord(0, [held, ...leaks], { receiveCount })], 30_000);
      sent.push(outside.deadLetters.length);
    }
    expect(sent).toEqual([0, 1]);
  });

  it('sends no dead letter again that was sent before another one failed', async () => {
    const outside = openOutside(EVENT_MS);
    let sends = 0;
    const meddle: Meddle = ({ port }, moment) => {
      if (port !== 'dead-letters' || moment === 'after') return;
      sends += 1;
      if (sends === 3) throw new Error('refused');
    };
    const holds = KEYS.slice(0, 20).map((accessKeyId, n) =>
      keyLeak({ id: `held-${n}`, data: { accessKeyId, confidence: 'key-id-only' } }),
    );
    const { deliver } = startFunction(outside, { meddle });
    expect(await deliver([sqsRecord(0, holds)])).toEqual(['m0']);
    expect(await deliver([sqsRecord(0, holds, { receiveCount: 2 })])).toEqual([]);
    const sent = deadLettersOf(outside).map(({ event }) => event?.id);
    expect([sent.length, new Set(sent).size]).toEqual([20, 20]);
  });

  it('does not count as done where another message has its events', async () => {
    const outside = openSlow();
    const { deliver } = startFunction(outside, { settings: { apiConcurrency: 2 }, chance: seededChance(1) });
    await deliver([sqsRecord(0, leaks)], 30_000);
    const before = outside.api.calls.length;
    await deliver([sqsRecord(1, leaks.slice(0, 2))], 30_000);
    const later = outside.api.calls.slice(before).map(({ request }) => request.call);
    expect(later.filter((call) => call === 'revoke-key')).toHaveLength(2);
  });

  it('backs off, since all of its events are processed again', async () => {
    const seen = await deliverUnfinished(leaks, 4);
    expect(seen.map(({ seconds }) => seconds)).toEqual([5, 9, 15, 21]);
  });

  it('of an alert with many keys: starts with other keys', async () => {
    const secret = KEYS.map((id, n) => `${id} ${secretOf(n)}`).join(' ');
    const seen = await deliverUnfinished(alert, 8, ({ alerts }) => alerts.known.set(ALERT, { secret, state: 'open' }));
    expect(seen[0]?.live).toBeGreaterThan(COUNT / 4);
    expect(seen.at(-1)?.live).toBe(0);
  });
});
