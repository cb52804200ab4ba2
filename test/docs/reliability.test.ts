/** docs/reliability.md names every promise that the simulation checks, and has figures wherever it says so. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutatedFolders, mutationTable, readRuns } from '../../scripts/mutation-table.ts';
import { PROMISES } from '../simulation/check/facts.ts';
import { CONTROL_NAMES } from '../simulation/controls.ts';
import { OUTAGES } from '../simulation/outage.ts';
import { rowsOf, sectionOf } from './markdown.ts';

const DOCUMENT = readFileSync(resolve(import.meta.dirname, '../../docs/reliability.md'), 'utf8');

function figuresOf(name: string): string {
  const [, figures = ''] =
    new RegExp(`<!-- figures: ${name} -->\n\`\`\`text\n([^\`]+)\`\`\`\n<!-- end`).exec(DOCUMENT) ?? [];
  return figures;
}

describe('docs/reliability.md', () => {
  it('has a row for each promise', () => {
    const rows = rowsOf(sectionOf(DOCUMENT, '## Promises')).map(([promise = '']) => promise);
    const missing = Object.values(PROMISES).filter((words) => !rows.some((row) => row.startsWith(words)));
    expect(missing).toEqual([]);
  });

  it('has for each promise the number of 20,000 seeds that broke it', () => {
    const figures = figuresOf('simulation');
    expect(figures).toMatch(/^20000 seeds from 1, /);
    for (const words of Object.values(PROMISES)) expect(figures).toMatch(new RegExp(`^ +0  ${words}$`, 'm'));
  });

  it('has for each removed mechanism the number of seeds that noticed', () => {
    for (const name of CONTROL_NAMES)
      expect(figuresOf('simulation')).toMatch(new RegExp(`^without ${name}: [3-5]00 seeds .*: [1-9]\\d*$`, 'm'));
  });

  it('has the recovery time after each kind of outage', () => {
    for (const kind of OUTAGES)
      expect(figuresOf('simulation')).toMatch(new RegExp(`an hour of ${kind} .* 0 dead letters`));
  });

  it.each(['flood', 'memory', 'audit', 'mutation'])('has the figures of %s', (name) => {
    expect(figuresOf(name)).toMatch(/\d/);
  });

  it('says of each folder whether its mutation tests were run, and what they left open', () => {
    expect(figuresOf('mutation')).toContain(mutationTable(mutatedFolders(), readRuns()).trimEnd());
  });
});
