/** docs/security.md names for each attack the rule that stops it, and tests that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowsOf, sectionOf } from './markdown.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');
const ROWS = rowsOf(sectionOf(readFileSync(resolve(DOCS, 'security.md'), 'utf8'), '## Attacks'));
const testsIn = (cell: string): readonly string[] => [...cell.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path);

describe('docs/security.md', () => {
  it('has a row for each kind of attack', () => {
    const numbers = new Set(ROWS.map(([attack = '']) => Number(attack.split('.')[0])));
    expect([...numbers]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  it.each(ROWS)('%s: has a rule, and tests that hold something', (_attack, rule = '', tests = '') => {
    expect(rule).toMatch(/\w{3}/);
    expect(testsIn(tests).length).toBeGreaterThan(0);
    for (const path of testsIn(tests)) {
      expect(path).toMatch(/^\.\.\/test\/.+\.test\.ts$/);
      expect(existsSync(resolve(DOCS, path))).toBe(true);
      expect(readFileSync(resolve(DOCS, path), 'utf8')).toContain('expect(');
    }
  });
});
