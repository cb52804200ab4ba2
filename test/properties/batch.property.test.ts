import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer, NOT_FOUND } from '../flows/guards/fakes.ts';
import { openStage, record } from '../flows/stage.ts';
import { keyLeak } from '../support/event-factory.ts';

/** What befalls one record: an answer of the API, silence, a failing log or queue. */
const FATES = ['fine', 'throttled', 'down', 'refused', 'silent', 'no-log', 'null-log', 'poison', 'no-letter'] as const;
const SETTLED: ReadonlySet<string> = new Set(['fine', 'refused', 'poison']);
const keyOf = (n: number): string => `CWFATE${String(n).padStart(8, '0')}`;

describe('the law of the batch', () => {
  it('reports each record that is not settled, and no other, before the invocation ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 2_000, max: 30_000 }),
        async (fates, remainingMs) => {
          const fateOf = (text: string) => fates[Number(/CWFATE(\d{8})/.exec(text)?.[1] ?? -1)];
          const stage = openStage((request) => {
            const fate = 'accessKeyId' in request ? fateOf(request.accessKeyId) : undefined;
            if (fate === 'silent') return new Promise(() => undefined);
            if (request.call !== 'revoke-key') return NOT_FOUND;
            return (
              { throttled: answer(429), down: answer(500), refused: answer(400, { code: 3 }) }[String(fate)] ??
              answer(200)
            );
          });
          stage.break.audit = (written) => {
            const fate = fateOf(JSON.stringify(written));
            return { 'no-log': new Error('pipe'), 'null-log': 'null' }[String(fate)];
          };
          stage.break.letter = (body) => (body.includes('unsendable') ? new Error('queue') : undefined);
          const bodies: Record<string, string> = { poison: 'nonsense', 'no-letter': 'unsendable' };
          const failed = await stage.deliver(
            fates.map((fate, n) =>
              record(bodies[fate] ?? keyLeak({ id: keyOf(n), data: { accessKeyId: keyOf(n) } }), { id: `m${n}` }),
            ),
            remainingMs,
          );
          const unsettled = fates.flatMap((fate, n) => (SETTLED.has(fate) ? [] : [`m${n}`]));
          const late = fates.includes('silent');
          expect(new Set(failed).size).toBe(failed.length);
          expect(failed).toEqual(expect.arrayContaining(unsettled));
          // Silence may use up the time of others; nothing else makes a good record come back.
          if (!late) expect(failed).toEqual(unsettled);
          const ids = new Set(fates.map((_, n) => `m${n}`));
          expect(failed.filter((id) => !ids.has(id))).toEqual([]);
        },
      ),
      { numRuns: 200, seed: 20261123 },
    );
  });

  it.each([1, 10, 100, 1_000, 10_000])('sets exactly the poison apart in a batch of %i', async (size) => {
    const stage = openStage();
    const isPoison = (n: number) => n % 7 === 3 || size === 1;
    const forms = [
      '',
      '\u0000',
      'null',
      '[]',
      '7',
      '"x"',
      '{"__proto__":1}',
      '\ud800',
      '\uffff',
      '['.repeat(50_000),
      '{"a":1,"a":1}',
    ];
    const records = Array.from({ length: size }, (_, n) =>
      record(
        isPoison(n) ? (forms[n % forms.length] ?? '') : keyLeak({ id: keyOf(n), data: { accessKeyId: keyOf(n) } }),
      ),
    );
    expect(await stage.deliver(records, 900_000)).toEqual([]);
    expect(stage.letters).toHaveLength(records.filter((_, n) => isPoison(n)).length);
    expect(stage.calls.filter(({ request }) => request.call === 'revoke-key')).toHaveLength(
      records.filter((_, n) => !isPoison(n)).length,
    );
  });
});
