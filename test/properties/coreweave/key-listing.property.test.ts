/** A listing shows every key that is there from its beginning to its end, whatever comes and goes meanwhile. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyPages } from '../../../lib/coreweave/key-listing.ts';
import { answer } from '../../support/api-answers.ts';

/** Positions in the organization: rows that vanish before a page is answered, and rows that are created. */
const change = fc.record({
  from: fc.nat(6_000),
  vanish: fc.nat(2_000),
  create: fc.array(fc.nat(6_000), { maxLength: 50 }),
});

test('keyPages shows every key that stays, in an order that stays the same', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 0, max: 6_000 }),
    fc.array(change, { maxLength: 12 }),
    async (size, changes) => {
      let rows = Array.from({ length: size }, (_, n) => n);
      let staying = rows;
      const next = changes.values();
      const seen = new Set<number>();
      const pages = keyPages(async (request) => {
        const offset = 'offset' in request ? request.offset : 0;
        const { from = 0, vanish = 0, create = [] } = (offset > 0 && next.next().value) || {};
        const gone = new Set(rows.slice(from, from + vanish));
        staying = staying.filter((row) => !gone.has(row));
        const created = create.map((row, n) => row + (n + 1) / 1_000);
        rows = [...rows.filter((row) => !gone.has(row)), ...created].toSorted((one, other) => one - other);
        const shown = rows.slice(offset, offset + 1_000);
        return answer(200, { info: shown.map((row) => ({ accessKeyId: `${row}`, principalName: 'role/x' })) });
      });
      for await (const result of pages) {
        if (result.kind === 'unreadable') return;
        for (const { id } of result.page.keys) seen.add(Number(id));
      }
      expect(staying.filter((row) => !seen.has(row))).toEqual([]);
    },
  );
  await fc.assert(property, { numRuns: 60, seed: 20261123 });
}, 60_000);
