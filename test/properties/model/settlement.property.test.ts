/** The law of settlement: what the settlements of its events make of a message, and when it is given up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Disposition, DONE, isExhausted, messageDisposition } from '../../../lib/model/disposition.ts';
import { EVENT_MS } from '../../support/event-factory.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>) =>
  fc.assert(property, { numRuns: 1_000, seed: 20261123 });

describe('a message', () => {
  const settlement: fc.Arbitrary<Disposition> = fc.oneof(
    fc.constant(DONE),
    fc.constant({ kind: 'dead', reason: 'invalid', detail: '' } as const),
    fc
      .tuple(fc.constantFrom('throttled', 'busy'), fc.option(fc.nat(900), { nil: undefined }))
      .map(([code, wait]) => ({ kind: 'retry', code, ...(wait === undefined ? {} : { retryAfterS: wait }) }) as const),
  );
  const parts = fc.array(settlement, { maxLength: 6 });
  const waitOf = (settled: Disposition) => (settled.kind === 'retry' ? (settled.retryAfterS ?? 0) : -1);

  it('is retried as soon as one of its events is, after the longest wait of them; else it is done', () =>
    run(
      fc.property(parts, (all) => {
        const settled = messageDisposition(all);
        expect(waitOf(settled)).toBe(Math.max(-1, ...all.map(waitOf)));
        if (settled.kind === 'retry') expect(all).toContain(settled);
        else expect(settled).toEqual(DONE);
      }),
    ));

  it('is settled alike in whatever order and in whatever groups its events are looked at', () =>
    run(
      fc.property(parts, parts, (some, others) => {
        const together = waitOf(messageDisposition([...some, ...others]));
        expect(waitOf(messageDisposition([...others, ...some]))).toBe(together);
        expect(waitOf(messageDisposition([messageDisposition(some), messageDisposition(others)]))).toBe(together);
      }),
    ));

  it('is given up when it is older than the horizon and came 5 times, never by one of them alone, and stays so', () =>
    run(
      fc.property(fc.nat(10), fc.integer({ min: -5, max: 10 }), fc.nat(5), (receiveCount, ageMs, retryHorizonMs) => {
        const at = (count: number, age: number) =>
          isExhausted({ receiveCount: count, firstReceived: EVENT_MS }, EVENT_MS + age, { retryHorizonMs });
        expect(at(receiveCount, ageMs)).toBe(receiveCount >= 5 && ageMs > retryHorizonMs);
        if (at(receiveCount, ageMs)) expect(at(receiveCount + 1, ageMs + 1)).toBe(true);
      }),
    ));
});
