/** The law of the batch, for any batch and anything that can befall each of its records. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../lib/coreweave/api.ts';
import { EVENT_MS, keyLeak } from '../support/event-factory.ts';
import { HOSTILE } from '../support/hostile-values.ts';
import type { Turn } from '../support/memory-api.ts';
import { startFunction } from '../support/memory-function.ts';
import { type Meddle, type Outside, openOutside, type Step } from '../support/memory-ports.ts';
import { auditedMessage, auditLine } from '../support/memory-views.ts';
import { sqsRecord } from '../support/record-factory.ts';
import { seededChance } from '../support/seeded-chance.ts';
import { FATE_NAMES, fateOf, SELFISH } from './batch-fates.ts';

const keyOf = (n: number): string => `CWFATE${String(n).padStart(8, '0')}`;
const SETTLED = /^outcome (confirmed|accepted|not-found|rejected)|^dead-letter /;

const oneRecord = fc.record({
  fate: fc.constantFrom(...FATE_NAMES),
  /** By its name: fast-check looks at values, and some are hostile. */
  thrown: fc.constantFrom(...HOSTILE.map(([name]) => name)),
  lane: fc.constantFrom('urgent' as const, 'bulk' as const),
  receiveCount: fc.constantFrom(1, 2, 19, 20, 400),
});
type OneRecord = typeof oneRecord extends fc.Arbitrary<infer T> ? T : never;

/** Which record a step belongs to. */
const indexOf = (step: Step): number => {
  if (step.port === 'return') return Number(step.returned.receiptHandle.replace('handle-', ''));
  const text = JSON.stringify(step);
  const found = /"original_event_uid":"m(\d+)"|messageId\\":\\"m(\d+)|CWFATE(\d{8})/.exec(text);
  return Number(found?.[1] ?? found?.[2] ?? found?.[3]);
};

/** Meddles as the fates say; every other step takes a moment. */
function meddleFor(records: readonly OneRecord[], pause: () => Promise<void>): Meddle {
  const seen = new Map<string, number>();
  return async (step, moment) => {
    if (moment === 'after' || step.port === 'api') return;
    await pause();
    const index = indexOf(step);
    const record = records[index];
    if (record === undefined) throw new Error('a step of no record');
    const { fails, hangs } = fateOf(record.fate);
    const nth = (seen.get(`${step.port} ${index}`) ?? 0) + 1;
    seen.set(`${step.port} ${index}`, nth);
    if (fails?.port !== step.port || nth < (fails.nth ?? 1)) return;
    if (hangs) await new Promise(() => undefined);
    throw new Map(HOSTILE).get(record.thrown);
  };
}

const turnFor =
  (records: readonly OneRecord[], latencyMs: () => number) =>
  (request: ApiRequest, nth: number): Turn => {
    const record = 'accessKeyId' in request ? records[Number(request.accessKeyId.slice(6))] : undefined;
    const fate = record && fateOf(record.fate);
    const turn = request.call === 'revoke-key' ? fate?.posts?.[nth - 1] : fate?.reads;
    return { takesMs: latencyMs(), ...turn };
  };

async function run(
  records: readonly OneRecord[],
  { remainingMs, seed, most }: { remainingMs: number; seed: number; most: number },
) {
  const outside = openOutside(EVENT_MS);
  const chance = seededChance(seed);
  const latencyMs = () => Math.floor(chance.fraction() * most);
  records.forEach((_, n) => {
    outside.store.add({ accessKeyId: keyOf(n), principalName: 'coreweave/owner' });
  });
  outside.api.play(turnFor(records, latencyMs));
  const meddle = meddleFor(records, () => outside.clock.sleep(latencyMs()));
  const { deliver, runtime } = startFunction(outside, { meddle, chance });
  const failed = await deliver(
    records.map(({ fate, ...arrival }, n) =>
      sqsRecord(
        n,
        fateOf(fate).poison ? 'nonsense' : keyLeak({ id: keyOf(n), data: { accessKeyId: keyOf(n) } }),
        arrival,
      ),
    ),
    remainingMs,
  );
  return { outside, failed, passed: outside.clock.now() - EVENT_MS, runtime };
}

const linesOf = ({ audit }: Outside, n: number): readonly string[] =>
  audit.filter((record) => auditedMessage(record) === `m${n}`).map(auditLine);

/** True if the effects outside the process prove that the record is settled. */
function isProven(outside: Outside, n: number): boolean {
  const last = linesOf(outside, n).at(-1) ?? '';
  if (!SETTLED.test(last) || last === 'outcome rejected') return false;
  if (last.startsWith('dead-letter '))
    return outside.deadLetters.some(({ body }) => JSON.parse(body).messageId === `m${n}`);
  return last !== 'outcome accepted' || outside.sent.some(({ body }) => JSON.parse(body).data.parent.id === keyOf(n));
}

/** Every revocation call has an earlier intent record. */
function intentsCome(outside: Outside): boolean {
  const intents = new Map<number, number>();
  return outside.steps.every((step) => {
    if (step.port === 'audit' && auditLine(step.record) === 'intent')
      intents.set(indexOf(step), (intents.get(indexOf(step)) ?? 0) + 1);
    if (step.port !== 'api' || step.request.call !== 'revoke-key') return true;
    const left = (intents.get(indexOf(step)) ?? 0) - 1;
    intents.set(indexOf(step), left);
    return left >= 0;
  });
}

describe('the law of the batch', () => {
  it('each record is acknowledged or reported; what is acknowledged is proven; all ends in time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(oneRecord, { minLength: 1, maxLength: 30 }),
        fc.record({
          remainingMs: fc.integer({ min: 300, max: 30_000 }),
          seed: fc.nat(),
          most: fc.constantFrom(1, 50, 500),
        }),
        async (records, world) => {
          const { outside, failed, passed } = await run(records, world);
          const ids = new Set(records.map((_, n) => `m${n}`));
          expect(new Set(failed).size).toBe(failed.length);
          expect(failed.every((id) => ids.has(id))).toBe(true);
          expect(passed).toBeLessThanOrEqual(world.remainingMs - 250);
          expect(outside.api.peak()).toBeLessThanOrEqual(8);
          expect(intentsCome(outside)).toBe(true);
          const unproven = records.flatMap((_, n) => (isProven(outside, n) ? [] : [`m${n}`]));
          expect(failed).toEqual(expect.arrayContaining(unproven));
        },
      ),
      { numRuns: 500, seed: 20261123 },
    );
  });

  it('with time enough, exactly what could not be settled is reported', async () => {
    const unselfish = oneRecord.filter(({ fate }) => !SELFISH.has(fate));
    await fc.assert(
      fc.asyncProperty(fc.array(unselfish, { minLength: 1, maxLength: 30 }), fc.nat(), async (records, seed) => {
        const { outside, failed } = await run(records, { remainingMs: 300_000, seed, most: 50 });
        expect(failed).toEqual(records.flatMap(({ fate }, n) => (fateOf(fate).settles ? [] : [`m${n}`])));
        expect(failed).toEqual(records.flatMap((_, n) => (isProven(outside, n) ? [] : [`m${n}`])));
        const longest = outside.returned.filter(
          ({ receiptHandle }) => records[Number(receiptHandle.slice(7))]?.fate === 'throttled for long',
        );
        expect(longest.every(({ seconds }) => seconds >= 600)).toBe(true);
      }),
      { numRuns: 200, seed: 20261124 },
    );
  });
});
