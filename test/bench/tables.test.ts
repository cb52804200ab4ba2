import { describe, expect, it } from 'vitest';
import { tableLines } from '../../bench/tables.ts';

describe('a table', () => {
  it('is aligned, with a gap where a row has nothing', () => {
    expect(
      tableLines([
        { name: 'ours', ms: 1.5, failed: '–' },
        { name: 'a longer name', ms: 1_000 },
      ]),
    ).toEqual(['name              ms  failed', 'ours            1.50       –', 'a longer name  1,000']);
  });
});
