/**
 * The law of the batch for any event, any bodies, ids that come twice, and ports that fail or hang at any step with any
 * thrown value.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processBatch } from '../../../lib/consume/batch.ts';
import { EVENT_MS, keyLeak, offboarded, principalLeak, SAML_PRINCIPAL } from '../../support/event-factory.ts';
import { HOSTILE } from '../../support/hostile-values.ts';
import { startFunction } from '../../support/memory-function.ts';
import { type Meddle, openOutside } from '../../support/memory-ports.ts';
import { auditedMessage } from '../../support/memory-views.ts';
import { invocationContext, LANES, sqsRecord } from '../../support/record-factory.ts';
import { seededChance } from '../../support/seeded-chance.ts';
import { anyText, MARK, SEED } from './texts.ts';

const keyOf = (n: number): string => `CWFUZZ${String(n).padStart(8, '0')}`;

const body = fc.oneof(
  fc.nat(5).map((n) => JSON.stringify(keyLeak({ id: `leak-${n}`, data: { accessKeyId: keyOf(n) } }))),
  fc.constantFrom(principalLeak(), offboarded()).map((event) => JSON.stringify(event)),
  anyText,
);
const record = fc.record({
  body,
  messageId: fc.constantFrom('m-1', 'm-2', 'm-3', 'm-4', 'm-5', 'm-6'),
  lane: fc.constantFrom('urgent' as const, 'bulk' as const, 'other' as const),
  receiveCount: fc.constantFrom(1, 2, 20, 500),
});
const faults = fc.record({
  seed: fc.nat(),
  share: fc.constantFrom(0, 0.02, 0.3, 1),
  thrown: fc.constantFrom(...HOSTILE.map(([name]) => name), 'a proxy that throws', 'nothing, ever'),
  moment: fc.constantFrom('before' as const, 'after' as const),
});

const trap = (): never => {
  throw null;
};
/** Throws at whatever is done with it. */
const BOMB: object = new Proxy(() => undefined, {
  get: trap,
  has: trap,
  getPrototypeOf: trap,
  ownKeys: trap,
  getOwnPropertyDescriptor: trap,
});

const meddleOf = ({ seed, share, thrown, moment }: typeof faults extends fc.Arbitrary<infer T> ? T : never): Meddle => {
  const chance = seededChance(seed);
  return (_step, at) => {
    if (at !== moment || chance.fraction() >= share) return;
    if (thrown === 'nothing, ever') return new Promise(() => undefined);
    throw thrown === 'a proxy that throws' ? BOMB : new Map(HOSTILE).get(thrown);
  };
};

describe('a batch', () => {
  it('answers in time, reports or acknowledges each id once, adds none, and audits what it acknowledges', async () => {
    let [acknowledged, reported] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 12 }), faults, async (records, fault) => {
        const outside = openOutside(EVENT_MS);
        for (let n = 0; n < 6; n += 1) outside.store.add({ accessKeyId: keyOf(n), principalName: SAML_PRINCIPAL });
        const { deliver } = startFunction(outside, { meddle: meddleOf(fault), chance: seededChance(fault.seed) });
        const sent = records.map(({ lane, body: text, ...arrival }, n) => ({
          ...sqsRecord(n, text, arrival),
          eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:${lane}`,
        }));
        const failed = await deliver(sent);
        const ids = new Set(records.map(({ messageId }) => messageId));
        const kept = [...ids].filter((id) => !failed.includes(id));
        expect(failed.toSorted()).toEqual([...ids].filter((id) => failed.includes(id)).toSorted());
        expect(outside.clock.now() - EVENT_MS).toBeLessThanOrEqual(29_850);
        const told = new Set(outside.audit.map(auditedMessage));
        expect(kept.filter((id) => !told.has(id))).toEqual([]);
        const foreign = records.filter(({ lane }) => lane === 'other').map(({ messageId }) => messageId);
        expect(foreign.filter((id) => !failed.includes(id))).toEqual([]);
        expect(JSON.stringify([outside.audit, outside.log, outside.deadLetters])).not.toContain(MARK);
        acknowledged += kept.length;
        reported += failed.length;
      }),
      { ...SEED, numRuns: 400 },
    );
    expect([acknowledged > 100, reported > 100]).toEqual([true, true]);
  });

  it('that is no batch of SQS is refused before anything is done', async () => {
    const partial = fc.record(
      {
        messageId: fc.anything(),
        receiptHandle: fc.anything(),
        body: fc.anything(),
        attributes: fc.anything(),
        eventSourceARN: fc.anything(),
      },
      { requiredKeys: [] },
    );
    const event = fc.oneof(
      fc.anything(),
      fc.record({ Records: fc.oneof(fc.anything(), fc.array(partial, { minLength: 1 })) }),
    );
    await fc.assert(
      fc.asyncProperty(event, async (value) => {
        const outside = openOutside(EVENT_MS);
        const { runtime } = startFunction(outside);
        const run = processBatch({ runtime, lanes: LANES }, value, invocationContext(outside.clock));
        const ended = await outside.clock.run(
          run.then(
            ({ batchItemFailures }) => (batchItemFailures.length === 0 ? 'nothing to do' : 'reported'),
            (error: unknown) => (error instanceof Error && 'code' in error ? error.code : 'other'),
          ),
        );
        expect(['nothing to do', 'not-sqs']).toContain(ended);
        expect(outside.steps).toEqual([]);
      }),
      { ...SEED, numRuns: 500 },
    );
  });
});
